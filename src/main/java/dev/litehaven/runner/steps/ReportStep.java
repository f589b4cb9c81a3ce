package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.SwapReport;
import dev.litehaven.runner.swap.SwapVolume;
import java.util.List;
import java.util.Optional;

/**
 * Repeats how the named run ended. The journal decides; the stored report adds the details. A run
 * that was rolled back is reported as that, whatever it had said before.
 */
final class ReportStep implements Step {
  private static final List<RunnerStep> NEWEST_FIRST =
      List.of(RunnerStep.ROLLBACK, RunnerStep.MIGRATE, RunnerStep.RESTORE);

  @Override
  public Ending run(StepContext context) throws Exception {
    String runId = context.targetRun();
    var stored = new StoredReports(context.root());
    try (SwapVolume volume = context.openVolume()) {
      stored.reconcile(volume);
      for (RunnerStep step : NEWEST_FIRST) {
        Optional<RunnerReport> report = stored.find(runId, step);
        if (report.isPresent()) {
          return new Ending.Repeated(report.get());
        }
      }
      SwapReport journal =
          volume
              .report(runId)
              .orElseThrow(
                  () ->
                      new RefusedException(
                          Reason.INVALID_REQUEST,
                          "The volume knows of no run " + runId + ". Nothing was changed by it."));
      context.found(journal);
      return fromJournal(runId, journal);
    }
  }

  private static Ending fromJournal(String runId, SwapReport journal) {
    return switch (journal.state()) {
      case "DONE" ->
          Ending.succeeded(
              Reason.SUCCEEDED,
              "The run " + runId + " is done, as the journal says; its report is gone.");
      case "ROLLED_BACK" ->
          Ending.succeeded(
              Reason.ROLLED_BACK,
              "The run " + runId + " was rolled back, as the journal says; its report is gone.");
      default ->
          new Ending.Ended(
              Outcome.FAILED,
              Reason.INTERRUPTED,
              "The run "
                  + runId
                  + " did not reach its goal: the journal says "
                  + journal.state()
                  + ", and the "
                  + journal.live()
                  + " database is in place. Run it again.");
    };
  }
}
