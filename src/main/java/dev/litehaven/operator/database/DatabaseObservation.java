package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.operator.workload.WorkloadRef;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Everything that the planner of a SQLiteDatabase may know, seen at one time.
 *
 * @param status as last written; never null
 * @param lock over the claim, for the database's own looking
 * @param exclusivelyHeld whether whoever has the lock has stopped the workloads for it
 * @param inspection the Job that looks at the volume for the present {@link #inspectionKey}
 * @param migrations of this database
 * @param siblings migrations of other databases that a workload of this one uses too
 * @param backups verified ones of this database, newest first
 * @param lastBackup the newest of this database that succeeded, verified or not
 * @param abandoned workloads that are still stopped by a run that exists no more
 */
public record DatabaseObservation(
    Instant now,
    String namespace,
    String name,
    String uid,
    long generation,
    SQLiteDatabaseSpec spec,
    SQLiteDatabaseStatus status,
    VolumeUse volume,
    LockState lock,
    boolean exclusivelyHeld,
    JobState inspection,
    List<Migration> migrations,
    List<Migration> siblings,
    List<Backup> backups,
    Optional<Backup> lastBackup,
    Optional<String> requestedAt,
    List<WorkloadRef> abandoned) {

  /** The same, with the answer to what was just asked of the API server. */
  DatabaseObservation with(JobState answer) {
    return new DatabaseObservation(
        now,
        namespace,
        name,
        uid,
        generation,
        spec,
        status,
        volume,
        lock,
        exclusivelyHeld,
        answer,
        migrations,
        siblings,
        backups,
        lastBackup,
        requestedAt,
        abandoned);
  }

  /**
   * @param ready at its present generation
   * @param currentVersion null: not known
   * @param midway a run of it has stopped the workloads: what its status says of the version may be
   *     about to change
   * @param undone templates that ran on a version which was undone since
   */
  public record Migration(
      String name,
      String stream,
      boolean ready,
      String currentVersion,
      boolean midway,
      List<String> undone) {}

  /**
   * A DatabaseBackup.
   *
   * @param preMigration it has the database as it was before the run
   * @param schemaVersion null: none applied
   */
  public record Backup(
      String name, String createdAt, boolean preMigration, String runId, String schemaVersion) {}

  /** What was looked for: another key is a reason to look again. */
  public static String inspectionKey(
      String claimUid, long generation, Optional<String> requestedAt) {
    return claimUid + ":" + generation + ":" + requestedAt.orElse("");
  }
}
