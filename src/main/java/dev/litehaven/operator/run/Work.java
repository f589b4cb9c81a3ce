package dev.litehaven.operator.run;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerStep;
import java.util.Optional;

/**
 * What a run carries out. The way from the lock to the start of the workloads, and its promises,
 * are the same for each; what the pods do, and the words, differ.
 */
public enum Work {
  MIGRATION("migration", "dbm", "The rehearsal", "The migration"),
  RESTORE("restore", "dbr", "Fetching the backup", "The restore");

  private final String noun;
  private final String kubectl;
  private final String before;
  private final String change;

  Work(String noun, String kubectl, String before, String change) {
    this.noun = noun;
    this.kubectl = kubectl;
    this.before = before;
    this.change = change;
  }

  /** For sentences. */
  String noun() {
    return noun;
  }

  /** Short name of the resource that asked for it. */
  String kubectl() {
    return kubectl;
  }

  /** What goes on while the workload may be running. */
  String before() {
    return before;
  }

  /** What goes on while it is stopped. */
  String change() {
    return change;
  }

  /** What a pod does in this step, where one does. */
  public Optional<RunnerStep> runnerStep(RunStep step) {
    if (this == MIGRATION) {
      return step.runnerStep();
    }
    return switch (step) {
      case PLAN, PLAN_STOPPED -> Optional.of(RunnerStep.FETCH);
      case COMPARE, MIGRATE, CANCEL -> Optional.of(RunnerStep.RESTORE);
      default -> step.runnerStep();
    };
  }

  /** For the printer column. */
  public String phase(RunStep step) {
    if (this == MIGRATION) {
      return step.phase();
    }
    return switch (step) {
      case PLAN, PLAN_STOPPED -> "Fetching";
      case MIGRATE -> "Restoring";
      default -> step.phase();
    };
  }

  public Reason reason(RunStep step) {
    if (this == MIGRATION) {
      return step.reason();
    }
    return switch (step) {
      case PLAN, PLAN_STOPPED -> Reason.FETCHING;
      case MIGRATE -> Reason.RESTORING;
      default -> step.reason();
    };
  }

  /** A version, for sentences. */
  public static String orNone(String version) {
    return version == null ? "none" : version;
  }

  String beginning(String database) {
    return switch (this) {
      case MIGRATION ->
          "Rehearsing on a copy of database %s; the workload keeps running.".formatted(database);
      case RESTORE ->
          "Fetching a backup for database %s and reading it back; the workload keeps running."
              .formatted(database);
    };
  }

  String changing() {
    return switch (this) {
      case MIGRATION -> "Backing up, migrating a copy, verifying it and swapping it in.";
      case RESTORE -> "Keeping the present state as a backup, and swapping the restored one in.";
    };
  }

  String changed() {
    return switch (this) {
      case MIGRATION -> "The database is migrated; starting the workload.";
      case RESTORE -> "The database is restored; starting the workload.";
    };
  }

  /** Of a claim that is being deleted, before a run on it has stopped anything. */
  String terminating(String claim) {
    return switch (this) {
      case MIGRATION ->
          "PersistentVolumeClaim %s is being deleted, so no run begins on it: without its pods it would be gone."
              .formatted(claim);
      case RESTORE ->
          "PersistentVolumeClaim %s is being deleted, so nothing is restored onto it."
              .formatted(claim);
    };
  }

  String deleted() {
    return "The %s was deleted before it was carried out.".formatted(noun);
  }

  /**
   * @param before version before the run; null: none
   * @param why what went wrong
   */
  String rolledBack(String before, String why) {
    return switch (this) {
      case MIGRATION ->
          "Rolled back to version %s with every row: %s".formatted(orNone(before), why);
      case RESTORE -> "The database of before the restore is back, with every row: " + why;
    };
  }

  /**
   * @param chosen hash of the plan, or id of the backup
   * @param after version after the run; null: none
   */
  public String success(String database, String chosen, String after) {
    return switch (this) {
      case MIGRATION -> "Database %s is at version %s.".formatted(database, orNone(after));
      case RESTORE -> "Database %s is restored from backup %s.".formatted(database, chosen);
    };
  }
}
