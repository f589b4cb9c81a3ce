# The cluster's network namespace: its addresses, bridges and iptables rules never touch the machine's.

NETNS=litehaven-$NAME
# A documentation address (RFC 5737): the API server refuses to advertise a loopback address.
NODE_ADDRESS=198.51.100.1
POD_RANGE=10.244.0.0/16
SERVICE_RANGE=10.96.0.0/16
DNS_ADDRESS=10.96.0.10

# Not `ip netns exec`: that would give the command a mount namespace of its own, and its mounts would be seen by nobody else.
in_network() { nsenter --net="/run/netns/$NETNS" -- "$@"; }

ensure_network() {
  if [ ! -e "/run/netns/$NETNS" ]; then
    # What still runs from before lives in a network that is gone.
    stop_all
    ip netns add "$NETNS"
    in_network ip link set lo up
    in_network ip address add "$NODE_ADDRESS/32" dev lo
    # A bridge without ports, only so that service addresses have a route and get as far as the iptables rules.
    in_network ip link add services type bridge
    in_network ip link set services up
    in_network ip route add "$SERVICE_RANGE" dev services src "$NODE_ADDRESS"
    in_network sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
  fi
  # Ports on this machine, the same ones for as long as the cluster lives.
  [ -s "$RUN/ports" ] || choose_ports
  read -r API_PORT REGISTRY_PORT <"$RUN/ports"
}

choose_ports() {
  local ports=() port
  while [ ${#ports[@]} -lt 2 ]; do
    port=$((20000 + RANDOM % 12000))
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || ports+=("$port")
  done
  echo "${ports[*]}" >"$RUN/ports"
}

remove_network() { [ ! -e "/run/netns/$NETNS" ] || ip netns delete "$NETNS"; }

registry_address() {
  [ -s "$RUN/ports" ] || die "the cluster is not up"
  echo "127.0.0.1:$(cut -d' ' -f2 "$RUN/ports")"
}
