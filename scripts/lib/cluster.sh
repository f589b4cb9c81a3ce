# Which cluster to work on, and how an image gets there. KUBECONFIG in the environment never counts.

CLUSTER=$ROOT/test-cluster/cluster
# Where test clusters live, by name; a kubeconfig from there is one of ours.
OURS=/var/lib/litehaven-test

# Tests and tools that look for a cluster by themselves find none.
forget_clusters() {
  unset KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT
  export KUBECONFIG=$LOGS/no-cluster
}

# choose_cluster KUBECONFIG-OR-EMPTY: sets CLUSTER_KIND to named, test-cluster or k3s.
choose_cluster() {
  local file=$1
  if [ -n "$file" ]; then
    [ -r "$file" ] || die "--kubeconfig $file: no such file"
    NAMED_KUBECONFIG=$(readlink -f "$file")
    CLUSTER_KIND=named
  else
    case ${LITEHAVEN_CLUSTER:-} in
      k3s | test-cluster) CLUSTER_KIND=$LITEHAVEN_CLUSTER ;;
      '') if [ "$(id -u)" = 0 ]; then CLUSTER_KIND=test-cluster; elif docker_answers; then CLUSTER_KIND=k3s; else
        die "a cluster needs root (for test-cluster/), or Docker (for k3s), or --kubeconfig FILE; --unit runs what needs none"
      fi ;;
      *) die "LITEHAVEN_CLUSTER: test-cluster or k3s" ;;
    esac
  fi
}

docker_answers() { command -v docker >/dev/null && docker info >/dev/null 2>&1; }

# The chosen cluster's name where it is a test cluster, this checkout's or another one's that was named; fails for other clusters.
test_cluster_name() {
  local file
  case $CLUSTER_KIND in
    test-cluster) file=$("$CLUSTER" kubeconfig) ;;
    named) file=$NAMED_KUBECONFIG ;;
    *) return 1 ;;
  esac
  [[ $file =~ ^$OURS/([^/]+)/admin\.kubeconfig$ ]] && echo "${BASH_REMATCH[1]}"
}

cluster_is_up() { "$CLUSTER" status >/dev/null 2>&1; }

# begin_cluster: in the background where it has to come up; sets CLUSTER_PID and BROUGHT_UP.
begin_cluster() {
  BROUGHT_UP=false
  CLUSTER_PID=
  [ "$CLUSTER_KIND" = test-cluster ] || return 0
  cluster_is_up || { BROUGHT_UP=true; use_go; }
  begin "test cluster up" "$CLUSTER" up
  CLUSTER_PID=$PID
}

# finish_cluster: exports KUBECONFIG; k3s comes up with the tests.
finish_cluster() {
  case $CLUSTER_KIND in
    named) export KUBECONFIG=$NAMED_KUBECONFIG ;;
    test-cluster)
      finish "test cluster up" "$CLUSTER_PID" || return 1
      KUBECONFIG=$("$CLUSTER" kubeconfig)
      export KUBECONFIG
      ;;
  esac
}

# The tag tells builds apart: a changed image is a changed name, so that no cluster runs an old one.
image_reference() {
  local hash
  hash=$(cd "$ROOT" && find Dockerfile LICENSE src/main/image target/quarkus-app target/native -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12)
  echo "litehaven/litehaven:dev-$hash"
}

# deliver_image REFERENCE: built from the project's Dockerfile, and put where the chosen cluster gets it.
deliver_image() {
  local reference=$1 name
  case $CLUSTER_KIND in
    test-cluster | named)
      name=$(test_cluster_name) || { echo "the cluster of --kubeconfig cannot be given an image: push one and name it with --image"; return 1; }
      LITEHAVEN_CLUSTER_NAME=$name "$CLUSTER" build-image "$ROOT" "$ROOT/Dockerfile" "$reference"
      ;;
    k3s) docker build -t "$reference" "$ROOT" && docker save -o "$ROOT/target/litehaven-image.tar" "$reference" ;;
  esac
}

# What the Java tests are told about the cluster.
cluster_properties() {
  local name
  if [ "$CLUSTER_KIND" = k3s ]; then
    echo "-Dlitehaven.cluster=k3s -Dlitehaven.image.archive=$ROOT/target/litehaven-image.tar"
    return
  fi
  echo "-Dlitehaven.cluster=kubeconfig -Dlitehaven.kubeconfig=$KUBECONFIG"
  if name=$(test_cluster_name); then echo "-Dlitehaven.testCluster=$CLUSTER -Dlitehaven.testCluster.name=$name"; fi
}

end_cluster() {
  [ "$CLUSTER_KIND" = test-cluster ] && [ "$BROUGHT_UP" = true ] || return 0
  mkdir -p "$LOGS/cluster"
  cp "$OURS/$(test_cluster_name)"/logs/*.log "$LOGS/cluster/" 2>/dev/null || true
  stage "test cluster down" "$CLUSTER" down
}
