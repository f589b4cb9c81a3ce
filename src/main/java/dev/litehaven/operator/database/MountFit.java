package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.FileStatus;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Optional;

/** Whether a file can be replaced through the mounts that its workloads have. Pure. */
record MountFit(Reason reason, String message) {
  /** Why nobody but the workload itself can find its files on the claim. */
  static Optional<MountFit> unknownPlace(VolumeUse.Mount mount) {
    return Optional.ofNullable(mount.subPathExpr())
        .map(
            expression ->
                new MountFit(
                    Reason.WORKLOAD_NOT_SUPPORTED,
                    "A container mounts the claim by subPathExpr %s, a path that is another one for each pod and that only the kubelet works out. Mount the claim as a whole, or a fixed directory of it (subPath)."
                        .formatted(expression)));
  }

  /** Why not; empty when it can, as far as is known. */
  static Optional<MountFit> problem(
      VolumeUse.Mount mount, List<FileStatus> files, boolean allowRoot) {
    return files.stream().flatMap(file -> problem(mount, file, allowRoot).stream()).findFirst();
  }

  private static Optional<MountFit> problem(
      VolumeUse.Mount mount, FileStatus file, boolean allowRoot) {
    String onClaim = mount.subPath() == null ? file.path() : mount.subPath() + "/" + file.path();
    if (mount.subPaths().contains(onClaim)) {
      return Optional.of(
          new MountFit(
              Reason.SUB_PATH_FILE,
              "A container mounts the file %s by itself (subPath): it cannot be replaced under that mount, and its -wal lies outside the volume, where acknowledged rows vanish. Mount its directory instead."
                  .formatted(onClaim)));
    }
    if (mount.byGroupOnly(FileOwner.of(file), allowRoot)
        && !Boolean.TRUE.equals(file.groupWritable())) {
      return Optional.of(
          new MountFit(
              Reason.WRONG_OWNER,
              "%s belongs to root, its group may not write it, and nobody mounts the claim who would say whose it is. Give it to the user of its app (chown), or let its group write it and its directory (chmod g+w), or set runner.allowRoot: true."
                  .formatted(file.path())));
    }
    Long uid = mount.identity().uid();
    Long owner = file.ownerUid();
    // The inspection says -1 where it could not look at the file.
    if (uid == null || owner == null || uid == 0 || owner < 0 || uid.equals(owner)) {
      return Optional.empty();
    }
    return Optional.of(
        new MountFit(
            Reason.WRONG_OWNER,
            "%s belongs to uid %d, and the workload runs as uid %d: only a file's owner may replace it. Give the file to the workload (chown %d), or run the workload as uid %d."
                .formatted(file.path(), owner, uid, uid, owner)));
  }
}
