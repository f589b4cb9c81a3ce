"""A small app that keeps a SQLite database busy: the stand-in for yours in the examples.

Five times a second it adds a numbered row to the table journal, and says "ack NUMBER TOKEN" on its output once the row is
committed. Whoever collected those lines can say later whether any acknowledged row is gone.

  DB_PATH      the database; made from SEED when it is not there
  SEED         an SQL script for a database that is not there (optional)
  APP_VERSION  written into each row
  REQUIRES     columns that this version needs, as table.column with commas; without them it does not write a single row
  PORT         of the HTTP server, 8080 if left out

  /healthz     200 while rows are being written and all required columns are there, 503 and the reason otherwise
  /last        number of the last acknowledged row
  /rows        rows of each table, as JSON
  /columns     columns of each table, as JSON
  /journal     all journal rows, "NUMBER TOKEN" each
  /version     APP_VERSION

`app.py get /rows` asks the app in the same container.
"""

import http.server
import json
import os
import secrets
import signal
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request

EVERY_SECONDS = 0.2
STALE_SECONDS = 2.0
BUSY_TIMEOUT_SECONDS = 5


class App:
    def __init__(self, environment):
        self.path = environment["DB_PATH"]
        self.seed = environment.get("SEED", "")
        self.version = environment.get("APP_VERSION", "v1")
        self.required = [tuple(column.strip().split(".")) for column in environment.get("REQUIRES", "").split(",") if column.strip()]
        self.stopping = threading.Event()
        self.connection = None
        self.last = None
        self.wrote_at = None
        self.problem = "starting"

    def run(self):
        while not self.stopping.is_set():
            try:
                self.connection = self.connection or self.open()
                self.problem = self.missing() or self.write()
            except (sqlite3.Error, OSError) as error:
                self.say(f"{type(error).__name__}: {error}")
            self.stopping.wait(EVERY_SECONDS)
        if self.connection:
            self.connection.close()
        print("closed the database", flush=True)

    def say(self, problem):
        if problem != self.problem:
            print(f"not writing: {problem}", flush=True)
        self.problem = problem
        return problem

    def open(self):
        if self.seed and not os.path.exists(self.path):
            self.make()
        connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def make(self):
        """Made elsewhere, and a database only when it is whole: a crash leaves no half one, and nobody finds one too early."""
        made = f"/dev/shm/{os.path.basename(self.path)}.{os.getpid()}"
        connection = sqlite3.connect(made)
        with open(self.seed, encoding="utf-8") as script:
            connection.executescript(script.read())
        connection.close()
        with open(made, "rb") as file:
            whole = file.read()
        os.remove(made)
        unfinished = self.path + ".unfinished"
        with open(unfinished, "wb") as file:
            file.write(bytes(16) + whole[16:])
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            file.write(whole[:16])
        os.rename(unfinished, self.path)
        print(f"made {self.path} from {self.seed}", flush=True)

    def missing(self):
        """What keeps this version from working on this schema; it is asked before every row, and read only."""
        lacking = [f"{table}.{column}" for table, column in self.required
                   if column not in [row[1] for row in self.connection.execute(f'PRAGMA table_info("{table}")')]]
        return self.say(f"{self.version} needs {', '.join(lacking)}") if lacking else ""

    def write(self):
        if self.wrote_at is None:
            self.prepare()
        token = secrets.token_hex(8)
        number = self.connection.execute("SELECT coalesce(max(number), 0) + 1 FROM journal").fetchone()[0]
        self.connection.execute("INSERT INTO journal (number, token, app_version, written_at) VALUES (?, ?, ?, ?)",
                                (number, token, self.version, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())))
        self.last, self.wrote_at = number, time.monotonic()
        print(f"ack {number} {token}", flush=True)
        return ""

    def prepare(self):
        if self.connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("CREATE TABLE IF NOT EXISTS journal (number INTEGER PRIMARY KEY, token TEXT NOT NULL, "
                                "app_version TEXT NOT NULL, written_at TEXT NOT NULL)")

    def health(self):
        if self.problem:
            return self.problem
        silent = time.monotonic() - self.wrote_at
        return f"no row for {silent:.1f} s" if silent > STALE_SECONDS else ""

    def ask(self, query):
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_SECONDS)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def tables(self):
        return [row[0] for row in self.ask("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]

    def answer(self, path):
        if path == "/healthz":
            problem = self.health()
            return (503, problem) if problem else (200, "ok")
        if path == "/version":
            return 200, self.version
        if path == "/last":
            return (503, "nothing yet") if self.last is None else (200, str(self.last))
        if path == "/rows":
            return 200, json.dumps({t: self.ask(f'SELECT count(*) FROM "{t}"')[0][0] for t in self.tables()})
        if path == "/columns":
            return 200, json.dumps({t: [row[1] for row in self.ask(f'PRAGMA table_info("{t}")')] for t in self.tables()})
        if path == "/journal":
            return 200, "\n".join(f"{number} {token}" for number, token in self.ask("SELECT number, token FROM journal ORDER BY number"))
        return 404, "no such page"


def serve(app, port):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            try:
                status, text = app.answer(self.path)
            except (sqlite3.Error, OSError) as error:
                status, text = 503, f"{type(error).__name__}: {error}"
            body = (text + "\n").encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def get(path, port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
            sys.stdout.write(response.read().decode())
            return 0
    except urllib.error.HTTPError as error:
        sys.stderr.write(error.read().decode())
        return 1
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def main():
    port = int(os.environ.get("PORT", "8080"))
    if sys.argv[1:2] == ["get"]:
        return get(sys.argv[2], port)
    app = App(os.environ)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: app.stopping.set())
    serve(app, port)
    app.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
