package dev.litehaven.operator.location;

import dev.litehaven.api.v1alpha1.BackupLocationStatus;
import dev.litehaven.operator.event.EventNote;
import java.time.Duration;
import java.util.List;

/**
 * What to do now about a place for backups.
 *
 * @param again when to look again at the latest
 */
record LocationPlan(
    List<Effect> effects, BackupLocationStatus status, List<EventNote> notes, Duration again) {
  LocationPlan {
    effects = List.copyOf(effects);
    notes = List.copyOf(notes);
  }

  /** All of them are about the Job of {@code status.probeRun} as it was seen. */
  enum Effect {
    START_PROBE,
    CANCEL_PROBE,
    EXPIRE_PROBE
  }
}
