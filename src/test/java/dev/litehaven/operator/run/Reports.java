package dev.litehaven.operator.run;

import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.migration.Given;
import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreReport;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.SwapReport;
import java.util.List;
import java.util.Map;

/** What runners say at the end of a step. */
public final class Reports {
  private Reports() {}

  public static JobState.Reported report(RunnerStep step, Outcome outcome, Reason reason) {
    return report(step, outcome, reason, null);
  }

  public static JobState.Reported report(
      RunnerStep step, Outcome outcome, Reason reason, SwapReport swap) {
    boolean plan =
        outcome == Outcome.SUCCEEDED && (step == RunnerStep.PLAN || step == RunnerStep.MIGRATE);
    boolean restore =
        outcome == Outcome.SUCCEEDED && (step == RunnerStep.FETCH || step == RunnerStep.RESTORE);
    boolean backup =
        outcome == Outcome.SUCCEEDED && (step == RunnerStep.MIGRATE || step == RunnerStep.RESTORE);
    return new JobState.Reported(
        new RunnerReport(
            1,
            step,
            "m-1",
            7,
            outcome,
            reason,
            "The runner says " + reason.text() + ".",
            plan
                ? new PlanReport(
                    "plan-hash", "1", "2", List.of(), List.of(), 0, "", List.of(), 1, 2)
                : null,
            backup ? List.of(backup()) : List.of(),
            swap,
            null,
            restore
                ? new RestoreReport("b0", Given.NOW.toString(), "1", List.of(), List.of(), 0, false)
                : null,
            null,
            Map.of()));
  }

  static BackupRecord backup() {
    return new BackupRecord(
        "b1",
        "PreMigration",
        "main",
        List.of("main"),
        "b1/manifest.json",
        1,
        2,
        "00",
        "11",
        3,
        "1",
        true,
        true,
        Given.NOW.toString());
  }

  public static SwapReport live(String which) {
    return new SwapReport("DONE", which, false, 0);
  }
}
