package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.Api;
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
    boolean success = succeeded(reason);
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
    // With a plan the version before is known, and may be none; without one nothing was learnt.
    boolean planned = run.planHash() != null;
    String current =
        swapped || success
            ? (run.versionAfter() == null ? seen.status().currentVersion() : run.versionAfter())
            : (planned ? run.versionBefore() : seen.status().currentVersion());
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
          .phase(phase(reason))
          .failed(ofTheInput(reason) ? run.key() : null, run.waitingTemplate(), swapped)
          .nextAction(next(seen.name(), reason, swapped))
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

  static boolean succeeded(EndedRun run) {
    return succeeded(reason(run));
  }

  private static boolean succeeded(Reason reason) {
    return reason == Reason.SUCCEEDED || reason == Reason.UP_TO_DATE;
  }

  static Reason reason(EndedRun run) {
    return Reason.of(run.reason()).orElse(Reason.INTERNAL_ERROR);
  }

  static String phase(Reason reason) {
    return reason == Reason.ROLLED_BACK ? "RolledBack" : "Failed";
  }

  /** Whether the same input would fail the same way; otherwise it is tried again when it can be. */
  private static boolean ofTheInput(Reason reason) {
    return switch (reason) {
      case INTERRUPTED,
          SOURCE_NOT_FOUND,
          SOURCE_INVALID,
          DATABASE_NOT_FOUND,
          DATABASE_NOT_READY,
          WAITING_FOR_DATABASE,
          CLAIM_NOT_FOUND,
          OBSERVE_ONLY ->
          false;
      default -> true;
    };
  }

  private Long downtime() {
    return run.stoppedAt() == null || run.upAt() == null
        ? null
        : Duration.between(Instant.parse(run.stoppedAt()), Instant.parse(run.upAt())).toMillis();
  }

  private String instructions() {
    return "To go back from version %s to %s: set spec.targetVersion to the version before, where the migrations have a down. The database of before is kept as DatabaseBackup %s."
        .formatted(
            MigrationPlanner.orNone(run.versionAfter()),
            MigrationPlanner.orNone(run.versionBefore()),
            String.join(", ", run.backups()));
  }

  /**
   * @param swapped whether the new database is the one in place
   */
  static String next(String migration, Reason reason, boolean swapped) {
    String again =
        "kubectl annotate dbm %s %s=\"$(date -Is)\" --overwrite."
            .formatted(migration, Api.REQUESTED_AT);
    if (reason == Reason.ROLLBACK_NEEDS_DECISION) {
      return "The new database is in place, since going back needs a decision; the message says why. Keep it, or go back and lose what was written since: see the runbook, section RollbackNeedsDecision.";
    }
    if (swapped) {
      return "The new database is in place, and the workload is not ready on it. Look at its pods, correct the new version and apply it. To have the state looked at again: "
          + again;
    }
    return reason == Reason.ROLLED_BACK
        ? "The database and the workload are as before. Correct the migration or the new version and apply it; the same input is not tried again. To try it once more as it is: "
            + again
        : "The database is as before. Correct what the message names and apply it, or ask for another try: "
            + again;
  }
}
