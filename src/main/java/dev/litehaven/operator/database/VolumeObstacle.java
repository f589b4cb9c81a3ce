package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.operator.workload.Concern;
import dev.litehaven.operator.workload.WorkloadReview;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** What keeps a volume from being looked at, as far as the resources say it. Pure. */
final class VolumeObstacle {
  private VolumeObstacle() {}

  /**
   * @param look told when to look again
   * @return what is said of the database then; empty: nothing is in the way
   */
  static Optional<List<Condition>> find(
      DatabaseObservation seen, Conditions following, Consumer<Duration> look) {
    Optional<VolumeUse.Claim> claim = seen.volume().claim();
    if (claim.isEmpty()) {
      look.accept(DatabasePlanner.AGAIN);
      return Optional.of(
          following.reconciling(
              Reason.CLAIM_NOT_FOUND,
              "There is no PersistentVolumeClaim %s in this namespace. Create it, or make a SQLiteDatabase with the right claimName."
                  .formatted(seen.spec().claimName())));
    }
    if (claim.get().terminating()) {
      look.accept(DatabasePlanner.AGAIN);
      return Optional.of(
          following.reconciling(
              Reason.CLAIM_TERMINATING,
              "PersistentVolumeClaim %s is being deleted, so nothing new is begun on it. It goes when its last pod has ended, and its data with it, as its volume's reclaim policy says."
                  .formatted(seen.spec().claimName())));
    }
    if (!seen.volume().missing().isEmpty()) {
      look.accept(DatabasePlanner.AGAIN);
      return Optional.of(
          following.reconciling(
              Reason.WORKLOAD_NOT_SUPPORTED,
              "%s does not exist, which spec.workloads names. Create it, or correct the name."
                  .formatted(seen.volume().missing().getFirst().display())));
    }
    Optional<MountFit> unknown = MountFit.unknownPlace(seen.volume().mount());
    if (unknown.isPresent()) {
      return Optional.of(following.stalled(unknown.get().reason(), unknown.get().message()));
    }
    if (seen.volume().mount().identity().root() && !seen.spec().runner().allowRoot()) {
      return Optional.of(
          following.stalled(
              Reason.WRONG_OWNER,
              "The workload runs as root (uid 0), so the file can only be replaced as root. Give the workload a uid of its own (securityContext.runAsUser), or set runner.allowRoot: true."));
    }
    Optional<Concern> blocked =
        seen.volume().workloads().stream()
            .flatMap(workload -> WorkloadReview.review(workload).stream())
            .filter(Concern::blocks)
            .findFirst();
    if (blocked.isPresent() && seen.spec().mode() == SQLiteDatabaseSpec.Mode.MANAGE) {
      return Optional.of(following.stalled(blocked.get().reason(), blocked.get().message()));
    }
    if (!claim.get().bound()) {
      look.accept(DatabasePlanner.AGAIN);
      return Optional.of(
          following.reconciling(
              Reason.CLAIM_NOT_BOUND,
              "PersistentVolumeClaim %s is not bound yet; it is looked at when it is."
                  .formatted(seen.spec().claimName())));
    }
    return Optional.empty();
  }
}
