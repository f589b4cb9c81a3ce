package dev.litehaven.operator.run;

import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.run.RunObservation.Obstacle;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.util.Optional;

/**
 * What is tried on a copy, or fetched, before the database is changed; beside the workload if it
 * can be.
 */
final class RehearsalSteps {
  private static final int MAX_REHEARSALS = 3;

  private final RunTurn turn;
  private final RunObservation seen;

  RehearsalSteps(RunTurn turn) {
    this.turn = turn;
    this.seen = turn.seen;
  }

  RunPlan rehearse() {
    if (turn.obstacle().isPresent()) {
      turn.effects.add(new Effect.DeleteJob());
      return turn.drop();
    }
    return switch (seen.job()) {
      case JobState.Absent _ -> turn.startJob();
      case JobState.Refused refused ->
          refused.passing() && !turn.expired()
              ? turn.stay(refused.message(), RunTurn.LATER)
              : turn.end(Reason.RUNNER_FAILED, refused.message());
      case JobState.Active active ->
          turn.expired()
              ? giveUp(active)
              : turn.stay(
                  RunWords.progress(turn.work().before(), active),
                  active.started() ? RunTurn.SOON : RunTurn.LATER);
      case JobState.Lost lost -> rehearseAgain(Reason.RUNNER_FAILED, lost.message());
      case JobState.Reported(RunnerReport report) ->
          ForwardSteps.interrupted(report)
              ? rehearseAgain(report.reason(), report.message())
              : rehearsed(report);
    };
  }

  private RunPlan rehearseAgain(Reason reason, String message) {
    return turn.retryOr(message, MAX_REHEARSALS, () -> turn.end(reason, message));
  }

  private RunPlan giveUp(JobState.Active active) {
    turn.effects.add(new Effect.DeleteJob());
    return turn.end(Reason.DEADLINE_EXCEEDED, turn.words.deadline(active));
  }

  private RunPlan rehearsed(RunnerReport report) {
    turn.effects.add(new Effect.ExpireJob());
    turn.show(report.plan());
    return switch (report.outcome()) {
      case SUCCEEDED -> {
        turn.noteVersions(report);
        if (ForwardSteps.nothingToDo(report)) {
          yield turn.end(report.reason(), report.message());
        }
        yield seen.terms().onlyCompares()
            ? turn.go(RunStep.COMPARE, "Comparing the backup with a copy of the database.")
            : turn.go(RunStep.STOP, turn.words.stopping());
      }
      case FAILED, REFUSED, NEEDS_DECISION -> turn.end(report.reason(), report.message());
    };
  }

  /** Changes nothing, so whatever goes wrong just ends it. */
  RunPlan compare() {
    return switch (seen.job()) {
      case JobState.Absent _ -> turn.obstacle().isPresent() ? turn.drop() : turn.startJob();
      case JobState.Refused refused ->
          refused.passing() && !turn.expired()
              ? turn.stay(refused.message(), RunTurn.LATER)
              : turn.end(Reason.RUNNER_FAILED, refused.message());
      case JobState.Active active ->
          turn.expired() || seen.deleting()
              ? giveUp(active)
              : turn.stay(RunWords.progress("Comparing", active), RunTurn.SOON);
      case JobState.Lost lost -> rehearseAgain(Reason.RUNNER_FAILED, lost.message());
      case JobState.Reported(RunnerReport report) -> {
        turn.effects.add(new Effect.ExpireJob());
        yield turn.end(report.reason(), report.message());
      }
    };
  }

  /** The workload waits: what goes wrong starts it again. */
  RunPlan rehearseStopped() {
    Optional<Obstacle> obstacle = turn.obstacle();
    if (obstacle.isPresent()) {
      turn.effects.add(new Effect.DeleteJob());
      return turn.abort(obstacle.get().reason(), obstacle.get().message());
    }
    return switch (seen.job()) {
      case JobState.Absent _ -> turn.stopped().orElseGet(turn::startJob);
      case JobState.Refused refused -> turn.abort(Reason.RUNNER_FAILED, refused.message());
      case JobState.Active active -> {
        turn.keepStopped();
        if (turn.expired()) {
          turn.effects.add(new Effect.DeleteJob());
          yield turn.abort(Reason.DEADLINE_EXCEEDED, turn.words.deadline(active));
        }
        yield turn.stay(RunWords.progress(turn.work().before(), active), RunTurn.SOON);
      }
      case JobState.Lost lost ->
          turn.retryOr(
              lost.message(),
              MAX_REHEARSALS,
              () -> turn.abort(Reason.RUNNER_FAILED, lost.message()));
      case JobState.Reported(RunnerReport report) -> {
        turn.effects.add(new Effect.ExpireJob());
        if (report.outcome() != Outcome.SUCCEEDED || ForwardSteps.nothingToDo(report)) {
          yield turn.abort(report.reason(), report.message());
        }
        turn.noteVersions(report);
        yield turn.go(RunStep.MIGRATE, turn.work().changing());
      }
    };
  }
}
