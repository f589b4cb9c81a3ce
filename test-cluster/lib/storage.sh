# The btrfs pool of the storage driver, mounts, and cgroups.

POOL=$RUN/pool
POOL_SIZE=${LITEHAVEN_POOL_SIZE:-20G}
CGROUP=litehaven-$NAME

ensure_pool() {
  mountpoint -q "$POOL" && return
  modprobe -q -a btrfs overlay loop 2>/dev/null || true
  if [ ! -e "$RUN/pool.img" ]; then
    truncate -s "$POOL_SIZE" "$RUN/pool.img.new"
    mkfs.btrfs -q "$RUN/pool.img.new" >"$RUN/logs/mkfs.log"
    mv "$RUN/pool.img.new" "$RUN/pool.img"
  fi
  mkdir -p "$POOL"
  mount -o loop,noatime "$RUN/pool.img" "$POOL"
}

mounts_below() { awk -v dir="$1/" 'index($2, dir) == 1 {print $2}' /proc/self/mounts; }

# Everything mounted below the cluster's directory, the latest first. Loop devices are detached by the last unmount.
remove_storage() {
  local mount
  mounts_below "$RUN" | tac | while read -r mount; do
    umount "$mount" 2>/dev/null || umount -l "$mount" 2>/dev/null || true
  done
  [ -z "$(mounts_below "$RUN")" ] || die "still mounted: $(mounts_below "$RUN" | tr '\n' ' ')"
}

# The kubelet removes pod cgroups it does not know: each cluster gets a root of its own.
ensure_cgroups() {
  local controller
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
      echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || true
    done
    mkdir -p "/sys/fs/cgroup/$CGROUP"
  else
    for controller in /sys/fs/cgroup/*/; do
      mkdir -p "$controller/$CGROUP"
    done
    # A cpuset is of no use before it has these two.
    for controller in cpuset.cpus cpuset.mems; do
      cat /sys/fs/cgroup/cpuset/$controller >"/sys/fs/cgroup/cpuset/$CGROUP/$controller"
    done
  fi
}

cgroup_dirs() {
  local root
  for root in /sys/fs/cgroup/"$CGROUP" /sys/fs/cgroup/*/"$CGROUP"; do
    [ ! -d "$root" ] || find "$root" -depth -type d
  done
}

container_pids() { cgroup_dirs | while read -r dir; do cat "$dir/cgroup.procs" 2>/dev/null || true; done | sort -un; }

remove_cgroups() { cgroup_dirs | while read -r dir; do rmdir "$dir" 2>/dev/null || true; done; }
