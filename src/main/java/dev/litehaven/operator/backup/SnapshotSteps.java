package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.BackupScheduleSpec.DeletionPolicy;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.VolumeSnapshot;
import dev.litehaven.operator.backup.BackupPlan.Effect;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.time.Instant;

/** A VolumeSnapshot whose lock is held. Pure. */
final class SnapshotSteps {
  private static final Duration DEADLINE = Duration.ofSeconds(300);
  private static final Duration SOON = Duration.ofSeconds(2);

  private SnapshotSteps() {}

  static BackupPlan plan(BackupObservation seen, BackupDraft draft) {
    String name = Names.snapshot(seen.run().id());
    return switch (seen.snapshot()) {
      case SnapshotState.Absent _ ->
          draft
              .effect(Effect.TAKE_SNAPSHOT)
              .under(Reason.SNAPSHOTTING, "Taking VolumeSnapshot %s.".formatted(name))
              .again(SOON)
              .plan();
      case SnapshotState.ReadyToUse ready -> ready(seen, draft, ready);
      case SnapshotState.NoClass missing ->
          failed(seen, draft, Reason.SNAPSHOT_CLASS_NOT_FOUND, missing.message());
      case SnapshotState.Impossible impossible ->
          BackupPlanner.end(draft, seen)
              .failed(Reason.SNAPSHOT_FAILED, impossible.message())
              .plan();
      case SnapshotState.Pending pending -> pending(seen, draft, pending);
    };
  }

  private static BackupPlan ready(
      BackupObservation seen, BackupDraft draft, SnapshotState.ReadyToUse ready) {
    if (ready.goesWithNamespace() && seen.spec().deletionPolicy() == DeletionPolicy.RETAIN) {
      return failed(
          seen,
          draft,
          Reason.SNAPSHOT_FAILED,
          "The snapshot's content has deletionPolicy Delete: whoever deletes the namespace deletes it with everything else. Name a VolumeSnapshotClass with deletionPolicy Retain in volumeSnapshot.className, or set deletionPolicy: Delete on the backup.");
    }
    // The database may be written again; what is in the snapshot is looked at on a volume of its
    // own.
    return BackupPlanner.end(draft, seen)
        .snapshot(
            ready.name(),
            seen.database().map(BackupObservation.Database::identity).orElse(null),
            "VolumeSnapshot %s is ready to use. It is opened, on a volume of its own, before it counts."
                .formatted(ready.name()))
        .begin("v-" + Names.shortHash(seen.uid()), BackupStep.READ_BACK)
        .plan();
  }

  private static BackupPlan pending(
      BackupObservation seen, BackupDraft draft, SnapshotState.Pending pending) {
    VolumeSnapshot asked = seen.spec().volumeSnapshot();
    Duration deadline =
        asked == null || asked.deadlineSeconds() == null
            ? DEADLINE
            : Duration.ofSeconds(asked.deadlineSeconds());
    String said = pending.error().isEmpty() ? "" : " The driver says: " + pending.error();
    return Instant.parse(seen.run().startedAt()).plus(deadline).isBefore(seen.now())
        ? failed(
            seen,
            draft,
            pending.error().isEmpty() ? Reason.SNAPSHOT_NOT_READY : Reason.SNAPSHOT_FAILED,
            "VolumeSnapshot %s was not ready to use within %d s.%s"
                .formatted(pending.name(), deadline.toSeconds(), said))
        : draft
            .under(
                Reason.SNAPSHOTTING,
                "VolumeSnapshot %s is not ready to use yet.%s".formatted(pending.name(), said))
            .again(SOON)
            .plan();
  }

  /** What is of no use is not left behind: nobody would ever look for it. */
  private static BackupPlan failed(
      BackupObservation seen, BackupDraft draft, Reason reason, String message) {
    return BackupPlanner.end(draft.effect(Effect.DELETE_SNAPSHOT), seen)
        .failed(reason, message)
        .plan();
  }
}
