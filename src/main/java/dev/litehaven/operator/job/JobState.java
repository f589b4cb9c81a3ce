package dev.litehaven.operator.job;

import dev.litehaven.protocol.RunnerReport;

/** How far a runner Job is. */
public sealed interface JobState {
  /** There is none of that name. */
  record Absent() implements JobState {}

  /**
   * Not done yet.
   *
   * @param started whether the runner itself has started, and so may have touched the volume
   * @param message what it waits for, in the words of scheduler and kubelet; empty when it runs
   */
  record Active(boolean started, String message) implements JobState {}

  /** Done, and it said how. */
  record Reported(RunnerReport report) implements JobState {}

  /**
   * Gone without a report that belongs to it. What it did is on the volume, where the next attempt
   * finds it.
   */
  record Lost(boolean started, String message) implements JobState {}

  /**
   * The API server was asked for one and does not take it: a quota, an admission policy, a request
   * that does not fit, a namespace on its way out.
   *
   * @param passing whether it may take the same one later
   * @param namespaceGoes whether the namespace is on its way out, and takes everything with it
   */
  record Refused(boolean passing, boolean namespaceGoes, String message) implements JobState {
    public Refused(boolean passing, String message) {
      this(passing, false, message);
    }
  }
}
