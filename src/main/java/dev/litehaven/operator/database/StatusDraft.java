package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.AppVersion;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.FileStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.Operation;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.Recovery;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.WorkloadStatus;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.database.DatabaseObservation.Backup;
import dev.litehaven.operator.database.DatabaseObservation.Migration;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.workload.WorkloadRef;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A database's status while it is being worked out. Everything not said stays as it was. */
final class StatusDraft {
  private final DatabaseObservation seen;
  private List<Condition> conditions;
  private String claimUid;
  private List<FileStatus> files;
  private List<WorkloadStatus> workloads;
  private List<AppVersion> app;
  private Operation operation;
  private String lastName;
  private String lastTime;
  private String backupName;
  private String backupTime;
  private String nextAction;
  private Long highestEpoch;
  private String inspectedAt;
  private String inspectionKey;
  private Recovery recovery;
  private SQLiteDatabaseStatus.Downgrade downgrade;
  private SQLiteDatabaseStatus.Bootstrapped bootstrapped;
  private Reason problem;
  private String problemMessage;

  StatusDraft(DatabaseObservation seen) {
    this.seen = seen;
    SQLiteDatabaseStatus from = seen.status();
    conditions = from.conditions();
    claimUid = from.claimUid();
    files = from.files();
    workloads = from.workloads();
    app = from.app();
    operation = from.operation();
    lastName = from.lastBackup();
    lastTime = from.lastBackupTime();
    backupName = from.lastVerifiedBackup();
    backupTime = from.lastVerifiedBackupTime();
    nextAction = from.nextAction();
    highestEpoch = from.highestEpoch();
    inspectedAt = from.inspectedAt();
    inspectionKey = from.inspectionKey();
    recovery = from.recovery();
    downgrade = from.downgrade();
    bootstrapped = from.bootstrapped();
    if (inspectionKey != null) {
      Inspection.problemOf(seen.spec(), files).ifPresent(known -> problem(known, message(known)));
    }
    stalled(from)
        .ifPresent(
            condition ->
                Reason.of(condition.reason())
                    .ifPresent(known -> problem(known, condition.message())));
  }

  private static Optional<Condition> stalled(SQLiteDatabaseStatus from) {
    return from.conditions().stream()
        .filter(condition -> Condition.STALLED.equals(condition.type()))
        .findFirst();
  }

  private String message(Reason known) {
    return files.stream()
        .map(FileStatus::message)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse("The last look at the volume ended with " + known.text() + ".");
  }

  void conditions(List<Condition> all) {
    conditions = all;
  }

  void claimUid(String uid) {
    claimUid = uid;
  }

  StatusDraft files(List<FileStatus> found) {
    files = found;
    return this;
  }

  /** Files that are known by name only. */
  void unseen(List<SQLiteDatabaseSpec.File> named) {
    files =
        named.stream()
            .map(file -> FileStatus.unseen(file.name(), file.path(), null, null))
            .toList();
    problem(null, null);
  }

  boolean inspectedNothing() {
    return !files.isEmpty() && files.getFirst().journalMode() == null;
  }

  List<FileStatus> files() {
    return files;
  }

  void workloads(List<WorkloadStatus> all) {
    workloads = all;
  }

  /** Not before the database was looked at, nor while a run is between two versions. */
  void noteApp() {
    boolean known = schemaVersion() != null || (inspectionKey != null && !files.isEmpty());
    boolean midway = seen.migrations().stream().anyMatch(Migration::midway);
    if (known && !midway && recovery == null && !inspectedNothing() && problem == null) {
      app =
          AppLedger.following(
              app, seen.volume().workloads(), schemaVersion(), seen.backups(), seen.now());
    }
  }

  void operation(LockState.HeldByOther other) {
    operation =
        new Operation(
            other.holder(), runOf(other.holder()), null, other.since(), seen.exclusivelyHeld());
  }

  void noOperation() {
    operation = null;
  }

  void lastBackup(Backup last) {
    lastName = last.name();
    lastTime = last.createdAt();
  }

  void operation(Operation own) {
    operation = own;
  }

  void downgrade(SQLiteDatabaseStatus.Downgrade told) {
    downgrade = told;
  }

  SQLiteDatabaseStatus.Downgrade downgrade() {
    return downgrade;
  }

  void bootstrapped(SQLiteDatabaseStatus.Bootstrapped told) {
    bootstrapped = told;
  }

  /** Whether what is known of the files comes from the look that was asked for last. */
  boolean lookedAt(String claimUid) {
    return seen.lookedAt(inspectionKey, claimUid);
  }

  /** Whether no file is where a database should be, not even a broken one. */
  boolean absent() {
    return files.stream().allMatch(file -> Reason.FILE_NOT_FOUND.text().equals(file.problem()));
  }

  List<AppVersion> app() {
    return app;
  }

  /** Null when none is under way. */
  Recovery recovery() {
    return recovery;
  }

  void recovery(Recovery now) {
    recovery = now;
  }

  void backup(Backup last) {
    backupName = last.name();
    backupTime = last.createdAt();
  }

  void nextAction(String text) {
    nextAction = text == null ? null : Conditions.bounded(text);
  }

  StatusDraft highestEpoch(long epoch) {
    highestEpoch = epoch;
    return this;
  }

  void inspected(String key, String at) {
    inspectionKey = key;
    inspectedAt = at;
  }

  void problem(Reason reason, String message) {
    problem = reason;
    problemMessage = message;
  }

  Reason problem() {
    return problem;
  }

  String problemMessage() {
    return problemMessage == null ? "" : problemMessage;
  }

  /** Template of this workload that was let in last. */
  Optional<String> admitted(WorkloadRef ref) {
    return workloads.stream()
        .filter(known -> known.kind().equals(ref.kind().text()) && known.name().equals(ref.name()))
        .map(WorkloadStatus::admittedTemplate)
        .filter(Objects::nonNull)
        .findFirst();
  }

  /** By the default stream's migration where there is one, else as found in the file. */
  String schemaVersion() {
    return seen.migrations().stream()
        .filter(migration -> "default".equals(migration.stream()))
        .map(Migration::currentVersion)
        .filter(Objects::nonNull)
        .findFirst()
        .orElseGet(() -> files.isEmpty() ? null : files.getFirst().schemaVersion());
  }

  private String historyTool() {
    boolean ours =
        seen.migrations().stream().anyMatch(migration -> migration.currentVersion() != null);
    return ours ? "Litehaven" : files.isEmpty() ? null : files.getFirst().historyTool();
  }

  /** One line about the files. */
  String summary() {
    if (files.isEmpty()) {
      return "";
    }
    return "%s, schema version %s%s."
        .formatted(
            String.join(
                "; ",
                files.stream()
                    .map(
                        file ->
                            "%s%s: %s tables, journal mode %s"
                                .formatted(
                                    files.size() == 1 ? "" : file.name() + " ",
                                    file.path(),
                                    file.tables(),
                                    file.journalMode()))
                    .toList()),
            schemaVersion() == null ? "none" : schemaVersion(),
            historyTool() == null ? "" : " (" + historyTool() + ")");
  }

  /** Where the files are, for messages. */
  String paths() {
    return String.join(", ", files.stream().map(FileStatus::path).toList());
  }

  SQLiteDatabaseStatus build() {
    return new SQLiteDatabaseStatus(
        seen.generation(),
        conditions,
        identity(seen),
        claimUid,
        schemaVersion(),
        historyTool(),
        files,
        workloads,
        app,
        operation,
        lastName,
        lastTime,
        backupName,
        backupTime,
        nextAction,
        highestEpoch,
        inspectedAt,
        inspectionKey,
        seen.requestedAt().orElse(null),
        recovery,
        downgrade,
        bootstrapped);
  }

  static String identity(DatabaseObservation seen) {
    return Names.identity(seen.namespace(), seen.name(), seen.spec().identity());
  }

  private static String runOf(String holder) {
    return holder.substring(holder.lastIndexOf('/') + 1);
  }
}
