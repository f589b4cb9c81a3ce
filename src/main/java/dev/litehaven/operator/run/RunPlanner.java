package dev.litehaven.operator.run;

import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.run.RunObservation.Obstacle;
import java.util.Optional;

/**
 * The next step of a run that has begun. See {@link RunStep} for the ways it can take, {@link
 * RehearsalSteps} for what is tried first, {@link ForwardSteps} for the way to the swap, {@link
 * LaterSteps} for what comes after it or instead.
 */
public final class RunPlanner {
  private final RunTurn turn;

  /**
   * @param changed why what the run was begun for does not stand any more, as far as whoever asked
   *     for it knows
   */
  public RunPlanner(RunObservation seen, Optional<Obstacle> changed) {
    this.turn = new RunTurn(seen, changed);
  }

  public RunPlan plan() {
    keepLock();
    var rehearsal = new RehearsalSteps(turn);
    var forward = new ForwardSteps(turn);
    var later = new LaterSteps(turn);
    var rollback = new RollbackSteps(turn);
    return switch (turn.run.step()) {
      case LOCK -> forward.lock();
      case PLAN -> rehearsal.rehearse();
      case COMPARE -> rehearsal.compare();
      case PLAN_STOPPED -> rehearsal.rehearseStopped();
      case STOP -> forward.stop();
      case SNAPSHOT -> forward.snapshot();
      case MIGRATE -> forward.migrate();
      case CANCEL -> later.cancel();
      case RECOVER -> later.recover();
      case START -> later.start();
      case SETTLE -> later.settle();
      case STOP_AGAIN -> rollback.stopAgain();
      case ROLLBACK -> rollback.rollback();
      case START_OLD, START_BEFORE -> later.startOld();
      case HALTED -> later.halted();
      case FINISH -> later.finish();
    };
  }

  /** A Lease that was removed by hand is taken again, as is that of a workload that is new. */
  private void keepLock() {
    boolean needed = turn.run.step() != RunStep.LOCK && turn.run.step() != RunStep.FINISH;
    if (needed && turn.seen.lock() instanceof LockState.Free) {
      turn.effects.add(new Effect.TakeLocks());
    }
  }
}
