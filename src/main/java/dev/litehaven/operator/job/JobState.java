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
}
