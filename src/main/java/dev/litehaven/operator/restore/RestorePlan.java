package dev.litehaven.operator.restore;

import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.run.Effect;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to do now: effects in order, then the Events, then the status; then look again.
 *
 * @param makeClaim whether the claim of mode NewClaim is to be made first
 * @param again when to look again if nothing happens before; empty: only when something happens
 */
record RestorePlan(
    boolean makeClaim,
    List<Effect> effects,
    DatabaseRestoreStatus status,
    List<EventNote> notes,
    Optional<Duration> again) {
  RestorePlan {
    effects = List.copyOf(effects);
    notes = List.copyOf(notes);
  }
}
