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

# unmount_below DIRECTORY: the latest first. Loop devices are detached by the last unmount.
unmount_below() {
  local mount
  mounts_below "$1" | tac | while read -r mount; do
    umount "$mount" 2>/dev/null || umount -l "$mount" 2>/dev/null || true
  done
}

remove_storage() {
  unmount_below "$RUN"
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

# What a pod had written but not synced is in the page cache of its volume's file system. So the images are copied while that is still
# mounted, and every process that could go on to report success is stopped before. The copies are what the node finds when it boots.
power_loss() {
  local component pid pids image
  mountpoint -q "$POOL" || die "the cluster is not up"
  for component in kubelet containerd csi; do stop_component "$component" KILL; done
  pids=$(container_pids)
  for pid in $pids; do kill -STOP "$pid" 2>/dev/null || true; done
  for image in "$POOL"/volumes/*/image; do
    [ ! -e "$image" ] || cp --reflink=always "$image" "$image.lost-power"
  done
  for pid in $pids $(shim_pids); do end_process "$pid" KILL; done
  # A snapshot that was just being taken left its volume frozen.
  mounts_below "$POOL/mounts" | while read -r mount; do fsfreeze --unfreeze "$mount" 2>/dev/null || true; done
  unmount_below "$RUN/kubelet/pods"
  unmount_below "$POOL/mounts"
  unmount_below "$RUN/containerd"
  for image in "$POOL"/volumes/*/image.lost-power; do
    [ ! -e "$image" ] || mv "$image" "${image%.lost-power}"
  done
  say "the node has lost its power"
}
