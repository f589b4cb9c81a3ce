#!/bin/sh
# Has a Litestream replicate a database that is being written, and leaves its replica and the rows that there were.
# Usage: make.sh LITESTREAM DIRECTORY, which is called as the release is
set -eu

litestream=$(realpath "$1")
mkdir -p "$2"
here=$(realpath "$2")
work=$(mktemp -d)
cd "$work"

case $(basename "$here") in
0.3.*)
  cat >litestream.yml <<'YAML'
dbs:
  - path: app.db
    monitor-interval: 100ms
    min-checkpoint-page-count: 12
    replicas: [{type: file, path: replica, sync-interval: 200ms}]
YAML
  ;;
*)
  cat >litestream.yml <<'YAML'
levels: [{interval: 1s}, {interval: 3s}]
snapshot: {interval: 5s, retention: 24h}
dbs:
  - {path: app.db, monitor-interval: 100ms, replica: {type: file, path: replica, sync-interval: 200ms}}
YAML
  ;;
esac

sqlite3 app.db "PRAGMA page_size=1024; PRAGMA journal_mode=WAL; CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);" >log
"$litestream" replicate -config litestream.yml >>log 2>&1 &
replicating=$!
sleep 1.5
write() {
  sqlite3 app.db "PRAGMA wal_autocheckpoint=0; $1" >>log
  sleep 0.9
}
for i in 1 2 3; do
  write "INSERT INTO notes(body) SELECT 'note $i ' || value FROM generate_series(1, 40)"
done
write "DELETE FROM notes WHERE id > 40"
write "VACUUM"
write "INSERT INTO notes(body) SELECT 'more ' || value FROM generate_series(1, 8)"
write "UPDATE notes SET body = 'last' WHERE id % 7 = 0"
kill -INT "$replicating"
wait "$replicating" || true

sqlite3 app.db "SELECT id || ' ' || body FROM notes ORDER BY id" >"$here/notes.txt"
for part in generations ltx; do
  if [ -d "replica/$part" ]; then
    cp -Rp "replica/$part" "$here/"
  fi
done
rm -rf "$work"
