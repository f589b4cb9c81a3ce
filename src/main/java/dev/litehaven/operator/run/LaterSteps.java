package dev.litehaven.operator.run;

import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.run.RunObservation.Obstacle;
import dev.litehaven.operator.workload.WorkloadAction;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.time.Duration;
import java.util.Optional;

/**
 * From the swap, or from what came instead of it, to the end. Every way but HALTED leads to the
 * workloads' start, whatever becomes of the resources meanwhile.
 */
final class LaterSteps {
  /** So long a pod that nothing depends on may wait for a node. */
  static final Duration PATIENCE = Duration.ofMinutes(2);

  /** So long a start waits for the database's word that its claim is open again. */
  private static final Duration BARRIER_PATIENCE = Duration.ofSeconds(3);

  private static final int MAX_SETTLES = 3;

  private final RunTurn turn;
  private final RunObservation seen;
  private final RunDraft run;

  LaterSteps(RunTurn turn) {
    this.turn = turn;
    this.seen = turn.seen;
    this.run = turn.run;
  }

  /** The runner may have begun in the moment in which it was taken back. */
  RunPlan cancel() {
    if (seen.runnersAlive()) {
      turn.effects.add(new Effect.DeleteJob());
      return turn.stay("Waiting until the runner's pod is gone.", RunTurn.SOON);
    }
    return turn.go(RunStep.RECOVER, "Looking whether the runner had begun.");
  }

  RunPlan recover() {
    return switch (seen.job()) {
      case JobState.Absent _ -> {
        Optional<Obstacle> obstacle = turn.noDatabase();
        yield obstacle.isPresent()
            ? unrecovered(obstacle.get().message())
            : turn.workloads("Stopping", (_, message) -> unrecovered(message))
                .orElseGet(turn::startJob);
      }
      case JobState.Refused refused -> unrecovered(refused.message());
      case JobState.Active active -> {
        turn.keepStopped();
        if (!active.started() && turn.elapsed().compareTo(PATIENCE) > 0) {
          turn.effects.add(new Effect.DeleteJob());
          yield unrecovered(RunWords.progress("The recovery", active));
        }
        yield turn.stay(RunWords.progress("The recovery", active), RunTurn.SOON);
      }
      case JobState.Lost lost -> recoverAgain(lost.message());
      case JobState.Reported(RunnerReport report) ->
          switch (report.outcome()) {
            case SUCCEEDED -> recovered(report);
            case NEEDS_DECISION -> {
              turn.effects.add(new Effect.ExpireJob());
              yield turn.halt(report.reason(), report.message());
            }
            case FAILED -> recoverAgain(report.message());
            case REFUSED -> {
              turn.effects.add(new Effect.ExpireJob());
              yield unrecovered(report.message());
            }
          };
    };
  }

  private RunPlan recoverAgain(String message) {
    return turn.retryOr(message, ForwardSteps.MAX_ATTEMPTS, () -> unrecovered(message));
  }

  private RunPlan recovered(RunnerReport report) {
    turn.effects.add(new Effect.ExpireJob());
    boolean forward = report.swap() != null && "new".equals(report.swap().live());
    if (!forward) {
      if (Boolean.TRUE.equals(seen.run().swapped())) {
        run.outcome(Reason.ROLLED_BACK, "Rolled back, as the record on the volume says.");
        turn.swappedBack();
      }
      return turn.go(
          run.undoes() ? RunStep.START_BEFORE : RunStep.START_OLD,
          "The database of before is in place; starting the workload.");
    }
    if (run.undoes()) {
      return turn.go(RunStep.START_OLD, "Nothing was put back; starting the workload again.");
    }
    turn.recordBackups(report);
    turn.swapped();
    // Without an outcome: what went wrong on the way did not keep it from being done.
    run.noOutcome();
    return turn.go(
        RunStep.START,
        turn.work().change() + " was finished from its record; starting the workload.");
  }

  /** One file is always the old or the new one, whole: letting the workload in is safe. */
  private RunPlan unrecovered(String message) {
    turn.add("The volume could not be looked at again: " + message);
    return turn.go(RunStep.START_OLD, "Starting the workload again, since: " + message);
  }

  RunPlan start() {
    if (scalesUpTooEarly()) {
      return untilTheClaimIsOpen();
    }
    noteWhatIsTried();
    Optional<RunPlan> underWay = turn.workloads("Starting", this::notReady);
    if (underWay.isEmpty()) {
      run.up(seen.now());
      return rollbackRefused()
          ? turn.go(RunStep.FINISH, "The workload is running on the new database.")
          : turn.go(RunStep.SETTLE, "The workload is ready; removing what the swap kept.");
    }
    return turn.elapsed().compareTo(turn.readinessDeadline()) > 0
        ? notReady(
            Reason.WORKLOAD_NOT_READY,
            "not ready %d s after the %s: %s"
                .formatted(
                    turn.readinessDeadline().toSeconds(), turn.work().noun(), turn.waiting()))
        : underWay.get();
  }

  /**
   * With Recreate the controller shows a new template only when the pods of the old one are gone,
   * which may be long after the lock. One that was let in and failed is no news afterwards.
   */
  private void noteWhatIsTried() {
    String waiting = seen.waitingTemplate();
    boolean acts =
        seen.workloads().stream().anyMatch(one -> one.plan() instanceof WorkloadPlan.Act);
    if (acts && !waiting.isEmpty() && !run.undoes()) {
      run.waitingTemplate(waiting);
    }
  }

  /** Whether pods would be asked for that the admission policy may still refuse. */
  private boolean scalesUpTooEarly() {
    return seen.barred()
        && turn.elapsed().compareTo(BARRIER_PATIENCE) < 0
        && seen.workloads().stream()
            .map(RunObservation.Workload::plan)
            .filter(WorkloadPlan.Act.class::isInstance)
            .flatMap(plan -> ((WorkloadPlan.Act) plan).actions().stream())
            .anyMatch(
                action ->
                    action instanceof WorkloadAction.PatchWorkload patch
                        && patch.replicas().isPresent());
  }

  /**
   * The operator may open its own gates at any time, but pods of a scaled workload are made by its
   * controller: one that is refused comes again later and later.
   */
  private RunPlan untilTheClaimIsOpen() {
    return turn.stay(
        "Waiting until database %s says that its claim is open again."
            .formatted(turn.words.database()),
        Duration.ofMillis(100));
  }

  private RunPlan notReady(Reason reason, String message) {
    if (rollbackRefused()) {
      turn.add("The workload was let in again on the new database, but: " + message);
      return turn.go(RunStep.FINISH, message);
    }
    run.outcome(Reason.WORKLOAD_NOT_READY, message);
    return switch (seen.terms().onNotReady()) {
      case ROLLBACK -> turn.go(RunStep.STOP_AGAIN, "Rolling back: " + message);
      case KEEP -> turn.go(RunStep.FINISH, "Kept as asked, though " + message);
    };
  }

  /** The new database stays, whatever the workload makes of it. */
  private boolean rollbackRefused() {
    return turn.outcome().filter(Reason.ROLLBACK_NEEDS_DECISION::equals).isPresent();
  }

  RunPlan settle() {
    return switch (seen.job()) {
      case JobState.Absent _ ->
          // Beside the workload no pod can have the volume: the next migration clears up.
          turn.noDatabase().isPresent() || turn.singlePod() || nothingWasReplaced()
              ? settled()
              : turn.startJob();
      case JobState.Refused refused -> unsettled(Reason.RUNNER_FAILED, refused.message());
      case JobState.Active active -> {
        if (!active.started() && turn.elapsed().compareTo(PATIENCE) > 0) {
          turn.effects.add(new Effect.DeleteJob());
          yield unsettled(Reason.RUNNER_FAILED, RunWords.progress("Clearing up", active));
        }
        yield turn.stay(RunWords.progress("Clearing up", active), RunTurn.LATER);
      }
      case JobState.Lost lost ->
          turn.retryOr(
              lost.message(), MAX_SETTLES, () -> unsettled(Reason.RUNNER_FAILED, lost.message()));
      case JobState.Reported(RunnerReport report) -> {
        turn.effects.add(new Effect.ExpireJob());
        yield report.outcome() == Outcome.SUCCEEDED
            ? settled()
            : unsettled(report.reason(), report.message());
      }
    };
  }

  /** A restore to where no database was keeps nothing of before. */
  private boolean nothingWasReplaced() {
    return turn.work() == Work.RESTORE && run.build().backups().isEmpty();
  }

  private RunPlan unsettled(Reason reason, String message) {
    turn.warn(
        ":settle",
        reason,
        "The file of before the %s is still kept: %s".formatted(turn.work().noun(), message));
    return settled();
  }

  private RunPlan settled() {
    run.outcome(Reason.SUCCEEDED, turn.success());
    return turn.go(RunStep.FINISH, "Letting go of the workload.");
  }

  RunPlan startOld() {
    if (seen.runnersAlive()) {
      return turn.stay("Waiting until the runner's pod is gone.", RunTurn.SOON);
    }
    if (scalesUpTooEarly()) {
      return untilTheClaimIsOpen();
    }
    Optional<RunPlan> underWay = turn.workloads("Starting", (_, message) -> down(message));
    if (underWay.isEmpty()) {
      run.up(seen.now());
      return turn.go(RunStep.FINISH, "The workload is running as before.");
    }
    return turn.elapsed().compareTo(turn.readinessDeadline()) > 0
        ? down(turn.waiting())
        : underWay.get();
  }

  /** Let in is what can be promised; that it gets ready is the workload's own affair. */
  private RunPlan down(String message) {
    turn.add("The workload was let in again, but: " + message);
    return turn.go(RunStep.FINISH, "Let in, but not ready: " + message);
  }

  RunPlan halted() {
    if (seen.deleting() && seen.workloads().isEmpty()) {
      // Nothing is left that could be started on what is on the volume.
      return ended();
    }
    if (seen.requestedAt().isPresent()
        && !seen.requestedAt().get().equals(seen.written().lastHandledRequest())) {
      return turn.goBackTo(RunStep.RECOVER, "Looking at the volume again, as asked.");
    }
    return turn.halted(turn.outcome().orElse(Reason.DIVERGED), turn.outcomeMessage());
  }

  RunPlan finish() {
    Optional<RunPlan> underWay = turn.workloads("Letting go of", (_, _) -> lastRunnerGone());
    return underWay.orElseGet(this::lastRunnerGone);
  }

  /** The lock is let go when nobody of this run can write any more. */
  private RunPlan lastRunnerGone() {
    return seen.runnersAlive()
        ? turn.stay("Waiting until the runner's pod is gone.", RunTurn.SOON)
        : ended();
  }

  private RunPlan ended() {
    // Where another run has the lock by now, a crash came between; the claim is in its care.
    if (!(seen.lock() instanceof LockState.HeldByOther)) {
      turn.effects.add(new Effect.UnprotectClaim());
    }
    turn.effects.add(new Effect.ReleaseLocks());
    turn.effects.add(new Effect.RemoveFinalizer());
    return turn.over();
  }
}
