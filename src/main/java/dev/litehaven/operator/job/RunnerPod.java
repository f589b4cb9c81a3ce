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
 * @param database name of the SQLiteDatabase, for labels
 * @param mountPath where the workload has the volume: a super-journal stores absolute paths
 * @param subPath directory of the claim that the workload mounts; null: its root
 * @param backupClaim second claim for backups; null: they go onto the database's own
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
    String backupClaim,
    Identity identity,
    String node,
    String image,
    String pullPolicy,
    ResourceRequirements resources,
    List<Toleration> tolerations,
    String priorityClassName) {
  /** Where a second claim for backups is mounted. */
  public static final String BACKUP_MOUNT = "/var/lib/litehaven/backups";

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

    /** Where the workload's image decides who it is, the owner of its file tells. */
    public Identity orOwner(Long owner) {
      return uid != null || owner == null
          ? this
          : new Identity(owner, gid, fsGroup, supplementalGroups, seLinuxOptions);
    }

    public boolean root() {
      return uid != null && uid == 0;
    }
  }
}
