package dev.litehaven.operator.run;

import dev.litehaven.operator.job.JobState;
import dev.litehaven.protocol.RunnerStep;

/** A Job of a {@link World}. */
final class PlayedJob {
  final RunnerStep step;
  final Fate fate;
  final long epoch;
  int age = 0;
  int leaving = 0;
  boolean started = false;
  boolean deleted = false;
  JobState end = null;

  PlayedJob(RunnerStep step, Fate fate, long epoch) {
    this.step = step;
    this.fate = fate;
    this.epoch = epoch;
  }

  boolean alive() {
    return end == null;
  }
}
