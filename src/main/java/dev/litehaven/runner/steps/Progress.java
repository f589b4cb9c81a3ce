package dev.litehaven.runner.steps;

/** Where a step says what it is doing, one short line at a time. */
@FunctionalInterface
public interface Progress {
  void say(String line);
}
