package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.operator.workload.WorkloadRef;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Everything that the planner of a SQLiteDatabase may know, seen at one time.
 *
 * @param status as last written; never null
 * @param lock over the claim, for the database's own looking
 * @param exclusivelyHeld whether whoever has the lock has stopped the workloads for it
 * @param inspection the Job that looks at the volume for the present {@link #key}; while a recovery
 *     is under way, the one that carries it out
 * @param migrations of this database
 * @param siblings migrations of other databases that a workload of this one uses too
 * @param backups verified ones of this database, newest first
 * @param lastBackup the newest of this database that succeeded, verified or not
 * @param admit template that somebody lets in on the present schema
 * @param abandoned workloads that are still stopped by a run that exists no more
 * @param bootstrap the restore onto an empty claim, while {@link Bootstrap#pending} wants one
 * @param deleting whether the database is being deleted: only what has begun is ended then
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
    Optional<String> admit,
    List<WorkloadRef> abandoned,
    Optional<Restore> bootstrap,
    boolean deleting) {

  private static final String ABANDONED = "+";

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
        admit,
        abandoned,
        bootstrap,
        deleting);
  }

  /**
   * A DatabaseRestore of this database.
   *
   * @param succeeded empty: it has not ended
   * @param reason of its last condition; null: it has not said anything yet
   * @param backup id of what it chose; null: nothing yet
   */
  public record Restore(
      String name, Optional<Boolean> succeeded, String reason, String message, String backup) {}

  /**
   * @param ready at its present generation
   * @param currentVersion null: not known
   * @param midway a run of it has stopped the workloads: what its status says of the version may be
   *     about to change
   * @param undone templates that ran on a version which was undone since
   * @param last the run that can be undone, which made the database what it is
   */
  public record Migration(
      String name,
      String stream,
      boolean ready,
      String currentVersion,
      boolean midway,
      List<String> undone,
      Optional<EndedRun> last) {}

  /**
   * A DatabaseBackup.
   *
   * @param preMigration it has the database as it was before the run
   * @param schemaVersion null: none applied
   */
  public record Backup(
      String name, String createdAt, boolean preMigration, String runId, String schemaVersion) {}

  /**
   * What a look at the volume is good for. A run that was given up may have left it half done, so
   * its being gone is a reason to look again, too.
   */
  String key(String claimUid) {
    String key = inspectionKey(claimUid, generation, requestedAt);
    String runs =
        volume.workloads().stream()
            .filter(workload -> abandoned.contains(workload.ref()))
            .flatMap(workload -> workload.heldBy().stream())
            .distinct()
            .sorted()
            .collect(Collectors.joining(","));
    return runs.isEmpty() ? key : key + ABANDONED + runs;
  }

  /** Whether the last look was for the present key, or for it and for runs that are ended since. */
  boolean lookedAt(String claimUid) {
    return lookedAt(status.inspectionKey(), claimUid);
  }

  /**
   * @param looked what the last look was for; null: there was none
   */
  boolean lookedAt(String looked, String claimUid) {
    String key = key(claimUid);
    return looked != null && (looked.equals(key) || looked.startsWith(key + ABANDONED));
  }

  /** What was looked for: another key is a reason to look again. */
  public static String inspectionKey(
      String claimUid, long generation, Optional<String> requestedAt) {
    return claimUid + ":" + generation + ":" + requestedAt.orElse("");
  }
}
