package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.Version;

/**
 * One migration that is due, forward or back.
 *
 * @param checksum of the migration's {@code up}, also when it is undone
 * @param sql what to run; may be empty
 * @param down for a step forward: what the history keeps for the way back; null: none
 * @param when for a step forward: query that decides whether it runs; null: always
 * @param ensure for a step forward; null: nothing
 * @param scope the files that it runs on, and what it moves in this direction
 */
record PlannedStep(
    Direction direction,
    Version version,
    String description,
    String checksum,
    String sql,
    String down,
    String when,
    Ensure ensure,
    FileScope scope) {
  /** Which way a step goes. */
  public enum Direction {
    UP,
    DOWN,
    /** Undoes a migration that was skipped when it was its turn: only the history changes. */
    FORGET
  }
}
