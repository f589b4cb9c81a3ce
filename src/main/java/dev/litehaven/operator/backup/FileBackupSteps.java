package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Run;
import dev.litehaven.operator.backup.BackupObservation.Newest;
import dev.litehaven.operator.backup.BackupPlan.Effect;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.util.Optional;

/** A file backup whose lock is held: one Job, tried again where it was lost. Pure. */
final class FileBackupSteps {
  private final BackupObservation seen;
  private final BackupDraft draft;

  private FileBackupSteps(BackupObservation seen, BackupDraft draft) {
    this.seen = seen;
    this.draft = draft;
  }

  static BackupPlan plan(BackupObservation seen, BackupDraft draft) {
    return new FileBackupSteps(seen, draft).plan();
  }

  private BackupPlan plan() {
    Optional<String> gone = ground();
    if (gone.isPresent()) {
      return seen.alive()
          ? draft.effect(Effect.DELETE_JOB).again(BackupPlanner.SOON).plan()
          : BackupPlanner.end(draft, seen).failed(Reason.DATABASE_CHANGED, gone.get()).plan();
    }
    return switch (seen.job()) {
      case JobState.Absent _ -> start();
      case JobState.Active active -> active(active);
      case JobState.Reported(RunnerReport report) -> reported(report);
      case JobState.Lost lost -> lost(lost);
      case JobState.Refused refused -> refused(refused);
    };
  }

  /** What the run stands on may be gone: another claim under its name, or no database any more. */
  private Optional<String> ground() {
    if (seen.database().isEmpty()) {
      return Optional.of(
          "SQLiteDatabase %s was deleted while it was backed up."
              .formatted(seen.spec().databaseRef().name()));
    }
    boolean same =
        seen.volume()
            .flatMap(VolumeUse::claim)
            .filter(claim -> claim.uid().equals(seen.run().claimUid()))
            .isPresent();
    return same
        ? Optional.empty()
        : Optional.of(
            "PersistentVolumeClaim %s is another one than when the backup began."
                .formatted(seen.database().get().spec().claimName()));
  }

  private BackupPlan start() {
    if (seen.place() instanceof Place.Missing(Reason reason, String message)) {
      return BackupPlanner.end(draft, seen).failed(reason, message).plan();
    }
    return draft
        .effect(Effect.START_JOB)
        .under(Reason.BACKING_UP, doing())
        .again(BackupPlanner.SOON)
        .plan();
  }

  private String doing() {
    return "Backing %s up to %s, while its workload goes on."
        .formatted(seen.spec().databaseRef().name(), PlaceFactory.words(seen.place()));
  }

  private BackupPlan active(JobState.Active active) {
    if (!active.started() && seen.late()) {
      return BackupPlanner.end(draft.effect(Effect.DELETE_JOB), seen)
          .failed(
              Reason.DEADLINE_EXCEEDED,
              "The backup's pod did not start within %d s. %s"
                  .formatted(BackupObservation.POD_DEADLINE.toSeconds(), active.message()))
          .plan();
    }
    return draft
        .under(
            Reason.BACKING_UP,
            active.message().isEmpty() ? doing() : doing() + " " + active.message())
        .again(BackupPlanner.SOON)
        .plan();
  }

  private BackupPlan reported(RunnerReport report) {
    BackupPlanner.end(draft, seen);
    String identity = seen.database().orElseThrow().identity();
    if (report.outcome() != Outcome.SUCCEEDED) {
      return draft.failed(report.reason(), report.message()).plan();
    }
    if (report.reason() == Reason.UNCHANGED && seen.newest().isPresent()) {
      Newest same = seen.newest().get();
      return draft
          .unchanged(
              same.backup(),
              same.contentHash(),
              identity,
              "Nothing was written: the content is that of %s, which is verified."
                  .formatted(same.backup()))
          .plan();
    }
    if (report.backups().isEmpty()) {
      return draft
          .failed(
              Reason.BACKUP_FAILED,
              "The runner says that it succeeded and names no backup: " + report.message())
          .plan();
    }
    BackupRecord backup = report.backups().getFirst();
    return draft
        .made(
            backup,
            PlaceFactory.artifact(seen.place(), backup),
            identity,
            "%s on %s, read back from there and compared: %d rows."
                .formatted(
                    BackupRecords.size(backup.sizeBytes()),
                    PlaceFactory.words(seen.place()),
                    backup.rows()))
        .plan();
  }

  private BackupPlan lost(JobState.Lost lost) {
    Run run = seen.run();
    if (run.attempt() >= BackupPlanner.ATTEMPTS) {
      return BackupPlanner.end(draft, seen)
          .failed(
              Reason.RUNNER_FAILED,
              "Tried %d times. The last time: %s".formatted(run.attempt(), lost.message()))
          .plan();
    }
    return draft.effect(Effect.EXPIRE_JOB).tryAgain(lost.message()).plan();
  }

  private BackupPlan refused(JobState.Refused refused) {
    return refused.passing() && !refused.namespaceGoes() && !seen.late()
        ? draft.under(Reason.API_REFUSED, refused.message()).again(BackupPlanner.LATER).plan()
        : BackupPlanner.end(draft, seen).failed(Reason.API_REFUSED, refused.message()).plan();
  }
}
