"""Commits the same number to one database after the other, as fast as it can, and says how far it is: full-speed.py FILE...

The last committed number of each file is in the file acknowledged beside the first one, 20 digits each. A commit that fails ends it.
"""

import os
import sqlite3
import sys

BUSY_TIMEOUT_SECONDS = 5
files = sys.argv[1:]
connections = [sqlite3.connect(file, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None) for file in files]
for connection in connections:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE IF NOT EXISTS numbers (id INTEGER PRIMARY KEY)")
acknowledged = os.open(os.path.join(os.path.dirname(files[0]), "acknowledged"), os.O_CREAT | os.O_RDWR)
number = max(connection.execute("SELECT coalesce(max(id), 0) FROM numbers").fetchone()[0] for connection in connections)
while True:
    number += 1
    for at, connection in enumerate(connections):
        connection.execute("INSERT OR IGNORE INTO numbers VALUES (?)", (number,))
        os.pwrite(acknowledged, b"%020d" % number, 20 * at)
