# What is checked without running anything of ours: formatting, the chart, the manifests.

CHART=$ROOT/helm/litehaven
KUBE_VERSION=1.36.3

render() { helm template litehaven "$CHART" --namespace litehaven --kube-version $KUBE_VERSION "$@"; }

# The plain manifests are the chart's, for those who do not use Helm.
manifest() {
  cat <<'HEADER'
# Rendered from helm/litehaven by ./dev manifests. Do not edit.
#   kubectl create namespace litehaven
#   kubectl apply --server-side -f THIS-FILE
# Deleting by this file deletes the resource definitions too, and with them every database, migration and backup resource.
HEADER
  render "$@"
}

write_manifests() {
  mkdir -p "$1"
  manifest >"$1/install.yaml"
  manifest --set watch.allNamespaces=true --set clusterReads.enabled=true >"$1/install-all-namespaces.yaml"
}

check_manifests() {
  local fresh=$LOGS/manifests file same=0
  rm -rf "$fresh"
  write_manifests "$fresh"
  for file in "$fresh"/*.yaml; do diff -u "$ROOT/k8s/${file##*/}" "$file" || same=1; done
  [ $same = 0 ] || echo "k8s/ is not what the chart says: run ./dev manifests"
  return $same
}

check_helm_lint() { helm lint --strict --kube-version $KUBE_VERSION "$CHART"; }

# refuses WHAT HELM-ARGUMENTS...: the chart does not render, and the message names what is wrong.
refuses() {
  local what=$1 output
  shift
  if output=$(render "$@" 2>&1 >/dev/null); then
    echo "accepted: $*"
    return 1
  fi
  [[ $output == *"$what"* ]] || { echo "refused $* without naming $what: $output"; return 1; }
}

# The schema must know every value, and refuse what is none.
check_values_schema() {
  refuses "additional properties 'replicaCount'" --set replicaCount=2 &&
    refuses "additional properties 'tagg'" --set image.tagg=1 &&
    refuses /replicas --set replicas=two &&
    refuses /image/pullPolicy --set image.pullPolicy=Sometimes &&
    refuses /image/digest --set image.digest=sha256:12 &&
    refuses /watch/namespaces/0 --set 'watch.namespaces={Not_A_Namespace}' &&
    refuses /resources/limits/memory --set resources.limits.memory=much &&
    refuses /logLevel --set logLevel=LOUD &&
    refuses /networkPolicy/apiServer/ports --set-json 'networkPolicy.apiServer.ports=[]' &&
    python3 "$ROOT/scripts/schema_covers_values.py" "$CHART/values.schema.json" <(helm show values "$CHART" | values_as_json)
}

# values_as_json reads YAML: Helm is the converter, so that none has to be installed.
values_as_json() { as_json /dev/stdin; }

# as_json FILES...: each YAML file's document as one line of JSON.
as_json() {
  local chart file count=0
  chart=$(mktemp -d "$LOGS/as-json.XXXXXX")
  mkdir "$chart/templates" "$chart/files"
  for file in "$@"; do
    count=$((count + 1))
    cat "$file" >"$chart/files/$count.yaml"
  done
  printf 'apiVersion: v2\nname: convert\nversion: 0.0.0\n' >"$chart/Chart.yaml"
  # shellcheck disable=SC2016
  printf '{{- range $path, $_ := .Files.Glob "files/*.yaml" }}\n---\n{{ $.Files.Get $path | fromYaml | toJson }}\n{{- end }}\n' >"$chart/templates/all.yaml"
  helm template convert "$chart" | grep '^{'
  rm -rf "$chart"
}

ensure_schemas() {
  local kubernetes snapshotter
  kubernetes=$(module_dir k8s.io/kubernetes)
  snapshotter=$(module_dir github.com/kubernetes-csi/external-snapshotter/client/v8)
  rm -rf "$LOGS/schemas"
  as_json "$ROOT"/crds/*.yaml "$snapshotter"/config/crd/snapshot.*.yaml >"$LOGS/crds.json"
  python3 "$ROOT/scripts/schemas.py" "$LOGS/schemas" "$kubernetes/api/openapi-spec/swagger.json" "$LOGS/crds.json"
}

conform() {
  kubeconform -strict -summary -schema-location "$LOGS/schemas/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json" "$@"
}

check_kubeconform() {
  local variant out=$LOGS/variants
  ensure_schemas || return 1
  rm -rf "$out"
  mkdir -p "$out"
  render >"$out/defaults.yaml" &&
    render --set watch.allNamespaces=true --set clusterReads.enabled=true >"$out/all-namespaces.yaml" &&
    render --set 'watch.namespaces={one,two}' >"$out/namespaces.yaml" &&
    render --set crds.enabled=false >"$out/without-crds.yaml" &&
    render --values "$CHART/ci/everything-values.yaml" >"$out/everything.yaml" || return 1
  for variant in "$out"/*.yaml; do echo "${variant##*/}: $(grep -c '^kind:' "$variant") resources"; done
  grep -q CustomResourceDefinition "$out/without-crds.yaml" && { echo "crds.enabled=false renders CRDs"; return 1; }
  grep -qE '^kind: Cluster' "$out/defaults.yaml" && { echo "the defaults ask for cluster-wide rights"; return 1; }
  conform "$out" "$ROOT/k8s" "$ROOT/crds"
}

# Examples and test databases are written by scripts from one source each.
check_generated() {
  python3 "$ROOT/scripts/fixtures/make.py" --check && python3 "$ROOT/scripts/examples.py" --check ||
    { echo "run scripts/fixtures/make.py and scripts/examples.py"; return 1; }
}

check_format() { maven -q spotless:check; }
