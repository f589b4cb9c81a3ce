# The parts of the cluster: how each is started, how one knows that it works, and in which order.

# In the order of starting.
COMPONENTS="registry forward etcd containerd apiserver controller-manager scheduler csi kubelet kube-proxy dns provisioner snapshotter
  snapshot-controller"
NODE=node
CSI_SOCKET=$RUN/kubelet/plugins/csi.test.litehaven.dev/csi.sock
CONTAINERD_SOCKET=$RUN/containerd.sock
API_INSIDE=https://$NODE_ADDRESS:6443

known_component() { grep -qw -- "$1" <<<"$COMPONENTS" || die "no such component: $1; there are:" $COMPONENTS; }

ensure_components() {
  local component
  ! grep -q ' /var/lib/kubelet/device-plugins/kubelet.sock$' /proc/net/unix || die "this machine has a kubelet of its own; two would be in each other's way"
  ensure_cgroups
  mkdir -p "$RUN/kubeconfigs" "$(dirname "$CSI_SOCKET")" "$RUN/kubelet/plugins_registry"
  for component in controller-manager scheduler kubelet kube-proxy storage dns; do
    kubeconfig_for "$component" "$API_INSIDE" "$RUN/kubeconfigs/$component"
  done
  for component in registry etcd containerd; do ensure_component "$component"; done
  ensure_forward
  ensure_component apiserver
  wait_for 60 "the API server" api_ready
  for component in controller-manager scheduler csi kubelet kube-proxy; do ensure_component "$component"; done
  ensure_manifests
  for component in dns provisioner snapshotter snapshot-controller; do ensure_component "$component"; done
}

# Another process may have taken the ports while the cluster was down: then it gets new ones, and a new kubeconfig.
ensure_forward() {
  local try
  for try in 1 2 3; do
    ensure_component forward
    sleep 0.1
    pid_of forward >/dev/null && break
    [ "$try" -lt 3 ] || die "the forwarder does not start, see $RUN/logs/forward.log"
    choose_ports
    read -r API_PORT REGISTRY_PORT <"$RUN/ports"
  done
  kubeconfig_for admin "https://127.0.0.1:$API_PORT" "$KUBECONFIG_ADMIN"
  # Under sudo, the tests themselves need no root.
  [ -z "${SUDO_UID:-}" ] || chown "$SUDO_UID:$SUDO_GID" "$KUBECONFIG_ADMIN"
}

api_ready() { kubectl get --raw /readyz; }

# What the API server says of the node may be half a minute old, so the kubelet is asked too. Pods also need the namespace's account.
node_ready() {
  in_network curl -sf http://127.0.0.1:10248/healthz &&
    kubectl wait --for=condition=Ready "node/$NODE" --timeout=1s &&
    kubectl get "csinode/$NODE" -o jsonpath='{.spec.drivers[*].name}' | grep -q . &&
    kubectl -n default get serviceaccount default
}

# A kubelet that is there before containerd answers ends itself; a node's service manager would start it again.
node_comes_up() {
  local component
  for component in containerd csi kubelet kube-proxy; do ensure_component "$component"; done
  node_ready
}

# ensure_component NAME: starts it unless it runs already, and from the programs that are wanted now.
ensure_component() {
  local pid
  known_component "$1"
  if pid=$(pid_of "$1"); then
    case $(readlink "/proc/$pid/exe") in
      "$BIN"/* | "$OWN"/*) return ;;
    esac
    stop_component "$1" TERM
  fi
  mkdir -p "$RUN/logs" "$RUN/pids"
  "start_$1"
}

# Both exit at the first call to a driver that is not the one they connected to; in a pod they would be started again.
restart_sidecars() {
  local component
  for component in provisioner snapshotter; do
    ! pid_of "$component" >/dev/null || { stop_component "$component" TERM; ensure_component "$component"; }
  done
}

stop_component() {
  local pid
  known_component "$1"
  if pid=$(pid_of "$1"); then end_process "$pid" "$2"; fi
  rm -f "$RUN/pids/$1"
}

# The containers' processes go first: their shims would otherwise outlive containerd.
stop_all() {
  local component pid
  stop_component kubelet TERM
  stop_component containerd TERM
  for pid in $(container_pids) $(shim_pids); do end_process "$pid" KILL; done
  for component in $(tr ' ' '\n' <<<"$COMPONENTS" | tac); do stop_component "$component" TERM; done
}

# A shim is known by its containerd's socket, which is this cluster's alone.
shim_pids() {
  local cmdline
  for cmdline in /proc/[0-9]*/cmdline; do
    if { tr '\0' ' ' <"$cmdline"; } 2>/dev/null | grep -q -- "^[^ ]*/containerd-shim-runc-v2 .*-address $CONTAINERD_SOCKET "; then
      cmdline=${cmdline%/cmdline}
      echo "${cmdline#/proc/}"
    fi
  done
}

launch_inside() {
  local component=$1
  shift
  launch "$component" nsenter --net="/run/netns/$NETNS" -- "$@"
}

start_registry() { launch_inside registry "$OWN/registry" -dir "$RUN/registry" -listen "$NODE_ADDRESS:5000"; }

start_forward() {
  launch forward "$OWN/forward" -netns "/run/netns/$NETNS" \
    "127.0.0.1:$API_PORT=$NODE_ADDRESS:6443" "127.0.0.1:$REGISTRY_PORT=$NODE_ADDRESS:5000"
}

start_etcd() {
  launch_inside etcd "$BIN/etcd" --data-dir="$RUN/etcd" --unsafe-no-fsync --log-level=warn
}

start_apiserver() {
  launch_inside apiserver "$BIN/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 \
    --bind-address=0.0.0.0 --secure-port=6443 --advertise-address="$NODE_ADDRESS" --service-cluster-ip-range="$SERVICE_RANGE" \
    --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --client-ca-file="$PKI/ca.crt" \
    --kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --kubelet-client-certificate="$PKI/apiserver-kubelet-client.crt" --kubelet-client-key="$PKI/apiserver-kubelet-client.key" \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$PKI/service-accounts.key" --service-account-signing-key-file="$PKI/service-accounts.key" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged
}

start_controller-manager() {
  launch_inside controller-manager "$BIN/kube-controller-manager" --kubeconfig="$RUN/kubeconfigs/controller-manager" \
    --use-service-account-credentials --service-account-private-key-file="$PKI/service-accounts.key" --root-ca-file="$PKI/ca.crt" \
    --cluster-signing-cert-file="$PKI/ca.crt" --cluster-signing-key-file="$PKI/ca.key" --leader-elect=false \
    --node-monitor-period=2s --node-monitor-grace-period=20s --bind-address=127.0.0.1
}

start_scheduler() {
  launch_inside scheduler "$BIN/kube-scheduler" --kubeconfig="$RUN/kubeconfigs/scheduler" --leader-elect=false --bind-address=127.0.0.1
}

start_containerd() {
  mkdir -p "$RUN/cni" "$RUN/certs.d/_default"
  # Whatever registry an image names: this cluster's own has it, or nobody.
  cat >"$RUN/certs.d/_default/hosts.toml" <<TOML
server = "http://$NODE_ADDRESS:5000"
TOML
  # Routed pods, no bridge: all traffic between pods passes the node's iptables rules.
  cat >"$RUN/cni/10-pods.conflist" <<JSON
{"cniVersion": "1.0.0", "name": "$NETNS", "plugins": [
  {"type": "ptp", "ipam": {"type": "host-local", "dataDir": "$RUN/ipam", "ranges": [[{"subnet": "${POD_RANGE%/*}/24"}]],
    "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
JSON
  cat >"$RUN/containerd.toml" <<TOML
version = 3
root = "$RUN/containerd/root"
state = "$RUN/containerd/state"
[grpc]
  address = "$CONTAINERD_SOCKET"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "registry.k8s.io/pause:litehaven"
  [plugins."io.containerd.cri.v1.images".registry]
    config_path = "$RUN/certs.d"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["$CNI_DIR"]
    conf_dir = "$RUN/cni"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    runtime_path = "$BIN/containerd-shim-runc-v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      BinaryName = "$(command -v runc)"
      Root = "$RUN/runc"
TOML
  launch_inside containerd "$BIN/containerd" --config "$RUN/containerd.toml" --log-level info
}

start_csi() {
  launch_inside csi "$OWN/csi" -endpoint "$CSI_SOCKET" -registration "$RUN/kubelet/plugins_registry/csi.test.litehaven.dev-reg.sock" \
    -pool "$POOL" -node $NODE
  restart_sidecars
}

start_kubelet() {
  : >"$RUN/resolv.conf"
  cat >"$RUN/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 0.0.0.0
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PKI/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $PKI/kubelet-serving.crt
tlsPrivateKeyFile: $PKI/kubelet-serving.key
containerRuntimeEndpoint: unix://$CONTAINERD_SOCKET
cgroupDriver: cgroupfs
cgroupRoot: /$CGROUP
failCgroupV1: false
failSwapOn: false
clusterDNS: [$DNS_ADDRESS]
clusterDomain: cluster.local
resolvConf: $RUN/resolv.conf
podLogsDir: $RUN/pod-logs
# A dead node is noticed within half a minute.
nodeStatusUpdateFrequency: 4s
nodeLeaseDurationSeconds: 12
# Who is killed again and again is not left lying for minutes: nothing is tried in that time.
crashLoopBackOff: {maxContainerRestartPeriod: 10s}
serializeImagePulls: false
# The machine's disk and memory are shared with other work: pods are not evicted because of it.
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
YAML
  launch_inside kubelet "$BIN/kubelet" --config="$RUN/kubelet.yaml" --kubeconfig="$RUN/kubeconfigs/kubelet" --root-dir="$RUN/kubelet" \
    --hostname-override=$NODE --node-ip="$NODE_ADDRESS"
}

start_kube-proxy() {
  cat >"$RUN/kube-proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
hostnameOverride: $NODE
clientConnection: {kubeconfig: $RUN/kubeconfigs/kube-proxy}
clusterCIDR: $POD_RANGE
# Connection tracking limits are the machine's, not the namespace's.
conntrack: {maxPerCore: 0, min: 0}
YAML
  launch_inside kube-proxy "$BIN/kube-proxy" --config="$RUN/kube-proxy.yaml"
}

start_dns() {
  cat >"$RUN/Corefile" <<COREFILE
.:53 {
  bind $NODE_ADDRESS
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig $RUN/kubeconfigs/dns
    ttl 5
  }
  cache 5
}
COREFILE
  launch_inside dns "$BIN/coredns" -conf "$RUN/Corefile"
}

start_provisioner() {
  launch_inside provisioner "$BIN/csi-provisioner" --csi-address="$CSI_SOCKET" --kubeconfig="$RUN/kubeconfigs/storage" \
    --feature-gates=Topology=false --leader-election=false --default-fstype=ext4 --retry-interval-start=500ms --retry-interval-max=5s
}

# Short retries: a slow or failing snapshot is what tests look at.
start_snapshotter() {
  launch_inside snapshotter "$BIN/csi-snapshotter" --csi-address="$CSI_SOCKET" --kubeconfig="$RUN/kubeconfigs/storage" \
    --leader-election=false --retry-interval-start=500ms --retry-interval-max=5s
}

start_snapshot-controller() {
  launch_inside snapshot-controller "$BIN/snapshot-controller" --kubeconfig="$RUN/kubeconfigs/storage" --leader-election=false \
    --retry-interval-start=500ms --retry-interval-max=5s
}

# Definitions the cluster itself needs; applied again only when they changed.
ensure_manifests() {
  local key
  key=$(hash_of "$HERE"/manifests/*.yaml "$BIN"/crds/*.yaml)
  [ "$(cat "$RUN/manifests" 2>/dev/null)" != "$key" ] || return 0
  kubectl apply --server-side --force-conflicts -f "$BIN/crds" >"$RUN/logs/manifests.log"
  kubectl wait --for=condition=Established --timeout=30s -f "$BIN/crds" >>"$RUN/logs/manifests.log"
  kubectl apply --server-side --force-conflicts -f "$HERE/manifests" >>"$RUN/logs/manifests.log"
  echo "$key" >"$RUN/manifests"
}

status() {
  local component pid well=0
  [ -d "$RUN" ] || { say "cluster $NAME is not there"; return 1; }
  for component in $COMPONENTS; do
    if pid=$(pid_of "$component"); then
      printf '%-22s pid %s\n' "$component" "$pid"
    else
      printf '%-22s not running\n' "$component"
      well=1
    fi
  done
  if [ -e "$KUBECONFIG_ADMIN" ] && node_ready >/dev/null 2>&1; then
    say "the node is ready"
  else
    say "the node is not ready"
    well=1
  fi
  return $well
}
