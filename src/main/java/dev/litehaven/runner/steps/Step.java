package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;

/**
 * One kind of work a runner can be asked for. Whatever a step throws becomes a report as well,
 * after the step has put back what it changed.
 */
@FunctionalInterface
public interface Step {
  Ending run(StepContext context) throws Exception;

  static Step of(RunnerStep step) {
    return switch (step) {
      case INSPECT -> new InspectStep();
      case PLAN -> new PlanStep();
      case MIGRATE -> new MigrateStep();
      case ROLLBACK -> new RollbackStep();
      case RECOVER -> new RecoverStep();
      case SETTLE -> new SettleStep();
      case REPORT -> new ReportStep();
      case BACKUP -> new BackupStep();
      case VERIFY -> new VerifyStep();
      case RESTORE -> new RestoreStep();
      case PROBE -> new ProbeStep();
      case LIST -> new ListStep();
      case READ_BACK -> new ReadBackStep();
      case PRUNE -> new PruneStep();
      case FETCH -> new FetchStep();
    };
  }

  /** How a step ended. */
  sealed interface Ending {
    /** The details are what the context has collected. */
    record Ended(Outcome outcome, Reason reason, String message) implements Ending {}

    /** Everything was done before; this is what was reported then. */
    record Repeated(RunnerReport earlier) implements Ending {}

    static Ended succeeded(Reason reason, String message) {
      return new Ended(Outcome.SUCCEEDED, reason, message);
    }
  }
}
