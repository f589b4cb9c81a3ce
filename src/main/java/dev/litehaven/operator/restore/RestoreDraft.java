package dev.litehaven.operator.restore;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Mode;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus.PassedOver;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus.TableChange;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.run.RunPlan.Telling;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreReport;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** A status while it is being worked out. Everything not said stays as it was. */
final class RestoreDraft {
  private final RestoreObservation seen;
  private String phase;
  private List<Condition> conditions;
  private Run run;
  private String backup;
  private String backupCreatedAt;
  private String schemaVersion;
  private List<PassedOver> passedOver;
  private List<TableChange> changes;
  private Integer changesTotal;
  private List<String> preRestoreBackups;
  private String startedAt;
  private String completedAt;
  private Long downtimeMillis;
  private String nextAction;

  RestoreDraft(RestoreObservation seen) {
    this.seen = seen;
    DatabaseRestoreStatus from = seen.status();
    phase = from.phase();
    conditions = from.conditions();
    run = from.run();
    backup = from.backup();
    backupCreatedAt = from.backupCreatedAt();
    schemaVersion = from.schemaVersion();
    passedOver = from.passedOver();
    changes = from.changes();
    changesTotal = from.changesTotal();
    preRestoreBackups = from.preRestoreBackups();
    startedAt = from.startedAt();
    completedAt = from.completedAt();
    downtimeMillis = from.downtimeMillis();
    nextAction = from.nextAction();
  }

  private Conditions following() {
    return Conditions.following(
        seen.status().conditions(), seen.run().generation(), seen.run().now());
  }

  /** Going on, or waiting for what will come by itself. */
  RestoreDraft underWay(String text, Reason reason, String message) {
    phase = text;
    nextAction = null;
    conditions = following().undecided(following().reconciling(reason, message));
    return this;
  }

  /** Waiting for somebody; it goes on by itself when that is done. */
  RestoreDraft waitsForHuman(String text, Reason reason, String message) {
    phase = text;
    nextAction = Conditions.bounded(message);
    conditions = following().undecided(following().stalled(reason, message));
    return this;
  }

  /** As the planner of runs says it, with the condition that only records have. */
  RestoreDraft told(String text, List<Condition> by, String next) {
    phase = text;
    nextAction = next;
    conditions = following().undecided(by);
    return this;
  }

  RestoreDraft run(Run now) {
    run = now;
    if (now != null) {
      preRestoreBackups = now.backups();
      startedAt = now.startedAt();
    }
    return this;
  }

  RestoreDraft found(RestoreReport report) {
    if (report == null) {
      return this;
    }
    if (report.backupId() != null) {
      backup = report.backupId();
      backupCreatedAt = report.createdAt();
      schemaVersion = report.schemaVersion();
    }
    if (!report.passedOver().isEmpty()) {
      passedOver =
          report.passedOver().stream()
              .limit(DatabaseRestoreStatus.MAX_PASSED_OVER)
              .map(
                  one ->
                      new PassedOver(
                          one.backupId(),
                          one.reason() == null ? null : one.reason().text(),
                          one.message() == null ? null : Conditions.bounded(one.message())))
              .toList();
    }
    if (!report.tables().isEmpty()) {
      changes =
          report.tables().stream()
              .limit(DatabaseRestoreStatus.MAX_CHANGES)
              .map(
                  table ->
                      new TableChange(
                          table.table(),
                          known(table.rowsBefore()),
                          known(table.rowsAfter()),
                          table.added(),
                          table.removed(),
                          table.changed()))
              .toList();
      changesTotal = report.tablesTotal();
    }
    return this;
  }

  private static Long known(long rows) {
    return rows < 0 ? null : rows;
  }

  /** It is over, and never begins again. */
  RestoreDraft ended(Telling.Ended end, boolean success, String next) {
    run = null;
    preRestoreBackups = end.run().backups();
    startedAt = end.run().startedAt();
    completedAt = end.at();
    downtimeMillis = end.downtimeMillis();
    phase = success ? "Succeeded" : end.reason() == Reason.ROLLED_BACK ? "RolledBack" : "Failed";
    nextAction = next == null ? null : Conditions.bounded(next);
    conditions = following().ended(success, end.reason(), end.message());
    return this;
  }

  DatabaseRestoreStatus build() {
    return new DatabaseRestoreStatus(
        seen.run().generation(),
        phase,
        conditions,
        run,
        backup,
        backupCreatedAt,
        schemaVersion,
        passedOver,
        changes,
        changesTotal,
        preRestoreBackups,
        seen.spec().mode() == Mode.NEW_CLAIM ? seen.spec().newClaim().name() : null,
        startedAt == null ? seen.run().now().truncatedTo(ChronoUnit.MILLIS).toString() : startedAt,
        completedAt,
        downtimeMillis,
        nextAction,
        seen.run().requestedAt().orElse(null));
  }
}
