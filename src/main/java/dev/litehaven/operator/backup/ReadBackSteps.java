package dev.litehaven.operator.backup;

import dev.litehaven.operator.backup.BackupPlan.Effect;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.time.Instant;
import java.util.Set;

/** A backup that is there is read back anew. Pure. */
final class ReadBackSteps {
  /** What these say is true of the artifact; whatever else went wrong says nothing about it. */
  private static final Set<Reason> OF_THE_ARTIFACT =
      Set.of(
          Reason.BACKUP_NOT_FOUND,
          Reason.BACKUP_DAMAGED,
          Reason.DECRYPTION_FAILED,
          Reason.INTEGRITY_FAILED,
          Reason.VERIFICATION_FAILED);

  private ReadBackSteps() {}

  static BackupPlan plan(BackupObservation seen, BackupDraft draft) {
    return switch (seen.job()) {
      case JobState.Absent _ -> draft.effect(Effect.START_JOB).again(BackupPlanner.SOON).plan();
      case JobState.Active active ->
          !active.started()
                  && Instant.parse(seen.run().startedAt())
                      .plus(FileBackupSteps.POD_DEADLINE)
                      .isBefore(seen.now())
              ? draft
                  .effect(Effect.DELETE_JOB)
                  .run(null)
                  .warn(Reason.DEADLINE_EXCEEDED, "It was not read back: " + active.message())
                  .plan()
              : draft.again(BackupPlanner.SOON).plan();
      case JobState.Reported(RunnerReport report) -> {
        draft.effect(Effect.EXPIRE_JOB);
        yield reported(draft, report);
      }
      case JobState.Lost lost ->
          draft
              .effect(Effect.EXPIRE_JOB)
              .run(null)
              .warn(Reason.RUNNER_FAILED, "It was not read back: " + lost.message())
              .plan();
      case JobState.Refused refused ->
          draft
              .run(null)
              .warn(Reason.API_REFUSED, "It was not read back: " + refused.message())
              .plan();
    };
  }

  private static BackupPlan reported(BackupDraft draft, RunnerReport report) {
    if (report.outcome() == Outcome.SUCCEEDED) {
      return draft
          .readBack(true, Reason.SUCCEEDED, "Read back anew and compared. " + report.message())
          .plan();
    }
    return OF_THE_ARTIFACT.contains(report.reason())
        ? draft.readBack(false, report.reason(), report.message()).plan()
        : draft.run(null).warn(report.reason(), "It was not read back: " + report.message()).plan();
  }
}
