package dev.litehaven.operator.run;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.run.RunObservation.Obstacle;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.util.Optional;

/**
 * Back to the database of before: because the workload is not ready on the new one, or as asked.
 */
final class RollbackSteps {
  /** A rollback is worth more tries than anything else: the workload waits for it. */
  private static final int MAX_ROLLBACKS = 10;

  private final RunTurn turn;
  private final RunObservation seen;
  private final RunDraft run;

  RollbackSteps(RunTurn turn) {
    this.turn = turn;
    this.seen = turn.seen;
    this.run = turn.run;
  }

  RunPlan stopAgain() {
    return turn.workloads("Stopping", (_, message) -> unmoved(message))
        .orElseGet(
            () ->
                turn.go(
                    RunStep.ROLLBACK,
                    "Putting the database of before the %s back.".formatted(turn.work().noun())));
  }

  /** What runs, runs on the new database, and stays. */
  private RunPlan unmoved(String message) {
    turn.add("It could not be stopped to be rolled back: " + message);
    return turn.go(RunStep.FINISH, message);
  }

  RunPlan rollback() {
    return switch (seen.job()) {
      case JobState.Absent _ -> {
        Optional<Obstacle> obstacle = turn.noDatabase();
        yield obstacle.isPresent()
            ? notRolledBack(obstacle.get().message())
            : turn.workloads("Stopping", (_, message) -> blocked(message))
                .orElseGet(turn::startJob);
      }
      case JobState.Refused refused ->
          refused.passing() && turn.elapsed().compareTo(turn.readinessDeadline()) <= 0
              ? turn.stay(refused.message(), RunTurn.LATER)
              : blocked(refused.message());
      case JobState.Active active -> {
        turn.keepStopped();
        yield turn.stay(RunWords.progress("The rollback", active), RunTurn.SOON);
      }
      case JobState.Lost lost -> rollBackAgain(lost.message());
      case JobState.Reported(RunnerReport report) ->
          report.outcome() == Outcome.FAILED ? rollBackAgain(report.message()) : rolledBack(report);
    };
  }

  /** An earlier pod may have put the old database back, so nothing is let in unseen. */
  private RunPlan blocked(String message) {
    return run.attempt() > 1 ? rollbackFailed(message) : notRolledBack(message);
  }

  private RunPlan rollBackAgain(String message) {
    turn.keepStopped();
    return turn.retryOr(message, MAX_ROLLBACKS, () -> rollbackFailed(message));
  }

  private RunPlan rollbackFailed(String message) {
    return turn.halt(
        Reason.RUNNER_FAILED,
        "The rollback was tried %d times, so the workload stays stopped: %s Remove the cause, then ask for another look: kubectl annotate %s %s %s=\"$(date -Is)\" --overwrite."
            .formatted(
                run.attempt(), message, turn.work().kubectl(), seen.name(), Api.REQUESTED_AT));
  }

  private RunPlan rolledBack(RunnerReport report) {
    turn.effects.add(new Effect.ExpireJob());
    turn.recordBackups(report);
    if (report.outcome() == Outcome.SUCCEEDED) {
      turn.swappedBack();
      if (run.undoes()) {
        run.outcome(
            Reason.ROLLED_BACK,
            "Run %s was undone, as asked: the database is at version %s again. %s"
                .formatted(
                    seen.run().undoes(),
                    Work.orNone(seen.run().versionBefore()),
                    report.message()));
        return turn.go(RunStep.START_BEFORE, "Rolled back; starting what ran before.");
      }
      run.outcome(
          Reason.ROLLED_BACK,
          turn.work().rolledBack(seen.run().versionBefore(), turn.outcomeMessage()));
      return turn.go(RunStep.START_OLD, "Rolled back; starting what ran before.");
    }
    return report.reason() == Reason.DIVERGED
        ? turn.halt(report.reason(), report.message())
        : notRolledBack(report.message());
  }

  /** The new database stays, so what was made for it is let in. */
  private RunPlan notRolledBack(String message) {
    if (run.undoes()) {
      run.outcome(
          Reason.ROLLBACK_NEEDS_DECISION,
          "Run %s was not undone, so database and workload stay: %s"
              .formatted(seen.run().undoes(), message));
      return turn.go(RunStep.START_OLD, "Starting the workload again, since: " + message);
    }
    run.outcome(
        Reason.ROLLBACK_NEEDS_DECISION,
        "Not rolled back: %s It was to be rolled back since the workload was %s"
            .formatted(message, turn.outcomeMessage()));
    return turn.go(RunStep.START, "Starting the workload on the new database.");
  }
}
