# Packages and programs.

KUBERNETES_VERSION=$(awk '$1 == "k8s.io/kubernetes" {print $2; exit}' "$HERE/go.mod")
# The key covers all that decides what the programs are; OWN_KEY also the sources here.
BIN_KEY=$(hash_of "$HERE/go.mod" "$HERE/go.sum" "$HERE/versions")
BIN=$CACHE/bin/$BIN_KEY
OWN_PROGRAMS="csi forward registry pause"
OWN_KEY=$(hash_of "$HERE/go.mod" "$HERE/go.sum" "$HERE"/{csi,forward,registry,pause}/*.go)
OWN=$CACHE/own/$OWN_KEY

# Command and the Debian package that has it.
PACKAGES="buildah:buildah mmdebstrap:mmdebstrap runc:runc iptables:iptables mkfs.btrfs:btrfs-progs mkfs.ext4:e2fsprogs ip:iproute2
  nsenter:util-linux losetup:mount flock:util-linux openssl:openssl curl:curl bindfs:bindfs"
CNI_DIR=/usr/lib/cni

ensure_packages() {
  local pair missing=()
  for pair in $PACKAGES; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  [ -x $CNI_DIR/ptp ] || missing+=(containernetworking-plugins)
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "missing, and no apt-get to install it: ${missing[*]}"
  say "installing ${missing[*]}"
  { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}"; } \
    >"$RUN/logs/apt.log" 2>&1 || die "apt-get failed, see $RUN/logs/apt.log; missing: ${missing[*]}"
}

go_command() {
  local go
  for go in "${GOROOT:+$GOROOT/bin/go}" "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go/bin/go; do
    [ -x "$go" ] && GOTOOLCHAIN=local "$go" version | grep -qE 'go1\.(2[6-9]|[3-9][0-9])' && { echo "$go"; return; }
  done
  die "Go 1.26 or newer is needed, and is neither in GOROOT, PATH nor /usr/local/go"
}

ensure_binaries() {
  [ -d "$BIN" ] && [ -d "$OWN" ] && return
  mkdir -p "$CACHE"
  (
    # Two clones may want to build at the same time.
    exec 8>"$CACHE/build.lock"
    flock 8
    go=$(go_command)
    export CGO_ENABLED=0 GOFLAGS="-trimpath -buildvcs=false"
    cd "$HERE"
    [ -d "$BIN" ] || build_pinned
    [ -d "$OWN" ] || build_own
  )
}

build_pinned() {
  local partial=$BIN.partial package name version=k8s.io/component-base/version
  local flags="-s -w -X $version.gitVersion=$KUBERNETES_VERSION -X $version.gitMajor=1 -X $version.gitMinor=$(cut -d. -f2 <<<"$KUBERNETES_VERSION")"
  say "building Kubernetes $KUBERNETES_VERSION and what goes with it: about nine minutes on two cores, once"
  mkdir -p "$partial/crds"
  for package in $("$go" list -f '{{.ImportPath}}' tool) $(grep -v '^#' versions); do
    name=${package%@*}
    [ "${name##*/}" = v3 ] && name=etcd
    name=${name##*/}
    [ ! -e "$partial/$name" ] || continue
    say "  $name"
    if [ "${package%@*}" = "$package" ]; then
      nice "$go" build -ldflags "$flags" -o "$partial/$name" "$package"
    else
      GOBIN=$partial nice "$go" install -ldflags "-s -w" "$package"
    fi
  done
  cp "$("$go" list -m -f '{{.Dir}}' github.com/kubernetes-csi/external-snapshotter/client/v8)"/config/crd/snapshot.*.yaml "$partial/crds"
  chmod -R u+w "$partial"
  mv "$partial" "$BIN"
}

build_own() {
  say "building the storage driver, the registry and the forwarder"
  mkdir -p "$OWN.partial"
  "$go" build -ldflags "-s -w" -o "$OWN.partial/" $(printf './%s ' $OWN_PROGRAMS)
  mv "$OWN.partial" "$OWN"
}
