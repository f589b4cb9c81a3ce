# ./dev demo: the cluster, the operator by its chart, and scripts/demo on them.

DEMO_NAMESPACE=litehaven-demo

cmd_demo() {
  parse_cluster_options "$@"
  forget_clusters
  choose_cluster "$KUBECONFIG_FLAG"
  [ "$CLUSTER_KIND" != k3s ] || die "the demo needs root (for test-cluster/), or --kubeconfig FILE"
  use_maven
  begin_cluster
  use_helm
  [ -n "$IMAGE" ] || stage build compile_and_package
  finish_cluster || die "no cluster for the demo"
  use_kubectl
  prepare_image || die "no image for the demo"
  stage "install" install_operator
  say "demo"
  LITEHAVEN_IMAGE=$IMAGE "$ROOT/scripts/demo"
  [ "$CLUSTER_KIND" != test-cluster ] || cat <<TEXT

The cluster is still up. To look around:  export KUBECONFIG=$KUBECONFIG
To take it down:                          ./dev cluster down
TEXT
}

# The resource definitions apart from the release: they may be there from elsewhere, and are to outlive it.
install_operator() {
  kubectl apply --server-side --force-conflicts -f "$ROOT/crds" &&
    helm upgrade --install litehaven "$CHART" --namespace $DEMO_NAMESPACE --create-namespace --wait --timeout 3m --set crds.enabled=false \
    --set "image.repository=${IMAGE%:*}" --set-string "image.tag=${IMAGE##*:}"
}
