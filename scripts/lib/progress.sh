# Messages, and stages whose output goes to a log: a line when one starts, one a minute while it runs, one when it ends.

LOGS=$ROOT/target/dev
RESULTS=$LOGS/results
STARTED_AT=$SECONDS

die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

say() { printf '[%5s] %s\n' "$(clock $((SECONDS - STARTED_AT)))" "$*"; }

# record passed|failed|skipped NAME [REASON]: for the totals at the end.
record() { printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" >>"$RESULTS"; }

log_of() { echo "$LOGS/${1// /-}.log"; }

# Process groups that must not outlive this script, by their leader's pid.
declare -A RUNNING=()

end_groups() {
  local group
  for group in "${!RUNNING[@]}"; do kill -TERM -- "-$group" 2>/dev/null || true; done
}

# begin NAME COMMAND...: starts it in a process group of its own; sets PID.
begin() {
  local name=$1 log
  shift
  log=$(log_of "$name")
  mkdir -p "$LOGS"
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  PID=$!
  set +m
  RUNNING[$PID]=$name
  say "$name"
}

# finish NAME PID: waits, with a sign of life each minute; prints the end of the log when it failed. Returns its exit code.
finish() {
  local name=$1 pid=$2 log since=$SECONDS told=$SECONDS code=0
  log=$(log_of "$name")
  while kill -0 "$pid" 2>/dev/null; do
    if [ $((SECONDS - told)) -ge 60 ]; then
      told=$SECONDS
      say "$name: running for $(clock $((SECONDS - since))): $(grep -v '^WARNING' "$log" | tail -n 1 | cut -c1-120)"
    fi
    sleep 0.2
  done
  wait "$pid" || code=$?
  unset "RUNNING[$pid]"
  if [ $code = 0 ]; then
    say "$name: done in $(clock $((SECONDS - since)))"
  else
    say "$name: FAILED after $(clock $((SECONDS - since))), the end of $log:"
    tail -n 40 "$log" | sed 's/^/        /'
  fi
  return $code
}

# stage NAME COMMAND...
stage() {
  begin "$@"
  finish "$1" "$PID"
}

# check NAME COMMAND...: a stage that counts as one test.
check() {
  if stage "$@"; then record passed "$1"; else
    record failed "$1" "see $(log_of "$1")"
    return 1
  fi
}
