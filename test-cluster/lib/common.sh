# Where things are, messages, and processes that are known by their pid.

NAME=${LITEHAVEN_CLUSTER_NAME:-$(printf %s "$HERE" | sha256sum | cut -c1-8)}
[[ $NAME =~ ^[a-z0-9][a-z0-9-]{0,15}$ ]] || { echo "LITEHAVEN_CLUSTER_NAME: lower case letters, digits and dashes, 16 at most" >&2; exit 2; }

# What took long to make and is the same for all clusters.
CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/litehaven
# All that belongs to this cluster.
RUN=/var/lib/litehaven-test/$NAME
KUBECONFIG_ADMIN=$RUN/admin.kubeconfig

say() { printf '%s\n' "$*"; }
die() { printf 'test-cluster: %s\n' "$*" >&2; exit 1; }

need_root() { [ "$(id -u)" = 0 ] || die "this needs root: it makes network namespaces, mounts and containers"; }

need_arguments() {
  local count=$1
  shift
  [ $# -ge "$count" ] || { usage >&2; exit 2; }
}

# lock FILE: one command at a time; the next one waits. The lock ends with this process, since started components do not inherit it.
lock() {
  exec 9>"$1"
  flock 9
}

hash_of() { cat "$@" | sha256sum | cut -c1-16; }

# wait_for SECONDS WHAT COMMAND...
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || die "gave up waiting for $what; see $RUN/logs"
    sleep 0.2
  done
}

# A pid file holds the pid and the start time, so that a reused pid is never taken for ours.
start_time() { local stat; stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1; stat=${stat##*) }; set -- $stat; echo "${20}"; }

# pid_of COMPONENT: prints the pid, fails when the component is not running.
pid_of() {
  local pid started
  read -r pid started 2>/dev/null <"$RUN/pids/$1" || return 1
  [ "$(start_time "$pid")" = "$started" ] && [ "$(cut -d' ' -f1 <(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null))" != Z ] && echo "$pid"
}

# launch COMPONENT COMMAND...: in the background, in a session of its own.
launch() {
  local component=$1 pid
  shift
  setsid "$@" >>"$RUN/logs/$component.log" 2>&1 </dev/null 9>&- &
  pid=$!
  echo "$pid $(start_time "$pid")" >"$RUN/pids/$component"
}

# end_process PID SIGNAL: waits until it is gone; SIGTERM becomes SIGKILL after 20 seconds.
end_process() {
  local pid=$1 signal=$2 started deadline=$((SECONDS + 20))
  started=$(start_time "$pid") || return 0
  kill "-$signal" "$pid" 2>/dev/null || return 0
  while [ "$(start_time "$pid")" = "$started" ] && ! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null; do
    [ $SECONDS -lt $deadline ] || kill -KILL "$pid" 2>/dev/null || true
    sleep 0.05
  done
}

kubectl() { "$BIN/kubectl" --kubeconfig "$KUBECONFIG_ADMIN" "$@"; }
