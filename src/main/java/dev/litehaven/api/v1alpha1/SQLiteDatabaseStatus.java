package dev.litehaven.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/**
 * What is true of a database.
 *
 * @param schemaVersion newest applied version of the first file, by its history tool
 * @param app which image of the app ran on which schema version, newest first
 * @param operation who holds the volume; null: nobody
 * @param nextAction what a human should do; null: nothing
 * @param lastBackup newest DatabaseBackup that succeeded, read back or not
 * @param inspectedAt RFC 3339, when the volume was last looked at
 * @param recovery of what a run left half done that is no more; null: none is under way
 * @param downgrade image that wants in and is known on an older schema only; null: none does
 * @param bootstrapped what became of spec.bootstrap; null: nothing yet
 */
public record SQLiteDatabaseStatus(
    @Default("-1") Long observedGeneration,
    @Size(max = 16) List<Condition> conditions,
    String identity,
    String claimUid,
    String schemaVersion,
    String historyTool,
    @Size(max = 32) List<FileStatus> files,
    @Size(max = MAX_WORKLOADS) List<WorkloadStatus> workloads,
    @Size(max = MAX_APP_VERSIONS)
        @JsonPropertyDescription(
            "Which image of the app has run on which schema version of the database, newest first.")
        List<AppVersion> app,
    Operation operation,
    @Size(max = 253) String lastBackup,
    String lastBackupTime,
    @Size(max = 253) String lastVerifiedBackup,
    String lastVerifiedBackupTime,
    @Size(max = 1024) String nextAction,
    Long highestEpoch,
    String inspectedAt,
    String inspectionKey,
    String lastHandledRequest,
    Recovery recovery,
    Downgrade downgrade,
    Bootstrapped bootstrapped) {
  public static final int MAX_WORKLOADS = 16;
  public static final int MAX_APP_VERSIONS = 20;

  public SQLiteDatabaseStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
    files = files == null ? List.of() : List.copyOf(files);
    workloads = workloads == null ? List.of() : List.copyOf(workloads);
    app = app == null ? List.of() : List.copyOf(app);
  }

  /** Never null, also when there is no database, or none that was looked at. */
  public static SQLiteDatabaseStatus of(SQLiteDatabase database) {
    return database == null || database.getStatus() == null ? unobserved() : database.getStatus();
  }

  /** Before anything was looked at. */
  public static SQLiteDatabaseStatus unobserved() {
    return new SQLiteDatabaseStatus(
        -1L, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null, null, null, null, null, null);
  }

  /** The same state of things, told anew. */
  public SQLiteDatabaseStatus with(long generation, List<Condition> told) {
    return new SQLiteDatabaseStatus(
        generation,
        told,
        identity,
        claimUid,
        schemaVersion,
        historyTool,
        files,
        workloads,
        app,
        operation,
        lastBackup,
        lastBackupTime,
        lastVerifiedBackup,
        lastVerifiedBackupTime,
        nextAction,
        highestEpoch,
        inspectedAt,
        inspectionKey,
        lastHandledRequest,
        recovery,
        downgrade,
        bootstrapped);
  }

  /**
   * @param restore DatabaseRestore that puts a backup onto the claim; null: none was needed
   * @param backup id of the backup; null: none was restored
   * @param reason how it ended; null: it goes on
   * @param completedAt RFC 3339; null: it goes on, and the app waits at the gate
   */
  public record Bootstrapped(
      @Size(max = 253) String restore,
      @Size(max = 253) String backup,
      @Size(max = 64) String reason,
      String completedAt) {}

  /**
   * @param groupWritable whether its group may write it: that lets a runner in where nobody mounts
   *     the claim and the file is root's
   */
  public record FileStatus(
      String name,
      String path,
      Long sizeBytes,
      String journalMode,
      String schemaVersion,
      String historyTool,
      Integer tables,
      Long ownerUid,
      Long ownerGid,
      Boolean groupWritable,
      String problem,
      @Size(max = 1024) String message) {
    /** One that nobody has seen. */
    public static FileStatus unseen(String name, String path, String problem, String message) {
      return new FileStatus(
          name, path, null, null, null, null, null, null, null, null, problem, message);
    }
  }

  /**
   * @param method {@code Hold} or {@code Scale}
   * @param admittedTemplate template hash whose pods were last let in
   * @param held why pods wait at the gate; null: none do
   */
  public record WorkloadStatus(
      String kind,
      String name,
      String method,
      String admittedTemplate,
      @Size(max = 1024) String held) {}

  /**
   * One image of the app on one schema version. An image that stays while the schema changes has an
   * entry for each version.
   *
   * @param workload kind and name, {@code Deployment/shop}
   * @param template hash of the pod template that ran last with it
   * @param image of the container that mounts the claim, as the template names it
   * @param imageDigest what the node ran under that name; null: not known
   * @param schemaVersion of the database; null: none applied
   * @param requiresSchema what the template asked for; null: nothing
   * @param since RFC 3339, when a pod of it was first seen ready on that version
   * @param backup DatabaseBackup with the database as this image left it when a migration moved on;
   *     null: none has, or it has no verified one
   */
  public record AppVersion(
      @Size(max = 320) @JsonPropertyDescription("Kind and name, as Deployment/shop.")
          String workload,
      @Size(max = 253)
          @JsonPropertyDescription("Hash of the pod template that last ran with this image.")
          String template,
      @Size(max = 1024)
          @JsonPropertyDescription(
              "Image of the container that mounts the claim, as the pod template names it.")
          String image,
      @Size(max = 1024) @JsonPropertyDescription("What the node ran under that name.")
          String imageDigest,
      @Size(max = 256)
          @JsonPropertyDescription("Schema version of the database then; absent: none applied.")
          String schemaVersion,
      @Size(max = 256)
          @JsonPropertyDescription(
              "Schema version that the template asked for (litehaven.dev/requires-schema).")
          String requiresSchema,
      @JsonPropertyDescription("When a pod of it was first seen ready on that version.")
          String since,
      @Size(max = 253)
          @JsonPropertyDescription(
              "DatabaseBackup with the database as this image left it when a migration moved on.")
          String backup) {}

  /**
   * @param exclusive the run has stopped the workloads: until they start again, the admission
   *     policy keeps every pod but the run's own off the claim
   */
  public record Operation(
      String holder, String runId, Long epoch, String since, Boolean exclusive) {}

  /**
   * How far the recovery of a volume is.
   *
   * @param run that was found half done on the volume; workloads are stopped in its name
   * @param id of the recovery itself, which its pods carry
   * @param step where it is
   * @param since RFC 3339, when it came there
   * @param attempt of the runner, from 1
   * @param live what is in place, {@code old} or {@code new}; null: not known yet
   * @param key what was known when it stopped for a human; something else is a reason to go on
   * @param reason of the closed list, why the last attempt was in vain; null: it was not
   */
  public record Recovery(
      @Size(max = 63) String run,
      @Size(max = 63) String id,
      @Size(max = 16) String step,
      String since,
      Integer attempt,
      String live,
      String key,
      String reason,
      @Size(max = 1024) String message) {}

  /**
   * An image that wants in and is known on an older schema only.
   *
   * @param workload kind and name, {@code Deployment/shop}
   * @param template that is held
   * @param schemaVersion that the image ran on last; null: none applied
   * @param backup DatabaseBackup with the database of then; null: none is known
   * @param migration whose last run led away from that version; null: going back takes more than
   *     undoing the last run
   * @param run that one
   * @param written whether anything was written since that run; null: not known yet
   * @param rowsLost that came or went since; -1: not counted, null: not known yet
   * @param message what was written since, in words
   * @param countedAt RFC 3339
   */
  public record Downgrade(
      @Size(max = 320) String workload,
      @Size(max = 253) String template,
      @Size(max = 1024) String image,
      @Size(max = 256) String schemaVersion,
      @Size(max = 253) String backup,
      @Size(max = 253) String migration,
      @Size(max = 63) String run,
      Boolean written,
      Long rowsLost,
      @Size(max = 1024) String message,
      String countedAt) {}
}
