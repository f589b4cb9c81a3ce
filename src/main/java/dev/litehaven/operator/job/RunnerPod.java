package dev.litehaven.operator.job;

import dev.litehaven.protocol.RunnerRequest;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.SELinuxOptions;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;

/**
 * Everything that decides how a runner pod looks.
 *
 * @param name of the Job and its ConfigMap
 * @param database name of the SQLiteDatabase, for labels; null: the step is about none
 * @param migration name of the DatabaseMigration, for labels; null: none asked for it
 * @param claim with the database; null: the step needs none, and works in an empty directory
 * @param mountPath where the workload has the volume: a super-journal stores absolute paths
 * @param subPath directory of the claim that the workload mounts; null: its root
 * @param access what it needs to get to the place for backups; those on the database's own claim
 *     need none
 * @param node where the claim is in use; null: anywhere the volume can be
 */
public record RunnerPod(
    String namespace,
    String name,
    String database,
    String migration,
    RunnerRequest request,
    String claim,
    String mountPath,
    String subPath,
    StoreAccess access,
    Identity identity,
    String node,
    String image,
    String pullPolicy,
    ResourceRequirements resources,
    List<Toleration> tolerations,
    String priorityClassName) {
  /** Where a second claim for backups is mounted. */
  public static final String BACKUP_MOUNT = "/var/lib/litehaven/backups";

  /** User and group of the image. */
  static final long IMAGE_USER = 65532;

  /** Where a pod without a database has its room to work. */
  public static final String SCRATCH_MOUNT = "/var/lib/litehaven/scratch";

  public RunnerPod {
    access = access == null ? StoreAccess.NONE : access;
    if (claim == null && !SCRATCH_MOUNT.equals(mountPath)) {
      throw new IllegalArgumentException(
          "a pod without a database works in " + SCRATCH_MOUNT + ", not in " + mountPath);
    }
  }

  /**
   * Who the workload is on the file system: the runner must be the same.
   *
   * @param uid null: the runner image's own
   */
  public record Identity(
      Long uid,
      Long gid,
      Long fsGroup,
      List<Long> supplementalGroups,
      SELinuxOptions seLinuxOptions) {
    public static final Identity UNKNOWN = new Identity(null, null, null, List.of(), null);

    public Identity {
      supplementalGroups = supplementalGroups == null ? List.of() : List.copyOf(supplementalGroups);
    }

    /**
     * Where the workload's image decides who it is, the owner of its file tells. The kubelet would
     * make a group that is not said root's, and what such a runner makes could not be the file's.
     */
    public Identity orOwner(FileOwner owner) {
      return owner == null || (uid != null && uid != owner.uid())
          ? this
          : new Identity(
              owner.uid(),
              gid == null ? owner.gid() : gid,
              fsGroup,
              supplementalGroups,
              seLinuxOptions);
    }

    /**
     * For a claim that nobody mounts: who owns the file; where that is root and may not be, the
     * image's user, by the file's group.
     */
    public static Identity of(FileOwner owner, boolean allowRoot) {
      return owner == null || !owner.root() || allowRoot
          ? UNKNOWN.orOwner(owner)
          : new Identity(IMAGE_USER, owner.gid(), null, List.of(), null);
    }

    /** For a volume that is new: the kubelet gives it to the group of whoever is to use it. */
    public Identity withVolume() {
      return fsGroup != null || gid == null
          ? this
          : new Identity(uid, gid, gid, supplementalGroups, seLinuxOptions);
    }

    /** For a pod without a database: its Secrets are readable by a group, so it needs one. */
    public Identity orGroupOfImage() {
      return fsGroup != null
          ? this
          : new Identity(uid, gid, IMAGE_USER, supplementalGroups, seLinuxOptions);
    }

    public boolean root() {
      return uid != null && uid == 0;
    }
  }
}
