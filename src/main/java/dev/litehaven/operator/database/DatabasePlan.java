package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.workload.WorkloadAction;
import dev.litehaven.operator.workload.WorkloadRef;
import java.time.Duration;
import java.util.List;

/** What to do now for a SQLiteDatabase: effects in order, then the status, then the Events. */
public record DatabasePlan(
    List<Effect> effects, SQLiteDatabaseStatus status, List<EventNote> notes, Duration again) {
  public DatabasePlan {
    effects = List.copyOf(effects);
    notes = List.copyOf(notes);
  }

  /** Doing it twice is the same as once. */
  public sealed interface Effect {
    record TakeLock() implements Effect {}

    record ReleaseLock() implements Effect {}

    record StartInspection() implements Effect {}

    record CancelInspection() implements Effect {}

    record ActOnWorkload(WorkloadRef ref, List<WorkloadAction> actions) implements Effect {}
  }
}
