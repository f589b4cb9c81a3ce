package dev.litehaven.operator.run;

import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerStep;
import java.util.Optional;

/**
 * Where a run is. The way forward is LOCK, PLAN, STOP, SNAPSHOT, MIGRATE, START, SETTLE, FINISH;
 * what fails before the swap goes by START_OLD, what fails after it by STOP_AGAIN and ROLLBACK. A
 * run that undoes another goes by LOCK, STOP, ROLLBACK, START_BEFORE, FINISH. Each may be repeated
 * at any time: what is done is seen to be done.
 */
public enum RunStep {
  /** Waits for the volume and the workloads to be free, and takes them. */
  LOCK("Locking", Reason.WAITING_FOR_LOCK, null),
  /** Rehearses on a copy while the workload runs. */
  PLAN("Planning", Reason.PLANNING, RunnerStep.PLAN),
  /** Says what a restore would change, while the workload runs; nothing comes after it. */
  COMPARE("Comparing", Reason.VERIFYING, RunnerStep.RESTORE),
  STOP("Stopping", Reason.STOPPING, null),
  /** As {@link #PLAN}, where nothing can be mounted beside the workload and it must be done. */
  PLAN_STOPPED("Planning", Reason.PLANNING, RunnerStep.PLAN),
  SNAPSHOT("Snapshotting", Reason.SNAPSHOTTING, null),
  /** Backs up, migrates a copy, verifies, swaps. */
  MIGRATE("Migrating", Reason.MIGRATING, RunnerStep.MIGRATE),
  /** Lets the newest template in and waits until it is ready. */
  START("Starting", Reason.STARTING, null),
  /** Ready; removes what the swap kept. */
  SETTLE("Settling", Reason.SETTLING, RunnerStep.SETTLE),
  /** The runner was asked to go before it began; waits until it is gone. */
  CANCEL("Cancelling", Reason.INTERRUPTED, RunnerStep.MIGRATE),
  /** The runner was lost too often; finishes or undoes what is on the volume, and no more. */
  RECOVER("Recovering", Reason.RECOVERING, RunnerStep.RECOVER),
  STOP_AGAIN("RollingBack", Reason.ROLLING_BACK, null),
  ROLLBACK("RollingBack", Reason.ROLLING_BACK, RunnerStep.ROLLBACK),
  /** Lets in what ran before. */
  START_OLD("Starting", Reason.STARTING, null),
  /** Lets in what ran before the run that was undone. */
  START_BEFORE("Starting", Reason.STARTING, null),
  /** The volume needs a human; the workload stays stopped, nothing is touched. */
  HALTED("Halted", Reason.DIVERGED, null),
  /** Lets go of workloads, claim and locks. */
  FINISH("Finishing", Reason.SETTLING, null);

  private final String phase;
  private final Reason reason;
  private final RunnerStep runnerStep;

  RunStep(String phase, Reason reason, RunnerStep runnerStep) {
    this.phase = phase;
    this.reason = reason;
    this.runnerStep = runnerStep;
  }

  /** For the printer column. */
  public String phase() {
    return phase;
  }

  public Reason reason() {
    return reason;
  }

  /** What a pod does in this step of a migration, where one does; see {@link Work}. */
  public Optional<RunnerStep> runnerStep() {
    return Optional.ofNullable(runnerStep);
  }

  /** Whether workloads must be kept stopped in this step. */
  public boolean workloadStopped() {
    return switch (this) {
      case STOP, PLAN_STOPPED, SNAPSHOT, MIGRATE, CANCEL, RECOVER, STOP_AGAIN, ROLLBACK, HALTED ->
          true;
      case LOCK, PLAN, COMPARE, START, SETTLE, START_OLD, START_BEFORE, FINISH -> false;
    };
  }

  /**
   * Whether nobody but the run may come onto its claim now. Not before its workloads were asked to
   * stop: until then they may need new pods.
   */
  public static boolean keepsOthersOff(Run run) {
    return run.stoppedAt() != null && valueOf(run.step()).workloadStopped();
  }
}
