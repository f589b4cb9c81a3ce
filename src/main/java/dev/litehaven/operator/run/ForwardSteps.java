package dev.litehaven.operator.run;

import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.run.RunObservation.Obstacle;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.time.Duration;
import java.util.Optional;

/**
 * From the lock to the swap. What stands in the way before a workload was stopped drops the run.
 */
final class ForwardSteps {
  /** Attempts of a step whose runner was lost without a word. */
  static final int MAX_ATTEMPTS = 5;

  /** How long a stopped workload waits for somebody who came to the claim meanwhile. */
  static final Duration STRANGER_PATIENCE = Duration.ofMinutes(2);

  private final RunTurn turn;
  private final RunObservation seen;
  private final RunDraft run;

  ForwardSteps(RunTurn turn) {
    this.turn = turn;
    this.seen = turn.seen;
    this.run = turn.run;
  }

  RunPlan lock() {
    if (turn.obstacle().isPresent()) {
      return turn.drop();
    }
    if (!seen.undeclared().isEmpty()) {
      // The volume is not taken meanwhile.
      if (seen.lock() instanceof LockState.Held && !turn.expired()) {
        turn.effects.add(new Effect.ReleaseLocks());
      }
      return awaitStrangers();
    }
    return switch (seen.lock()) {
      case LockState.Free _ -> {
        turn.effects.add(new Effect.TakeLocks());
        yield turn.stay(
            "Taking the volume of database %s.".formatted(turn.words.database()), RunTurn.SOON);
      }
      case LockState.HeldByOther other -> turn.stay(turn.words.waitingFor(other), RunTurn.LATER);
      case LockState.Held held -> {
        run.locked(
            held.epoch(),
            run.undoes() ? seen.runningTemplate() : seen.waitingTemplate(),
            seen.now());
        yield locked();
      }
    };
  }

  private RunPlan locked() {
    if (run.holdsTooMany()) {
      return turn.end(
          Reason.WORKLOAD_NOT_SUPPORTED,
          "%d workloads use the claim, more than can be stopped and started together. Name those that use the database in the SQLiteDatabase."
              .formatted(seen.workloads().size()));
    }
    // A rehearsal spares a running workload the stop; where nothing runs there is none to spare,
    // and the migration itself works on a copy first.
    boolean running = seen.workloads().stream().anyMatch(RunObservation.Workload::running);
    boolean straight =
        turn.work() == Work.RESTORE
            ? turn.singlePod() && running
            : turn.singlePod() || !running || run.undoes();
    return straight
        ? turn.go(RunStep.STOP, turn.words.stopping())
        : turn.go(RunStep.PLAN, turn.work().beginning(turn.words.database()));
  }

  /**
   * A debugging session, somebody's backup Job: it goes by itself or by somebody's hand. The
   * workload keeps running meanwhile.
   */
  private RunPlan awaitStrangers() {
    return turn.expired()
        ? turn.end(Reason.UNDECLARED_USER, turn.words.undeclared())
        : turn.stayFor(Reason.UNDECLARED_USER, turn.words.undeclared(), RunTurn.LATER);
  }

  static boolean nothingToDo(RunnerReport report) {
    return switch (report.reason()) {
      case UP_TO_DATE, ALREADY_RESTORED, UNCHANGED -> true;
      default -> false;
    };
  }

  RunPlan stop() {
    boolean running = seen.run().stoppedAt() == null;
    if (running && seen.inTheWay().isPresent()) {
      return turn.drop();
    }
    Optional<Obstacle> obstacle = turn.obstacle();
    if (obstacle.isPresent()) {
      return turn.abort(obstacle.get().reason(), obstacle.get().message());
    }
    if (running && !seen.undeclared().isEmpty()) {
      return awaitStrangers();
    }
    turn.effects.add(new Effect.ProtectClaim());
    run.stopped(seen.now());
    Optional<RunPlan> underWay = turn.stopped();
    if (underWay.isPresent()) {
      return underWay.get();
    }
    if (!seen.undeclared().isEmpty()) {
      return turn.expired() || turn.elapsed().compareTo(STRANGER_PATIENCE) > 0
          ? turn.abort(Reason.UNDECLARED_USER, turn.words.undeclared())
          : turn.stayFor(Reason.UNDECLARED_USER, turn.words.undeclared(), RunTurn.SOON);
    }
    if (run.undoes()) {
      return turn.go(
          RunStep.ROLLBACK, "Putting the database of before run " + seen.run().undoes() + " back.");
    }
    if (turn.work() == Work.RESTORE && run.build().planHash() == null) {
      return turn.go(RunStep.PLAN_STOPPED, turn.work().before() + ", with the workload stopped.");
    }
    return seen.database() instanceof Database.Usable usable
            && usable.spec().backup().volumeSnapshotClassName() != null
            && turn.work() == Work.MIGRATION
        ? turn.go(RunStep.SNAPSHOT, "Taking a VolumeSnapshot of the stopped volume.")
        : turn.go(RunStep.MIGRATE, turn.work().changing());
  }

  RunPlan snapshot() {
    Optional<Obstacle> obstacle = turn.obstacle();
    if (obstacle.isPresent()) {
      return turn.abort(obstacle.get().reason(), obstacle.get().message());
    }
    Optional<RunPlan> underWay = turn.stopped();
    if (underWay.isPresent()) {
      return underWay.get();
    }
    return switch (seen.snapshot()) {
      case SnapshotState.Absent _ -> {
        if (turn.elapsed().compareTo(snapshotDeadline()) > 0) {
          yield turn.abort(
              Reason.SNAPSHOT_FAILED,
              "The VolumeSnapshot could not be made in %d s. Nothing was changed."
                  .formatted(snapshotDeadline().toSeconds()));
        }
        turn.effects.add(new Effect.CreateSnapshot());
        yield turn.stay("Taking a VolumeSnapshot of the stopped volume.", RunTurn.SOON);
      }
      case SnapshotState.Pending pending ->
          turn.elapsed().compareTo(snapshotDeadline()) > 0
              ? turn.abort(
                  pending.error().isEmpty() ? Reason.SNAPSHOT_NOT_READY : Reason.SNAPSHOT_FAILED,
                  notReady(pending))
              : turn.stay(
                  "Waiting until VolumeSnapshot %s is ready to use.".formatted(pending.name()),
                  RunTurn.SOON);
      case SnapshotState.NoClass none ->
          turn.abort(
              Reason.SNAPSHOT_CLASS_NOT_FOUND,
              "The VolumeSnapshot cannot be made: %s. Nothing was changed. Correct backup.volumeSnapshotClassName of the SQLiteDatabase, or leave it out: the file backup is made either way."
                  .formatted(none.message()));
      case SnapshotState.Impossible impossible ->
          turn.abort(Reason.SNAPSHOT_FAILED, impossible.message());
      case SnapshotState.ReadyToUse ready -> {
        turn.effects.add(new Effect.RecordSnapshot(ready.name()));
        run.snapshot(ready.name());
        yield turn.go(RunStep.MIGRATE, turn.work().changing());
      }
    };
  }

  private String notReady(SnapshotState.Pending pending) {
    return "VolumeSnapshot %s was not ready to use after %d s%s. Nothing was changed. Look at it with kubectl describe volumesnapshot %s, or leave out backup.volumeSnapshotClassName: the file backup is made either way."
        .formatted(
            pending.name(),
            snapshotDeadline().toSeconds(),
            pending.error().isEmpty() ? "" : ": " + pending.error(),
            pending.name());
  }

  RunPlan migrate() {
    return switch (seen.job()) {
      case JobState.Absent _ -> run.attempt() == 0 ? begin() : again();
      case JobState.Refused refused -> recover(Reason.RUNNER_FAILED, refused.message());
      case JobState.Active active -> {
        turn.keepStopped();
        yield !active.started() && (turn.expired() || seen.deleting())
            ? cancel(active)
            : turn.stay(RunWords.progress(turn.work().change(), active), RunTurn.SOON);
      }
      case JobState.Lost lost -> migrateAgain(Reason.RUNNER_FAILED, lost.message());
      case JobState.Reported(RunnerReport report) ->
          interrupted(report) && !seen.deleting()
              ? migrateAgain(report.reason(), report.message())
              : migrated(report);
    };
  }

  /** No pod was ever asked for: the file is as it was. */
  private RunPlan begin() {
    Optional<Obstacle> obstacle = turn.obstacle();
    if (obstacle.isPresent()) {
      return turn.abort(obstacle.get().reason(), obstacle.get().message());
    }
    return turn.stopped().orElseGet(turn::startJob);
  }

  /** One may have been at work, and may have come to any point. */
  private RunPlan again() {
    return turn.obstacle()
        .map(obstacle -> recover(obstacle.reason(), obstacle.message()))
        .or(() -> turn.workloads("Stopping", this::recover))
        .orElseGet(turn::startJob);
  }

  private RunPlan migrateAgain(Reason reason, String message) {
    turn.keepStopped();
    return turn.retryOr(message, MAX_ATTEMPTS, () -> recover(reason, message));
  }

  private RunPlan recover(Reason reason, String message) {
    run.outcome(reason, message);
    return turn.go(RunStep.RECOVER, "Finishing or undoing what may have been left half done.");
  }

  private RunPlan migrated(RunnerReport report) {
    turn.effects.add(new Effect.ExpireJob());
    turn.recordBackups(report);
    turn.show(report.plan());
    return switch (report.outcome()) {
      case SUCCEEDED -> {
        turn.noteVersions(report);
        if (nothingToDo(report)) {
          run.outcome(report.reason(), report.message());
          yield turn.go(RunStep.START_OLD, "Nothing was to be done; starting the workload again.");
        }
        turn.swapped();
        yield turn.go(RunStep.START, turn.work().changed());
      }
      case NEEDS_DECISION -> turn.halt(report.reason(), report.message());
      // What an earlier attempt did may still be there: this one did not get as far as to look.
      case REFUSED, FAILED ->
          run.attempt() > 1
              ? recover(report.reason(), report.message())
              : turn.abort(report.reason(), report.message());
    };
  }

  private RunPlan cancel(JobState.Active active) {
    turn.effects.add(new Effect.DeleteJob());
    if (seen.deleting()) {
      run.outcome(Reason.INTERRUPTED, turn.work().deleted());
    } else {
      run.outcome(Reason.DEADLINE_EXCEEDED, turn.words.deadline(active));
    }
    return turn.go(RunStep.CANCEL, "Taking the runner back.");
  }

  /** Told to go, not failed: everything was put back, and nobody has to change anything. */
  static boolean interrupted(RunnerReport report) {
    return report.outcome() == Outcome.FAILED && report.reason() == Reason.INTERRUPTED;
  }

  private Duration snapshotDeadline() {
    return seen.database() instanceof Database.Usable usable
        ? Duration.ofSeconds(usable.spec().backup().volumeSnapshotDeadlineSeconds())
        : Duration.ofSeconds(300);
  }
}
