package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.run.Effect;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to do now: effects in order, then the status, then the Events; then look again.
 *
 * @param again when to look again if nothing happens before; empty: only when something happens
 */
public record MigrationPlan(
    List<Effect> effects,
    DatabaseMigrationStatus status,
    List<EventNote> notes,
    Optional<Duration> again) {
  public MigrationPlan {
    effects = List.copyOf(effects);
    notes = List.copyOf(notes);
  }
}
