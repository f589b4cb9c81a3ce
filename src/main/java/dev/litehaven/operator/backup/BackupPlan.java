package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.DatabaseBackupStatus;
import dev.litehaven.operator.event.EventNote;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to do now about a backup: first the effects in this order, then the status.
 *
 * @param again when to look again at the latest; empty: when something changes
 */
record BackupPlan(
    List<Effect> effects,
    DatabaseBackupStatus status,
    List<EventNote> notes,
    Optional<Duration> again) {
  BackupPlan {
    effects = List.copyOf(effects);
    notes = List.copyOf(notes);
  }

  /** All of them are about the run of the status as it was observed. */
  enum Effect {
    HOLD,
    LET_GO,
    KEEP_UNTIL_REMOVED,
    REMOVED,
    TAKE_LOCK,
    RELEASE_LOCK,
    START_JOB,
    DELETE_JOB,
    EXPIRE_JOB,
    TAKE_SNAPSHOT,
    DELETE_SNAPSHOT
  }
}
