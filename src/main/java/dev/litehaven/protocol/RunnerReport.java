package dev.litehaven.protocol;

import java.util.List;
import java.util.Map;

/**
 * What a runner pod did. Exit codes decide nothing; this does, and only when run, epoch and step
 * are the expected ones.
 *
 * @param outcome whether the step reached its goal
 * @param reason {@link Reason#SUCCEEDED}, or why not
 * @param message what failed, what was seen, what to do next; never null
 * @param timingsMillis wall time by phase, in order
 */
public record RunnerReport(
    int formatVersion,
    RunnerStep step,
    String runId,
    long epoch,
    Outcome outcome,
    Reason reason,
    String message,
    PlanReport plan,
    List<BackupRecord> backups,
    SwapReport swap,
    InspectReport inspect,
    RestoreReport restore,
    StoreReport store,
    Map<String, Long> timingsMillis) {

  public enum Outcome {
    /** The goal is reached. */
    SUCCEEDED,
    /** Nothing was changed, or all was put back; trying again with the same input is pointless. */
    REFUSED,
    /** Nothing was changed, or all was put back; trying again may help. */
    FAILED,
    /** The volume is in a state that only a human may resolve. */
    NEEDS_DECISION
  }

  /** A report of a step that neither restores nor looks at a place for backups. */
  public RunnerReport(
      int formatVersion,
      RunnerStep step,
      String runId,
      long epoch,
      Outcome outcome,
      Reason reason,
      String message,
      PlanReport plan,
      List<BackupRecord> backups,
      SwapReport swap,
      InspectReport inspect,
      Map<String, Long> timingsMillis) {
    this(
        formatVersion,
        step,
        runId,
        epoch,
        outcome,
        reason,
        message,
        plan,
        backups,
        swap,
        inspect,
        null,
        null,
        timingsMillis);
  }

  public RunnerReport {
    backups = backups == null ? List.of() : List.copyOf(backups);
    timingsMillis = timingsMillis == null ? Map.of() : timingsMillis;
    if (message == null) {
      throw new IllegalArgumentException("a report needs a message");
    }
  }
}
