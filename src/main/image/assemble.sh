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

# jars PREFIX...: the one jar of each, joined as a class path.
jars() {
  joined=
  for prefix; do
    set -- "$home/lib/main/$prefix"[0-9]*.jar
    if [ $# != 1 ] || [ ! -f "$1" ]; then
      echo "assemble.sh: expected one $prefix*.jar, found: $*" >&2
      exit 1
    fi
    joined=$joined:$1
  done
  echo "$joined"
}

# A runner needs few of the operator's jars, and a pod fewer than a person: a short class path starts faster. What only a
# person needs comes last, since a class path that continues the one of the AOT cache may use it.
# The driver comes first, which reads a file of its own, and finds the logging that it looks for: looking in vain would open
# every jar.
pod=$(jars org.xerial.sqlite-jdbc- org.slf4j.slf4j-api- | cut -c2-):$home/app/litehaven.jar$(jars \
  com.fasterxml.jackson.core.jackson-core- com.fasterxml.jackson.core.jackson-annotations- \
  com.fasterxml.jackson.core.jackson-databind- com.github.luben.zstd-jni-)
# What reaches a bucket, and what encrypts: only pods that do either have them, since some of what the JDK looks for in vain
# would open each of these jars.
places=$(for jar in "$home"/lib/main/software.amazon.*.jar "$home"/lib/main/org.reactivestreams.*.jar \
  "$home"/lib/main/com.exceptionfactory.jagged.*.jar; do
  if [ ! -f "$jar" ]; then
    echo "assemble.sh: there is no $jar" >&2
    exit 1
  fi
  printf ':%s' "$jar"
done)
person=$pod$(jars info.picocli.picocli- com.fasterxml.jackson.dataformat.jackson-dataformat-yaml- org.yaml.snakeyaml- \
  at.yawk.lz4.lz4-java-)$places

# arguments CLASS-PATH OPTION MAIN-CLASS
# Without the profiles of the training run, which make compilers busy when a start has no processor to spare; and without
# the data of any country, which the driver would look up in every jar for a date format that nothing uses.
arguments() {
  cat <<ARGUMENTS
-XX:+UseSerialGC
-Xmx96m
-XX:+ExitOnOutOfMemoryError
-XX:+UnlockDiagnosticVMOptions
-XX:-AOTRecordTraining
-XX:-AOTReplayTraining
-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider
-Dslf4j.internal.verbosity=ERROR
-Djava.locale.providers=FALLBACK
--enable-native-access=ALL-UNNAMED
-Dorg.sqlite.tmpdir=$home/native
-Dorg.sqlite.lib.path=$home/native
-Dorg.sqlite.lib.name=libsqlitejdbc.so
-DZstdNativePath=$home/native/libzstd-jni.so
$2
-cp
$1
$3
ARGUMENTS
}

arguments "$pod" "-XX:AOTCache=$home/runner.aot" dev.litehaven.Main >"$home/runner.args"
arguments "$pod$places" "-XX:AOTCache=$home/runner.aot" dev.litehaven.Main >"$home/places.args"
arguments "$person" "-XX:AOTCache=$home/runner.aot" dev.litehaven.Main >"$home/person.args"
cp "$image/operator.args" "$home/operator.args"
printf '#!/bin/sh\nexec java @%s/person.args "$@"\n' "$home" >"${LAUNCHER:-/usr/local/bin/litehaven}"
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

arguments "$pod" "-XX:AOTCacheOutput=$home/runner.aot" dev.litehaven.runner.Training >"$work/training.args"
if ! java "@$work/training.args" "$(request INSPECT)" "$(request PLAN)" "$(request MIGRATE)" "$(request SETTLE)" "$(request PLAN)" >"$work/log" 2>&1; then
  # A file system that migrations are refused on is no reason to have no image.
  cat "$work/log" >&2
  echo "assemble.sh: the training run did not end well: the AOT cache covers no more than it reached" >&2
fi
rm -rf "$work"
[ -s "$home/runner.aot" ] || { echo "assemble.sh: no AOT cache was made" >&2; exit 1; }

# Runner pods have the user and group of the workload, whoever that is.
chmod -R a+rX "$home"

# No image without a runner that starts.
java "@$home/person.args" --version
