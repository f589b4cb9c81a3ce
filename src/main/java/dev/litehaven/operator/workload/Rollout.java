package dev.litehaven.operator.workload;

import java.util.Objects;

/** How a workload's controller brings in a new template. */
public sealed interface Rollout {
  /**
   * A Deployment's way.
   *
   * @param maxSurge resolved to pods for the replicas at hand, as the controller does it
   * @param maxUnavailable resolved likewise
   * @param progressDeadlineSeconds {@link Integer#MAX_VALUE} switches the deadline off
   */
  record OfDeployment(
      boolean paused,
      boolean recreate,
      int maxSurge,
      int maxUnavailable,
      int progressDeadlineSeconds)
      implements Rollout {

    /** A new template waits beside the old one, and the old one can come back. */
    public boolean keepsOldTemplate() {
      return !recreate && maxSurge >= 1 && maxUnavailable == 0;
    }
  }

  /**
   * A StatefulSet's way.
   *
   * @param deletesClaimsWhenScaled {@code persistentVolumeClaimRetentionPolicy.whenScaled: Delete}
   * @param currentTemplate {@code status.currentRevision}: what pods below the partition get
   * @param updateTemplate {@code status.updateRevision}: what the others get
   */
  record OfStatefulSet(
      boolean onDelete,
      int partition,
      boolean deletesClaimsWhenScaled,
      String currentTemplate,
      String updateTemplate)
      implements Rollout {
    public OfStatefulSet {
      Objects.requireNonNull(currentTemplate, "currentTemplate");
      Objects.requireNonNull(updateTemplate, "updateTemplate");
    }
  }
}
