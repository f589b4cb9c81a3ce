#!/bin/sh
# Runs while the image is built: lays out the native libraries, writes the runner's arguments, and makes its AOT cache.
# Usage: assemble.sh NATIVE-LIBRARIES HOME
set -eu

native=$1
home=$2
image=$(dirname "$0")

# Loaded from here, nothing has to be unpacked when a runner starts: a read-only root and a noexec /tmp are fine.
case $(uname -m) in
  x86_64) sqlite=x86_64 zstd=amd64 ;;
  aarch64) sqlite=aarch64 zstd=aarch64 ;;
  *) echo "assemble.sh: no native libraries for $(uname -m)" >&2; exit 1 ;;
esac
mkdir -p "$home/native"
cp "$native/org/sqlite/native/Linux/$sqlite/libsqlitejdbc.so" "$home/native/libsqlitejdbc.so"
cp "$native/linux/$zstd"/libzstd-jni-*.so "$home/native/libzstd-jni.so"

# The runner needs few of the operator's jars: a short class path starts faster.
classpath=$home/app/litehaven.jar
for jar in info.picocli.picocli- org.xerial.sqlite-jdbc- com.github.luben.zstd-jni- \
  com.fasterxml.jackson.core.jackson-core- com.fasterxml.jackson.core.jackson-annotations- \
  com.fasterxml.jackson.core.jackson-databind- com.fasterxml.jackson.dataformat.jackson-dataformat-yaml- org.yaml.snakeyaml-; do
  set -- "$home/lib/main/$jar"[0-9]*.jar
  if [ $# != 1 ] || [ ! -f "$1" ]; then
    echo "assemble.sh: expected one $jar*.jar, found: $*" >&2
    exit 1
  fi
  classpath=$classpath:$1
done

# arguments OPTION MAIN-CLASS
arguments() {
  cat <<ARGUMENTS
-XX:+UseSerialGC
-Xmx96m
-XX:+ExitOnOutOfMemoryError
--enable-native-access=ALL-UNNAMED
-Dorg.sqlite.lib.path=$home/native
-Dorg.sqlite.lib.name=libsqlitejdbc.so
-DZstdNativePath=$home/native/libzstd-jni.so
$1
-cp
$classpath
$2
ARGUMENTS
}

arguments "-XX:AOTCache=$home/runner.aot" dev.litehaven.Main >"$home/runner.args"
cp "$image/operator.args" "$home/operator.args"
printf '#!/bin/sh\nexec java @%s/runner.args "$@"\n' "$home" >"${LAUNCHER:-/usr/local/bin/litehaven}"
chmod 755 "${LAUNCHER:-/usr/local/bin/litehaven}"

# The training run is what the runner pods of a migration do: what it loads and links is in the cache, ready to be mapped.
work=$(mktemp -d)
mkdir "$work/volume"
cp "$image/training.db" "$work/volume/app.db"

# request STEP: the path of a request file.
request() {
  cat >"$work/$1.json" <<REQUEST
{
  "formatVersion": 1, "step": "$1", "mountPath": "$work/volume", "force": false, "targetRunId": "training",
  "run": {"runId": "training", "databaseIdentity": "training/app", "claimUid": "training", "epoch": 1, "migration": "training"},
  "files": [{"name": "main", "path": "app.db"}],
  "backup": {"separateVolume": false},
  "migration": {
    "stream": "default", "destructive": "FORBID",
    "verify": {"assertions": [{"name": "notes", "sql": "SELECT count(*) > 0 FROM notes"}]},
    "scripts": [
      {"version": "001", "description": "add a column", "up": "ALTER TABLE notes ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
       "down": "ALTER TABLE notes DROP COLUMN pinned"},
      {"version": "002", "description": "add a table", "down": "DROP TABLE tags",
       "ensure": {"columns": [{"table": "notes", "name": "colour", "definition": "TEXT"}]},
       "up": "CREATE TABLE tags (id INTEGER PRIMARY KEY, note INTEGER NOT NULL REFERENCES notes(id), name TEXT NOT NULL); CREATE INDEX tags_by_note ON tags(note); INSERT INTO tags(note, name) SELECT id, 'all' FROM notes"}
    ]
  }
}
REQUEST
  echo "$work/$1.json"
}

arguments "-XX:AOTCacheOutput=$home/runner.aot" dev.litehaven.runner.Training >"$work/training.args"
if ! java "@$work/training.args" "$(request INSPECT)" "$(request PLAN)" "$(request MIGRATE)" "$(request SETTLE)" >"$work/log" 2>&1; then
  # A file system that migrations are refused on is no reason to have no image.
  cat "$work/log" >&2
  echo "assemble.sh: the training run did not end well: the AOT cache covers no more than it reached" >&2
fi
rm -rf "$work"
[ -s "$home/runner.aot" ] || { echo "assemble.sh: no AOT cache was made" >&2; exit 1; }

# Runner pods have the user and group of the workload, whoever that is.
chmod -R a+rX "$home"

# No image without a runner that starts.
java "@$home/runner.args" --version
