# Images without a registry to take a base from: Debian or Ubuntu by mmdebstrap, a Java runtime by jlink.

SUITE=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
JAVA_MODULES=java.se,jdk.unsupported,jdk.crypto.ec,jdk.zipfs,jdk.management,jdk.jfr,java.instrument,jdk.naming.dns,jdk.net,jdk.management.agent

# A JDK 25 that can link a runtime.
find_jdk() {
  local candidate
  for candidate in "${JAVA_HOME:-}" "$(dirname "$(dirname "$(readlink -f "$(command -v javac || echo /none/bin/javac)")")")" /usr/lib/jvm/* /opt/java* "$HOME"/.sdkman/candidates/java/*; do
    [ -x "$candidate/bin/jlink" ] && grep -q '^JAVA_VERSION="25' "$candidate/release" 2>/dev/null && { echo "$candidate"; return; }
  done
  die "a JDK 25 is needed for the images, and is neither in JAVA_HOME, PATH nor /usr/lib/jvm"
}

# The images that are the same for all clusters lie in the cache as a registry's directory.
ensure_images() {
  local jdk
  jdk=$(find_jdk)
  IMAGES=$CACHE/images/$({ cat "$HERE/lib/base-images.sh" "$HERE/pause/main.go" "$jdk/release"; echo "$SUITE"; } | sha256sum | cut -c1-16)
  if [ ! -d "$IMAGES" ]; then
    (
      exec 8>"$CACHE/images.lock"
      flock 8
      [ -d "$IMAGES" ] || make_images "$jdk"
    )
  fi
  if [ "$(cat "$RUN/images" 2>/dev/null)" != "$IMAGES" ]; then
    mkdir -p "$RUN/registry"
    cp -a --link --force "$IMAGES/." "$RUN/registry/" 2>/dev/null || cp -a "$IMAGES/." "$RUN/registry/"
    echo "$IMAGES" >"$RUN/images"
  fi
}

make_images() {
  local jdk=$1 work=$IMAGES.partial port=$((32000 + RANDOM % 700)) server
  say "making the base images from $SUITE and $jdk: about a minute, once"
  rm -rf "$work"
  mkdir -p "$work/registry"
  debian_root "$work/base.tar" ca-certificates,tzdata 2>"$work/base.log" &
  local base=$!
  debian_root "$work/python.tar" ca-certificates,python3,sqlite3 2>"$work/python.log" || die "mmdebstrap failed, see $work/python.log"
  wait $base || die "mmdebstrap failed, see $work/base.log"
  mkdir -p "$work/java/opt" "$work/pause"
  "$jdk/bin/jlink" --add-modules "$JAVA_MODULES" --no-header-files --no-man-pages --generate-cds-archive --output "$work/java/opt/java" \
    >"$work/jlink.log" 2>&1 || die "jlink failed, see $work/jlink.log"
  cp "$OWN/pause" "$work/pause/pause"

  "$OWN/registry" -dir "$work/registry" -listen "127.0.0.1:$port" 2>>"$work/registry.log" 9>&- 8>&- &
  server=$!
  trap 'end_process "$server" TERM' EXIT
  image "$port" litehaven/base:latest "$work/base.tar" "$work/java" -- --user 65532:65532 \
    --env JAVA_HOME=/opt/java --env PATH=/opt/java/bin:/usr/local/bin:/usr/bin:/bin --env LANG=C.UTF-8
  image "$port" library/python:3.13-slim "$work/python.tar" -- --env LANG=C.UTF-8 --cmd python3
  image "$port" pause:litehaven "$work/pause" -- --user 65535:65535 --entrypoint '["/pause"]'
  end_process "$server" TERM
  trap - EXIT
  mv "$work/registry" "$IMAGES"
  rm -rf "$work"
}

# debian_root TAR PACKAGES
debian_root() {
  mmdebstrap --quiet --variant=minbase --include="$2" \
    --customize-hook='echo "nonroot:x:65532:65532::/home/nonroot:/usr/sbin/nologin" >>"$1/etc/passwd"' \
    --customize-hook='echo "nonroot:x:65532:" >>"$1/etc/group"' \
    --customize-hook='mkdir -p "$1/home/nonroot" && chown 65532:65532 "$1/home/nonroot"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    "$SUITE" "$1"
}

# image PORT NAME TARS-AND-DIRECTORIES... -- BUILDAH-CONFIG...
image() {
  local port=$1 name=$2 container layer
  shift 2
  container=$(in_buildah from scratch)
  while [ "$1" != -- ]; do
    layer=$1
    in_buildah add --quiet "$container" "$layer" / >/dev/null
    shift
  done
  shift
  in_buildah config "$@" "$container"
  in_buildah commit --quiet --rm --tls-verify=false "$container" "docker://127.0.0.1:$port/$name" >/dev/null
  say "  $name"
}
