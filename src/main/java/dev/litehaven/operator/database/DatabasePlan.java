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

    /** Asks for the pod that finishes or undoes what is half done. */
    record StartRecovery() implements Effect {}

    /** Fences off the pod of an attempt that is over. */
    record RaiseEpoch() implements Effect {}

    /** Keeps the claim from being deleted while no running pod protects it. */
    record ProtectClaim() implements Effect {}

    record UnprotectClaim() implements Effect {}

    /** Keeps the database until what its recovery stopped is started again. */
    record AddFinalizer() implements Effect {}

    record RemoveFinalizer() implements Effect {}

    /** Asks for the restore that puts a backup onto an empty claim. */
    record MakeRestore(String name) implements Effect {}

    record ActOnWorkload(WorkloadRef ref, List<WorkloadAction> actions) implements Effect {}
  }
}
