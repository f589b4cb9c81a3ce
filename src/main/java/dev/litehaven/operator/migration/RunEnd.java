package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** What status, history and Events say when a run is over. */
final class RunEnd {
  private final MigrationObservation seen;
  private final StatusDraft draft;
  private final List<EventNote> notes;
  private final Run run;

  RunEnd(MigrationObservation seen, StatusDraft draft, List<EventNote> notes) {
    this.seen = seen;
    this.draft = draft;
    this.notes = notes;
    this.run = seen.status().run();
  }

  void write() {
    Reason reason =
        run.outcomeReason() == null ? Reason.INTERNAL_ERROR : Reason.valueOf(run.outcomeReason());
    String message =
        run.outcomeMessage() == null ? "The run ended without saying why." : run.outcomeMessage();
    boolean success = reason == Reason.SUCCEEDED || reason == Reason.UP_TO_DATE;
    boolean swapped = Boolean.TRUE.equals(run.swapped());
    draft
        .run(null)
        .ended(
            new EndedRun(
                run.id(),
                reason.text(),
                message,
                run.versionBefore(),
                swapped ? run.versionAfter() : run.versionBefore(),
                run.startedAt(),
                seen.now().truncatedTo(ChronoUnit.MILLIS).toString(),
                downtime(),
                run.backups()));
    String current =
        swapped || success
            ? (run.versionAfter() == null ? seen.status().currentVersion() : run.versionAfter())
            : (run.versionBefore() == null ? seen.status().currentVersion() : run.versionBefore());
    draft.versions(
        current, run.versionAfter() == null ? seen.status().targetVersion() : run.versionAfter());
    boolean own = run.generation() == seen.generation();
    if (success) {
      draft
          .phase("Succeeded")
          .succeeded(run.key())
          .nextAction(null)
          .conditions(own ? draft.following().ready(reason, message) : newer());
      notes.add(EventNote.normal(run.id() + ":end", reason, message));
      if (swapped) {
        draft.rollbackInstructions(instructions());
      }
    } else {
      draft
          .phase(reason == Reason.ROLLED_BACK ? "RolledBack" : "Failed")
          .failed(run.key(), run.waitingTemplate())
          .nextAction(next(reason))
          .conditions(own ? draft.following().stalled(reason, message) : newer());
      notes.add(EventNote.warning(run.id() + ":end", reason, message));
    }
  }

  /** The spec changed while the run was under way: what it reached says nothing of the new one. */
  private List<Condition> newer() {
    return draft
        .following()
        .reconciling(
            Reason.PENDING, "The spec was changed during the last run; it is looked at now.");
  }

  private Long downtime() {
    return run.stoppedAt() == null || run.upAt() == null
        ? null
        : Duration.between(Instant.parse(run.stoppedAt()), Instant.parse(run.upAt())).toMillis();
  }

  private String instructions() {
    return "To go back from version %s to %s: set spec.targetVersion to the version before, where the migrations have a down. The database of before is kept as DatabaseBackup %s."
        .formatted(
            orNone(run.versionAfter()),
            orNone(run.versionBefore()),
            String.join(", ", run.backups()));
  }

  private static String next(Reason reason) {
    return switch (reason) {
      case ROLLED_BACK, WORKLOAD_NOT_READY ->
          "The database and the workload are as before. Correct the migration or the new version and apply it; the same input is not tried again. To try it once more as it is: kubectl annotate dbm NAME litehaven.dev/requestedAt=\"$(date -Is)\" --overwrite.";
      case ROLLBACK_NEEDS_DECISION ->
          "Rows were written since the migration, so nothing was rolled back. Keep the new database, or go back and lose those rows: see the runbook, section RollbackNeedsDecision.";
      default ->
          "Nothing was changed and the workload is running. Correct what the message names and apply it, or ask for another try: kubectl annotate dbm NAME litehaven.dev/requestedAt=\"$(date -Is)\" --overwrite.";
    };
  }

  private static String orNone(String text) {
    return text == null ? "none" : text;
  }
}
