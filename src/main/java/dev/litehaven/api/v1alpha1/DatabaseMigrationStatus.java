package dev.litehaven.api.v1alpha1;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/**
 * What is true of a migration.
 *
 * @param phase where the current or last run is, for humans
 * @param currentVersion version the database is at; null: none applied yet
 * @param targetVersion version it is to be at
 * @param sourceDigest digest of the migrations that all this is about
 * @param run what is being done, pinned; null: nothing
 * @param plan what the last rehearsal found
 * @param runs the last {@link #MAX_RUNS} ended runs, newest first
 * @param failedKey input of the last failed run; the same input is not tried again
 * @param succeededKey input of the last run that succeeded
 * @param failedTemplate pod template that waited at the gate when that run failed; another one is a
 *     reason to try again
 * @param failedSwapped whether the last failed run left the new database in place
 * @param rollbackInstructions how to go back by hand
 * @param nextAction what a human should do; null: nothing
 */
public record DatabaseMigrationStatus(
    @Default("-1") Long observedGeneration,
    String phase,
    String currentVersion,
    String targetVersion,
    String sourceDigest,
    @Size(max = 16) List<Condition> conditions,
    Run run,
    Plan plan,
    @Size(max = MAX_RUNS) List<EndedRun> runs,
    String succeededKey,
    String failedKey,
    String failedTemplate,
    Boolean failedSwapped,
    @Size(max = 1024) String rollbackInstructions,
    @Size(max = 1024) String nextAction,
    String lastHandledRequest,
    String lastHandledReconcileAt) {
  public static final int MAX_RUNS = 10;
  public static final int MAX_FINDINGS = 50;
  public static final int MAX_STEPS = 256;
  public static final int MAX_BACKUPS = 8;
  public static final int MAX_WORKLOADS = 16;

  public DatabaseMigrationStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
    runs = runs == null ? List.of() : List.copyOf(runs);
  }

  /** Before anything was looked at. */
  public static DatabaseMigrationStatus unobserved() {
    return new DatabaseMigrationStatus(
        -1L, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null);
  }

  /** The same state of things, told anew. */
  public DatabaseMigrationStatus with(long generation, List<Condition> told) {
    return new DatabaseMigrationStatus(
        generation,
        phase,
        currentVersion,
        targetVersion,
        sourceDigest,
        told,
        run,
        plan,
        runs,
        succeededKey,
        failedKey,
        failedTemplate,
        failedSwapped,
        rollbackInstructions,
        nextAction,
        lastHandledRequest,
        lastHandledReconcileAt);
  }

  /**
   * One attempt to reach a state, from the lock to the workload's start.
   *
   * @param step where the run is; see the operator's {@code RunStep}
   * @param attempt of the current step, from 1; 0: the step has a pod and none was asked for yet
   * @param key digest of everything that decides what the run does
   * @param sourceDigest digest of the migrations
   * @param claimName claim that the run works on, whatever becomes of the SQLiteDatabase
   * @param workloads what the run may have stopped and so has to start again, whatever becomes of
   *     their place in the SQLiteDatabase
   * @param swapped whether the new file is at the live name
   * @param stoppedAt RFC 3339, when the workload was first asked to stop; null: it was not
   * @param upAt RFC 3339, when it was ready again
   * @param waitingTemplate pod template that waited at the gate when the run took its locks, or
   *     that came later and was let in; of one that undoes another, the template that ran
   * @param outcomeReason set as soon as it is known how the run will end
   * @param undoes the run whose database is to give way to the one before it; null: this run
   *     migrates
   * @param byForce undoes it also when something was written since
   */
  public record Run(
      String id,
      String step,
      Integer attempt,
      Long generation,
      String key,
      String sourceDigest,
      String claimUid,
      String claimName,
      String databaseUid,
      @Size(max = MAX_WORKLOADS) List<HeldWorkload> workloads,
      Long epoch,
      String startedAt,
      String stepStartedAt,
      String planHash,
      Boolean swapped,
      String outcomeReason,
      @Size(max = 1024) String outcomeMessage,
      @Size(max = MAX_BACKUPS) List<String> backups,
      String snapshot,
      String versionBefore,
      String versionAfter,
      String stoppedAt,
      String upAt,
      String waitingTemplate,
      String undoes,
      Boolean byForce) {
    public Run {
      workloads = workloads == null ? List.of() : List.copyOf(workloads);
      backups = backups == null ? List.of() : List.copyOf(backups);
    }
  }

  /**
   * A workload that belongs to a run.
   *
   * @param kind {@code Deployment} or {@code StatefulSet}
   * @param uid names the workload's lock, also when the workload is gone
   */
  public record HeldWorkload(String kind, String name, String uid) {}

  public record Plan(
      String hash,
      String versionBefore,
      String versionAfter,
      @Size(max = MAX_STEPS) List<PlanStep> steps,
      @Size(max = MAX_FINDINGS) List<Finding> findings,
      Integer findingsTotal) {}

  public record PlanStep(String version, String description, String action) {}

  public record Finding(
      String code,
      String object,
      Long rows,
      Boolean destructive,
      @Size(max = 1024) String message) {}

  /**
   * @param sourceDigest digest of the migrations that it was about
   */
  public record EndedRun(
      String id,
      String reason,
      @Size(max = 1024) String message,
      String versionBefore,
      String versionAfter,
      String startedAt,
      String endedAt,
      Long downtimeMillis,
      @Size(max = MAX_BACKUPS) List<String> backups,
      String sourceDigest) {
    public EndedRun {
      backups = backups == null ? List.of() : List.copyOf(backups);
    }
  }
}
