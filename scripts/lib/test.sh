# ./dev test and ./dev bench.

REPORTS=$ROOT/target/surefire-reports

use_checks() {
  need python3 python3
  use_helm
  use_kubeconform
}

run_checks() {
  local failed=0
  check "format" check_format || failed=1
  check "helm lint" check_helm_lint || failed=1
  check "values schema" check_values_schema || failed=1
  check "plain manifests" check_manifests || failed=1
  check "examples and fixtures" check_generated || failed=1
  check "kubeconform" check_kubeconform || failed=1
  return $failed
}

# Failing tests do not end Maven: the totals tell, and what comes after runs all the same. Many of these wait for processes
# that they kill, so two JVMs share them.
unit_tests() { maven verify -Dmaven.test.failure.ignore=true -DforkCount=2 -DexcludedGroups="$1"; }

# Classes have a namespace each and wait for most of their time, so two go at once; those that do something to the whole
# cluster say so (@Isolated) and go alone.
AT_ONCE=(
  -Djunit.jupiter.execution.parallel.enabled=true
  -Djunit.jupiter.execution.parallel.mode.default=same_thread
  -Djunit.jupiter.execution.parallel.mode.classes.default=concurrent
  -Djunit.jupiter.execution.parallel.config.strategy=fixed
  -Djunit.jupiter.execution.parallel.config.fixed.parallelism=2
  -Djunit.jupiter.execution.parallel.config.fixed.max-pool-size=2
)

# tests_of GROUP EXCLUDED MAVEN-PROPERTY...: on what unit_tests has compiled.
tests_of() {
  local properties
  read -ra properties <<<"$(cluster_properties | tr '\n' ' ')"
  maven surefire:test -Dmaven.test.failure.ignore=true -Dgroups="$1" -DexcludedGroups="$2" -Dsurefire.reportNameSuffix="$1" \
    -Dlitehaven.image="$IMAGE" "${properties[@]}" "${@:3}"
}

parse_cluster_options() {
  SOAK=false UNIT=false KEEP=false KUBECONFIG_FLAG='' IMAGE=''
  while [ $# -gt 0 ]; do
    case $1 in
      --soak) SOAK=true ;;
      --unit) UNIT=true ;;
      --keep) KEEP=true ;;
      --kubeconfig | --image)
        [ $# -ge 2 ] || die "$1 needs a value"
        if [ "$1" = --image ]; then IMAGE=$2; else KUBECONFIG_FLAG=$2; fi
        shift
        ;;
      --kubeconfig=*) KUBECONFIG_FLAG=${1#*=} ;;
      --image=*) IMAGE=${1#*=} ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
}

cmd_test() {
  local excluded=cluster,bench,soak built=true
  parse_cluster_options "$@"
  [ "$SOAK" = false ] || excluded=cluster,bench
  rm -rf "$RESULTS" "$REPORTS"
  forget_clusters
  [ "$UNIT" = true ] || choose_cluster "$KUBECONFIG_FLAG"
  use_maven
  [ "$UNIT" = true ] || begin_cluster
  use_checks

  stage "build and unit tests" unit_tests "$excluded" || { built=false; record failed "build" "see $(log_of "build and unit tests")"; }
  run_checks || true
  if [ "$UNIT" = true ]; then
    say "not run, for they need a cluster: the tests tagged 'cluster', csi-sanity"
  else
    if finish_cluster; then
      if [ $built = true ]; then cluster_tests; fi
    else
      record failed "test cluster up" "see $(log_of "test cluster up")"
    fi
    if [ "$KEEP" = false ]; then end_cluster || true; fi
  fi
  echo
  python3 "$ROOT/scripts/totals.py" "$REPORTS" "$RESULTS"
}

cluster_tests() {
  local excluded=bench,soak name
  [ "$SOAK" = false ] || excluded=bench
  use_kubectl
  prepare_image || { record failed "image" "see $(log_of image)"; return; }
  if ! stage "cluster tests" tests_of cluster "$excluded" "${AT_ONCE[@]}"; then
    record failed "cluster tests" "see $(log_of "cluster tests")"
  elif ! compgen -G "$REPORTS/TEST-*-cluster.xml" >/dev/null; then
    record failed "cluster tests" "no test tagged 'cluster' ran"
  fi
  if name=$(test_cluster_name); then
    LITEHAVEN_CLUSTER_NAME=$name check "csi-sanity" "$CLUSTER" csi-sanity || true
  else
    record skipped "csi-sanity" "it is about the test cluster's storage driver, and this is another cluster"
  fi
}

# Sets IMAGE, built and delivered unless one was named.
prepare_image() {
  [ -z "$IMAGE" ] || return 0
  IMAGE=$(image_reference)
  stage "image" deliver_image "$IMAGE"
}

cmd_bench() {
  parse_cluster_options "$@"
  forget_clusters
  choose_cluster "$KUBECONFIG_FLAG"
  use_maven
  need sqlite3 sqlite3 # what a person would type is measured too
  need zstd zstd
  begin_cluster
  stage build compile_and_package
  finish_cluster || die "no cluster to measure on"
  prepare_image || die "no image to measure"
  use_helm
  use_kubectl
  local properties
  read -ra properties <<<"$(cluster_properties | tr '\n' ' ')"
  # Nothing else runs beside it, and its table is what is wanted: no log.
  maven -q surefire:test -Dgroups=bench -DexcludedGroups= -Dsurefire.useFile=false -Dlitehaven.image="$IMAGE" "${properties[@]}"
  if [ "$KEEP" = false ]; then end_cluster; fi
}
