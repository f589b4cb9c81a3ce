# Images that are built or pushed while the cluster runs.

# Storage of its own: the user's buildah images stay as they are.
in_buildah() { buildah --root "$RUN/buildah" --runroot "$RUN/buildah-run" --storage-driver overlay "$@"; }

# The part of a reference that the registry knows: without a host, and library/ before a name that stands alone.
repository_of() {
  local reference=$1 first=${1%%/*}
  if [ "$first" != "$reference" ]; then
    case $first in *.* | *:* | localhost) reference=${reference#*/} ;; esac
  fi
  [ "${reference%%/*}" != "$reference" ] || [ "$first" != "$reference" ] || reference=library/$reference
  case ${reference##*/} in *:*) ;; *) reference=$reference:latest ;; esac
  echo "$reference"
}

build_image() {
  local context=$1 file=$2 reference=$3 registry
  shift 3
  need_root
  registry=$(registry_address)
  say "building $reference"
  in_buildah bud --quiet --isolation chroot --tls-verify=false --pull-always \
    --build-arg "BASE_IMAGE=$registry/litehaven/base:latest" "$@" -f "$file" -t "localhost/$(repository_of "$reference")" "$context" >/dev/null
  publish "localhost/$(repository_of "$reference")" "$reference"
}

push_image() {
  local archive=$1 reference=$2 kind=docker-archive id
  need_root
  if [ -d "$archive" ]; then kind=oci; elif tar -tf "$archive" | grep -q '^\(\./\)\?oci-layout$'; then kind=oci-archive; fi
  id=$(in_buildah pull --quiet "$kind:$archive")
  publish "$id" "$reference"
}

# publish IMAGE REFERENCE: to the registry, and out of containerd, which would otherwise keep running an older image of the name.
publish() {
  in_buildah push --quiet --tls-verify=false "$1" "docker://$(registry_address)/$(repository_of "$2")"
  "$BIN/ctr" --address "$CONTAINERD_SOCKET" --namespace k8s.io images rm "$(full_reference "$2")" >/dev/null 2>&1 || true
  in_buildah rmi --prune >/dev/null 2>&1 || true
  say "pushed $(full_reference "$2")"
}

# The name containerd knows an image by.
full_reference() {
  local first=${1%%/*} host=docker.io/
  if [ "$first" != "$1" ]; then
    case $first in *.* | *:* | localhost) host=$first/ ;; esac
  fi
  echo "$host$(repository_of "$1")"
}
