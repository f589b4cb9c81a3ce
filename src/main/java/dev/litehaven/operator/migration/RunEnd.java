package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.run.RunPlan.Telling;
import dev.litehaven.operator.run.Work;
import dev.litehaven.protocol.Reason;
import java.util.List;

/** What status, history and Events say when a run is over. */
final class RunEnd {
  private final MigrationObservation seen;
  private final Telling.Ended end;
  private final StatusDraft draft;
  private final List<EventNote> notes;
  private final Run run;

  RunEnd(MigrationObservation seen, Telling.Ended end, StatusDraft draft, List<EventNote> notes) {
    this.seen = seen;
    this.end = end;
    this.draft = draft;
    this.notes = notes;
    this.run = end.run();
  }

  void write() {
    Reason reason = end.reason();
    String message = end.message();
    boolean success = succeeded(reason);
    boolean undone = run.undoes() != null && reason == Reason.ROLLED_BACK;
    boolean swapped = Boolean.TRUE.equals(run.swapped());
    draft.ended(
        new EndedRun(
            run.id(),
            reason.text(),
            message,
            run.undoes() == null ? run.versionBefore() : run.versionAfter(),
            swapped ? run.versionAfter() : run.versionBefore(),
            run.startedAt(),
            end.at(),
            end.downtimeMillis(),
            run.backups(),
            run.sourceDigest()));
    // With a plan the version before is known, and may be none; without one nothing was learnt.
    boolean planned = run.planHash() != null || undone;
    String current =
        swapped || success
            ? (run.versionAfter() == null ? seen.status().currentVersion() : run.versionAfter())
            : (planned ? run.versionBefore() : seen.status().currentVersion());
    draft.versions(
        current, run.versionAfter() == null ? seen.status().targetVersion() : run.versionAfter());
    boolean own = run.generation() == seen.run().generation();
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
      remember(reason, undone, swapped);
      draft
          .phase(phase(reason))
          .nextAction(next(seen, draft.runs(), reason, swapped))
          .conditions(own ? draft.following().stalled(reason, message) : newer());
      notes.add(EventNote.warning(run.id() + ":end", reason, message));
    }
  }

  private void remember(Reason reason, boolean undone, boolean swapped) {
    if (undone) {
      draft.undone(sameInputAsUndone() ? run.key() : null, run.waitingTemplate());
    } else if (run.undoes() == null) {
      draft.failed(ofTheInput(reason) ? run.key() : null, run.waitingTemplate(), swapped);
    }
    // What could not be undone is as it was.
  }

  /** What is wanted still is what was undone: it would come to the same again. */
  private boolean sameInputAsUndone() {
    return seen.status().runs().stream()
        .filter(ended -> ended.id().equals(run.undoes()))
        .findFirst()
        .map(EndedRun::sourceDigest)
        .filter(digest -> !digest.equals(run.sourceDigest()))
        .isEmpty();
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

  private String instructions() {
    return "To go back from version %s to %s: set spec.targetVersion to the version before, where the migrations have a down. The database of before is kept as DatabaseBackup %s."
        .formatted(
            Work.orNone(run.versionAfter()),
            Work.orNone(run.versionBefore()),
            String.join(", ", run.backups()));
  }

  /**
   * @param runs that have ended, the last one first
   * @param swapped whether the new database is the one in place
   */
  static String next(
      MigrationObservation seen, List<EndedRun> runs, Reason reason, boolean swapped) {
    String again =
        "kubectl annotate dbm %s -n %s %s=\"$(date -Is)\" --overwrite"
            .formatted(seen.run().name(), seen.run().namespace(), Api.REQUESTED_AT);
    if (swapped) {
      return "%s Keep it: correct the new version, apply it, and have the state looked at: %s%s"
          .formatted(
              reason == Reason.ROLLBACK_NEEDS_DECISION
                  ? "The new database is in place, and the message says what going back would lose."
                  : "The new database is in place, and the workload is not ready on it: look at its pods.",
              again,
              Undo.last(runs).map(ended -> back(seen, ended)).orElse(""));
    }
    return reason == Reason.ROLLED_BACK
        ? (seen.run().revert().isEmpty()
                ? "The database and the workload are as before."
                : "The database is as before." + seen.run().revert())
            + " Correct the migration or the new version and apply it; the same input is not tried again. To try it once more as it is: "
            + again
        : "The database is as before. Correct what the message names and apply it, or ask for another try: "
            + again;
  }

  private static String back(MigrationObservation seen, EndedRun ended) {
    return " Or go back to version %s, and keep what goes only as a backup of type FailedState: %s"
        .formatted(
            Work.orNone(ended.versionBefore()),
            Undo.command(seen.run().name(), seen.run().namespace(), ended.id()));
  }
}
