package dev.litehaven.operator.backup;

import dev.litehaven.protocol.RunnerStep;
import java.util.Optional;

/** What a run of a backup does. */
enum BackupStep {
  BACKUP("Backup", RunnerStep.BACKUP),
  SNAPSHOT("Snapshot", null),
  READ_BACK("ReadBack", RunnerStep.READ_BACK),
  PRUNE("Prune", RunnerStep.PRUNE);

  private final String text;
  private final RunnerStep runner;

  BackupStep(String text, RunnerStep runner) {
    this.text = text;
    this.runner = runner;
  }

  /** As status has it. */
  String text() {
    return text;
  }

  Optional<RunnerStep> runner() {
    return Optional.ofNullable(runner);
  }

  /** Whether it works on the database's volume, and so not beside another operation. */
  boolean locks() {
    return this == BACKUP || this == SNAPSHOT;
  }

  static BackupStep of(String text) {
    for (BackupStep step : values()) {
      if (step.text.equals(text)) {
        return step;
      }
    }
    throw new IllegalArgumentException("no step of a backup: " + text);
  }
}
