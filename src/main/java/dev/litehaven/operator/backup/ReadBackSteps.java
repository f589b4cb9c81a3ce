package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Method;
import dev.litehaven.operator.backup.BackupPlan.Effect;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.util.Set;

/** A backup that is there is read back: a file anew, a snapshot also for the first time. Pure. */
final class ReadBackSteps {
  /** What these say is true of the artifact; whatever else went wrong says nothing about it. */
  private static final Set<Reason> OF_THE_ARTIFACT =
      Set.of(
          Reason.BACKUP_NOT_FOUND,
          Reason.BACKUP_DAMAGED,
          Reason.DECRYPTION_FAILED,
          Reason.INTEGRITY_FAILED,
          Reason.VERIFICATION_FAILED,
          Reason.CORRUPT,
          Reason.FILE_NOT_FOUND,
          Reason.NOT_A_DATABASE,
          Reason.EMPTY_FILE,
          Reason.TRUNCATED,
          Reason.ENCRYPTED);

  private final BackupObservation seen;
  private final BackupDraft draft;

  private ReadBackSteps(BackupObservation seen, BackupDraft draft) {
    this.seen = seen;
    this.draft = draft;
  }

  static BackupPlan plan(BackupObservation seen, BackupDraft draft) {
    return new ReadBackSteps(seen, draft).plan();
  }

  private BackupPlan plan() {
    return switch (seen.job()) {
      case JobState.Absent _ -> start();
      case JobState.Active active -> active(active);
      case JobState.Reported(RunnerReport report) -> {
        expire();
        yield reported(report);
      }
      case JobState.Lost lost -> {
        expire();
        yield lost(lost);
      }
      case JobState.Refused refused -> refused(refused);
    };
  }

  private BackupPlan start() {
    return seen.place() instanceof Place.Missing(Reason reason, String message)
        ? notReadBack(reason, message)
        : draft.effect(Effect.START_JOB).again(BackupPlanner.SOON).plan();
  }

  private BackupPlan active(JobState.Active active) {
    if (!active.started() && seen.late()) {
      draft.effect(Effect.DELETE_JOB);
      return notReadBack(
          Reason.DEADLINE_EXCEEDED,
          "The pod for it did not start within %d s. %s"
              .formatted(BackupObservation.POD_DEADLINE.toSeconds(), active.message()));
    }
    return draft.again(BackupPlanner.SOON).plan();
  }

  private BackupPlan reported(RunnerReport report) {
    if (report.outcome() != Outcome.SUCCEEDED) {
      return OF_THE_ARTIFACT.contains(report.reason())
          ? draft.readBack(false, report.reason(), report.message()).plan()
          : notReadBack(report.reason(), report.message());
    }
    if (!snapshot()) {
      return draft
          .readBack(true, Reason.SUCCEEDED, "Read back anew and compared. " + report.message())
          .plan();
    }
    if (report.backups().size() != 1) {
      return notReadBack(
          Reason.RUNNER_FAILED,
          "The runner says that it succeeded, and not what it found: " + report.message());
    }
    return draft
        .contents(report.backups().getFirst())
        .readBack(true, Reason.SUCCEEDED, report.message())
        .plan();
  }

  /** A snapshot that was taken is not given up because a node went away under the first look. */
  private BackupPlan lost(JobState.Lost lost) {
    if (seen.completed() || seen.run().attempt() >= BackupPlanner.ATTEMPTS) {
      return notReadBack(Reason.RUNNER_FAILED, lost.message());
    }
    return draft.tryAgain(lost.message()).plan();
  }

  private BackupPlan refused(JobState.Refused refused) {
    return !seen.completed() && refused.passing() && !refused.namespaceGoes() && !seen.late()
        ? draft.under(Reason.API_REFUSED, refused.message()).again(BackupPlanner.LATER).plan()
        : notReadBack(Reason.API_REFUSED, refused.message());
  }

  /**
   * Nothing is known about the artifact that was not known before; one that was never opened does
   * not count.
   */
  private BackupPlan notReadBack(Reason reason, String message) {
    return seen.completed()
        ? draft.run(null).warn(reason, "It was not read back: " + message).plan()
        : draft
            .readBack(
                false,
                reason,
                "The snapshot is there and could not be opened, so it does not count: %s To try again: kubectl annotate dbb %s litehaven.dev/requestedAt=\"$(date)\" --overwrite"
                    .formatted(message, seen.name()))
            .plan();
  }

  private boolean snapshot() {
    return seen.spec().method() == Method.VOLUME_SNAPSHOT;
  }

  /** A pod that opened a snapshot keeps a volume as long as it is there, so it goes at once. */
  private void expire() {
    draft.effect(snapshot() ? Effect.DELETE_JOB : Effect.EXPIRE_JOB);
  }
}
