"""The example app with a second file: every row that it acknowledges was written to guides.db first, then to app.db."""

import sqlite3
import sys

sys.path.insert(0, "/app")
import app

GUIDES = "/data/guides.db"


class TwoFiles(app.App):
    def open(self):
        main = super().open()
        self.guides = sqlite3.connect(GUIDES, timeout=app.BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
        self.guides.execute("PRAGMA synchronous = FULL")
        self.guides.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        return main

    def prepare(self):
        super().prepare()
        self.guides.execute("CREATE TABLE IF NOT EXISTS visits (number INTEGER PRIMARY KEY)")

    def write(self):
        if self.wrote_at is None:
            self.prepare()
        number = self.connection.execute("SELECT coalesce(max(number), 0) + 1 FROM journal").fetchone()[0]
        self.guides.execute("INSERT OR IGNORE INTO visits (number) VALUES (?)", (number,))
        return super().write()


app.App = TwoFiles
sys.exit(app.main())
