# Keys, certificates and kubeconfigs. The API server is the same for all; its port on this machine is in the administrator's only.

PKI=$RUN/pki

ensure_keys() {
  [ -e "$PKI/done" ] && return
  say "making keys"
  rm -rf "$PKI"
  (umask 077 && mkdir -p "$PKI")
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=litehaven-test -keyout "$PKI/ca.key" -out "$PKI/ca.crt" \
    -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature 2>/dev/null
  openssl genrsa -out "$PKI/service-accounts.key" 2048 2>/dev/null
  certificate apiserver /CN=kube-apiserver \
    "IP:127.0.0.1,IP:$NODE_ADDRESS,IP:${SERVICE_RANGE%.*}.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
  certificate kubelet-serving /CN=node "IP:$NODE_ADDRESS,DNS:node"
  certificate admin /O=system:masters/CN=admin
  certificate apiserver-kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client
  certificate storage /O=system:masters/CN=storage
  certificate dns /O=system:masters/CN=dns
  certificate controller-manager /CN=system:kube-controller-manager
  certificate scheduler /CN=system:kube-scheduler
  certificate kube-proxy /CN=system:kube-proxy
  certificate kubelet /O=system:nodes/CN=system:node:node
  touch "$PKI/done"
}

# certificate FILE SUBJECT [ALTERNATIVE NAMES]
certificate() {
  openssl req -new -newkey rsa:2048 -nodes -subj "$2" -keyout "$PKI/$1.key" -out "$PKI/$1.csr" 2>/dev/null
  openssl x509 -req -in "$PKI/$1.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -CAcreateserial -days 3650 -out "$PKI/$1.crt" \
    -extfile <(printf '%s\n' "extendedKeyUsage=clientAuth,serverAuth" ${3:+"subjectAltName=$3"}) 2>/dev/null
  rm "$PKI/$1.csr"
}

# kubeconfig_for USER SERVER FILE
kubeconfig_for() {
  (umask 077 && cat >"$3.new" <<KUBECONFIG
apiVersion: v1
kind: Config
clusters: [{name: litehaven-test, cluster: {server: "$2", certificate-authority-data: $(base64 -w0 <"$PKI/ca.crt")}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w0 <"$PKI/$1.crt"), client-key-data: $(base64 -w0 <"$PKI/$1.key")}}]
contexts: [{name: litehaven-test, context: {cluster: litehaven-test, user: $1}}]
current-context: litehaven-test
KUBECONFIG
  )
  cmp -s "$3" "$3.new" && rm "$3.new" || mv "$3.new" "$3"
}
