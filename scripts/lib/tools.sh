# Finds what the work needs, and fetches what can be fetched: nothing is asked for that a package manager can bring.

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/litehaven
MAVEN_VERSION=3.9.11
HELM_VERSION=v3.22.0
KUBECONFORM_VERSION=v0.8.0
VERSITYGW_VERSION=v1.8.0

# install_package PACKAGE: with apt, when root; fails otherwise.
install_package() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  say "installing $1"
  { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$1"; } >>"$LOGS/apt.log" 2>&1 </dev/null || return 1
  hash -r
}

# need COMMAND PACKAGE
need() {
  command -v "$1" >/dev/null && return
  install_package "$2" && command -v "$1" >/dev/null || die "$1 is missing: install $2"
}

is_jdk_25() { [ -x "$1/bin/javac" ] && grep -q '^JAVA_VERSION="25[".]' "$1/release" 2>/dev/null; }

find_jdk() {
  local candidate javac
  javac=$(command -v javac) && javac=$(readlink -f "$javac") || javac=/none/bin/javac
  for candidate in "${JAVA_HOME:-}" "${JAVA_HOME_25_X64:-}" "$(dirname "$(dirname "$javac")")" /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* /opt/java* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* /usr/local/lib/jvm/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    is_jdk_25 "$candidate" && { echo "$candidate"; return; }
  done
  return 1
}

# Sets JAVA_HOME and PATH, whatever the default java is.
use_java() {
  local jdk
  if ! jdk=$(find_jdk); then
    install_package openjdk-25-jdk-headless || true
    jdk=$(find_jdk) || die "JDK 25 is missing: install one and set JAVA_HOME (looked at JAVA_HOME, PATH, /usr/lib/jvm, /opt, ~/.sdkman)"
  fi
  export JAVA_HOME=$jdk
  export PATH=$JAVA_HOME/bin:$PATH
}

maven_version_is_enough() {
  local version
  version=$("$1" -v 2>/dev/null | sed -n 's/.*Apache Maven \([0-9]*\.[0-9]*\).*/\1/p')
  [ "${version%.*}" -gt 3 ] 2>/dev/null || { [ "${version%.*}" = 3 ] && [ "${version#*.}" -ge 9 ]; } 2>/dev/null
}

# Sets MVN: Maven from 3.9 on. An older one can fetch a newer, which is an artifact like any other.
use_maven() {
  use_java
  MVN=$CACHE/apache-maven-$MAVEN_VERSION/bin/mvn
  [ ! -x "$MVN" ] || return 0
  need mvn maven
  if maven_version_is_enough mvn; then
    MVN=mvn
    return
  fi
  say "fetching Maven $MAVEN_VERSION, since $(command -v mvn) is older than 3.9"
  mkdir -p "$CACHE"
  fetch_maven >"$LOGS/maven-fetch.log" 2>&1 </dev/null || die "Maven 3.9 or newer is missing and could not be fetched: see $LOGS/maven-fetch.log"
}

fetch_maven() {
  (
    flock 9
    [ ! -x "$MVN" ] || exit 0
    fetched=$(mktemp -d "$CACHE/maven.XXXXXX")
    # Away from the project: its .mvn/ is for the newer Maven.
    cd "$fetched" &&
      mvn -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack \
        -Dartifact=org.apache.maven:apache-maven:$MAVEN_VERSION:zip:bin -DoutputDirectory="$fetched" &&
      chmod +x "apache-maven-$MAVEN_VERSION/bin/mvn" &&
      mv "apache-maven-$MAVEN_VERSION" "$CACHE/" &&
      rm -rf "$fetched"
  ) 9>"$CACHE/maven.lock"
}

maven() { "$MVN" -B -ntp -f "$ROOT/pom.xml" "$@"; }

# Sets GO: 1.26 or newer.
use_go() {
  local go
  for go in "${GOROOT:+$GOROOT/bin/go}" "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go/bin/go "$HOME/go/bin/go"; do
    [ -x "$go" ] && GOTOOLCHAIN=local "$go" version 2>/dev/null | grep -qE 'go1\.(2[6-9]|[3-9][0-9])' && { GO=$go; return; }
  done
  die "Go 1.26 or newer is missing: install it and put it on the PATH"
}

# go_tool NAME VERSION PACKAGE [LDFLAGS]: builds it once and puts it on the PATH.
go_tool() {
  local directory=$CACHE/tools/$1-$2
  if [ ! -x "$directory/$1" ]; then
    use_go
    say "building $1 $2, once"
    mkdir -p "$LOGS" "$CACHE/tools"
    (
      flock 9
      [ ! -x "$directory/$1" ] || exit 0
      rm -rf "$directory" "$directory.new"
      cd "$CACHE" &&
        CGO_ENABLED=0 GOFLAGS=-trimpath GOTOOLCHAIN=local GOBIN=$directory.new nice "$GO" install -ldflags "-s -w ${4:-}" "$3@$2" &&
        mv -T "$directory.new" "$directory"
    ) 9>"$CACHE/tools/$1.lock" >"$LOGS/$1-build.log" 2>&1 </dev/null || die "$1 $2 could not be built: see $LOGS/$1-build.log"
  fi
  export PATH=$directory:$PATH
}

use_helm() { go_tool helm "$HELM_VERSION" helm.sh/helm/v3/cmd/helm "-X helm.sh/helm/v3/internal/version.version=$HELM_VERSION"; }
# The S3 server that tests of places for backups start.
use_versitygw() { go_tool versitygw "$VERSITYGW_VERSION" github.com/versity/versitygw/cmd/versitygw; }
use_kubeconform() { go_tool kubeconform "$KUBECONFORM_VERSION" github.com/yannh/kubeconform/cmd/kubeconform; }

# The test cluster's own kubectl where there is one, since it has the version of the cluster.
use_kubectl() {
  local kubectl newest=
  for kubectl in "$CACHE"/bin/*/kubectl; do
    if [ -x "$kubectl" ] && [[ -z $newest || $kubectl -nt $newest ]]; then newest=$kubectl; fi
  done
  [ -z "$newest" ] || { ln -sf "$newest" "$LOGS/kubectl" && export PATH=$LOGS:$PATH; }
  command -v kubectl >/dev/null || die "kubectl is missing: install it and put it on the PATH"
}

# module_dir MODULE: where the sources of a Go module that the test cluster pins are.
module_dir() {
  local version
  use_go
  version=$(awk -v module="$1" '$1 == module && $2 ~ /^v/ {print $2; exit}' "$ROOT/test-cluster/go.mod")
  (cd "$CACHE" && GOTOOLCHAIN=local GOFLAGS=-mod=mod "$GO" mod download -json "$1@$version") | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'
}
