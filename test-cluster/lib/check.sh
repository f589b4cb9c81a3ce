# Whether the cluster does what it promises.

# csi_sanity runs the conformance tests against a second driver with a pool of its own, so that no claim is in its way.
csi_sanity() {
  local work=$RUN/pool/sanity log=$RUN/logs/csi-sanity.log driver failed=0
  need_root
  mountpoint -q "$POOL" || die "the cluster is not up"
  unmount_below "$work"
  rm -rf "$work"
  mkdir -p "$work/pool"
  "$OWN/csi" -endpoint "$work/csi.sock" -pool "$work/pool" -node $NODE >"$RUN/logs/csi-sanity-driver.log" 2>&1 &
  driver=$!
  wait_for 10 "the driver" test -S "$work/csi.sock"
  "$BIN/csi-sanity" -csi.endpoint "$work/csi.sock" -csi.mountdir "$work/target" -csi.stagingdir "$work/staging" \
    -ginkgo.no-color >"$log" 2>&1 || failed=1
  end_process "$driver" TERM
  unmount_below "$work"
  rm -rf "$work"
  grep -E '^(Ran [0-9]+ of|SUCCESS!|FAIL!)' "$log" || die "csi-sanity did not run, see $log"
  [ $failed = 0 ] || { grep -E '^ *\[FAIL\]' "$log" | sort -u; die "csi-sanity failed, see $log"; }
}

# check makes a namespace of restricted pods, tries one promise after the other, and removes it again.
check() {
  local started=$SECONDS
  need_root
  [ -e "$KUBECONFIG_ADMIN" ] && node_ready >/dev/null 2>&1 || die "the cluster is not up"
  SPACE=check-$RANDOM
  trap clean_up EXIT
  kubectl create namespace "$SPACE" >/dev/null
  kubectl label namespace "$SPACE" pod-security.kubernetes.io/enforce=restricted >/dev/null
  wait_for 20 "the namespace's service account" in_space get serviceaccount default

  claim data 64Mi
  claim full 32Mi
  claim nowhere 32Mi '' litehaven-pool-full
  job write data 'sqlite3 /data/app.db "PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES (42);" && stat -c "group %g" /data/app.db'
  job fill full 'dd if=/dev/zero of=/data/file bs=1M 2>&1; df -m --output=size /data; rm /data/file
    sqlite3 /data/app.db "CREATE TABLE t(x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) INSERT INTO t SELECT randomblob(100000) FROM n" 2>&1; true'
  pod_and_service

  promise "a claim is bound, and a non-root job with fsGroup writes it" job_says write 'group 2000'
  for class in litehaven-btrfs litehaven-snapshot-never-ready litehaven-snapshot-fails litehaven-snapshot-slow; do snapshot "$class"; done
  promise "a snapshot gets ready" in_space wait --for=jsonpath='{.status.readyToUse}'=true volumesnapshot/litehaven-btrfs --timeout=30s
  claim restored 96Mi litehaven-btrfs
  job read restored 'sqlite3 /data/app.db "PRAGMA integrity_check; SELECT x FROM t"'
  promise "a claim restored from it has the data" job_says read $'ok\n42'
  promise "a full volume says ENOSPC" job_says fill 'No space left on device'
  promise "and to SQLite that it is full" job_says fill 'database or disk is full'
  promise "a pod gets ready" in_space wait --for=condition=Ready pod/server --timeout=60s
  job reach '' 'python3 -c "import ssl, urllib.request as u
    print(u.urlopen(\"http://server.$NS.svc.cluster.local\", timeout=5).status)
    trust = ssl.create_default_context(cafile=\"/var/run/secrets/kubernetes.io/serviceaccount/ca.crt\")
    print(u.urlopen(\"https://kubernetes.default.svc/readyz\", timeout=5, context=trust).status)"'
  promise "a pod reaches another and the API server by the names of their services" job_says reach $'200\n200'
  promise "the API server reaches a pod" in_space get --raw "/api/v1/namespaces/$SPACE/services/server:80/proxy/"
  promise "a refused snapshot says so" in_space wait --for=jsonpath='{.status.error.message}' volumesnapshot/litehaven-snapshot-fails --timeout=30s
  promise "a slow snapshot is not ready at once" snapshot_is litehaven-snapshot-slow false
  promise "but later" in_space wait --for=jsonpath='{.status.readyToUse}'=true volumesnapshot/litehaven-snapshot-slow --timeout=60s
  promise "a snapshot that never gets ready is still not" snapshot_is litehaven-snapshot-never-ready false
  promise "a claim on a full pool is pending" test "$(in_space get pvc nowhere -o jsonpath='{.status.phase}')" = Pending
  say "all kept, after $((SECONDS - started)) s"
}

# One snapshot after the other: when several that never got ready go at once, the snapshot controller may forget its finalizer on the claim.
clean_up() {
  local one
  for one in $(in_space get volumesnapshot -o name); do in_space delete "$one" --timeout=20s; done >/dev/null 2>&1 || true
  kubectl delete namespace "$SPACE" --wait=false >/dev/null 2>&1
}

# promise TEXT COMMAND...
promise() {
  local text=$1 output
  shift
  if output=$("$@" 2>&1); then
    say "ok    $text"
  else
    say "FAIL  $text"
    say "$output"
    in_space get pod,pvc,volumesnapshot
    in_space get events --sort-by=.lastTimestamp | tail -20
    die "a promise is broken"
  fi
}

in_space() { kubectl -n "$SPACE" "$@"; }

# job_says JOB TEXT
job_says() {
  local output
  in_space wait --for=condition=Complete "job/$1" --timeout=60s
  output=$(in_space logs "job/$1")
  echo "$output"
  [[ $output == *"$2"* ]]
}

snapshot_is() { [ "$(in_space get volumesnapshot "$1" -o jsonpath='{.status.readyToUse}')" = "$2" ]; }

# claim NAME SIZE [SNAPSHOT [CLASS]]
claim() {
  in_space apply -f - >/dev/null <<YAML
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $1}
spec:
  accessModes: [ReadWriteOnce]
  ${4:+storageClassName: $4}
  resources: {requests: {storage: $2}}
  ${3:+dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: $3\}}
YAML
}

# snapshot CLASS: of the claim data, named like its class
snapshot() {
  in_space apply -f - >/dev/null <<YAML
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata: {name: $1}
spec: {volumeSnapshotClassName: $1, source: {persistentVolumeClaimName: data}}
YAML
}

# job NAME CLAIM SCRIPT: CLAIM may be empty
job() {
  in_space apply -f - >/dev/null <<YAML
apiVersion: batch/v1
kind: Job
metadata: {name: $1}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      securityContext: {runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: main
          image: python:3.13-slim
          env: [{name: NS, value: $SPACE}]
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
          command: [sh, -c, $(quoted "$3")]
          ${2:+volumeMounts: [{name: data, mountPath: /data\}]}
      ${2:+volumes: [{name: data, persistentVolumeClaim: {claimName: $2\}\}]}
YAML
}

# A JSON string is a YAML string.
quoted() { printf '"%s"' "$(sed 's/^ *//; s/[\\"]/\\&/g; s/$/\\n/' <<<"$1" | tr -d '\n')"; }

pod_and_service() {
  in_space apply -f - >/dev/null <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: server, labels: {app: server}}
spec:
  terminationGracePeriodSeconds: 1
  securityContext: {runAsNonRoot: true, runAsUser: 1000, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: main
      image: docker.io/library/python:3.13-slim
      command: [python3, -m, http.server, "8080"]
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
      readinessProbe: {httpGet: {port: 8080}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: server}
spec: {selector: {app: server}, ports: [{port: 80, targetPort: 8080}]}
YAML
}
