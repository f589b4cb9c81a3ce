package dev.litehaven.operator.schedule;

import java.time.Instant;
import java.util.Optional;

/**
 * A run as it is found in the cluster.
 *
 * @param finished by the API server's time; there when the run has ended
 * @param verified when it was read back, if it was
 */
public record Run(
    RunKey key, Outcome outcome, Optional<Instant> finished, Optional<Instant> verified) {
  /** FAILED also where the backup was made and its verification failed. */
  public enum Outcome {
    RUNNING,
    SUCCEEDED,
    FAILED
  }

  public Run {
    if (finished.isPresent() == (outcome == Outcome.RUNNING)) {
      throw new IllegalArgumentException(
          "run %s is %s and has %s".formatted(key.text(), outcome, finished));
    }
  }

  public static Run running(RunKey key) {
    return new Run(key, Outcome.RUNNING, Optional.empty(), Optional.empty());
  }

  boolean isRunning() {
    return outcome == Outcome.RUNNING;
  }
}
