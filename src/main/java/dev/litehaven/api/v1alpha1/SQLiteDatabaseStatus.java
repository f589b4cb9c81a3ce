package dev.litehaven.api.v1alpha1;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/**
 * What is true of a database.
 *
 * @param schemaVersion newest applied version of the first file, by its history tool
 * @param operation who holds the volume; null: nobody
 * @param nextAction what a human should do; null: nothing
 * @param inspectedAt RFC 3339, when the volume was last looked at
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
    Operation operation,
    String lastVerifiedBackup,
    String lastVerifiedBackupTime,
    @Size(max = 1024) String nextAction,
    Long highestEpoch,
    String inspectedAt,
    String inspectionKey,
    String lastHandledRequest) {
  public static final int MAX_WORKLOADS = 16;

  public SQLiteDatabaseStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
    files = files == null ? List.of() : List.copyOf(files);
    workloads = workloads == null ? List.of() : List.copyOf(workloads);
  }

  /** Before anything was looked at. */
  public static SQLiteDatabaseStatus unobserved() {
    return new SQLiteDatabaseStatus(
        -1L, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null);
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
        operation,
        lastVerifiedBackup,
        lastVerifiedBackupTime,
        nextAction,
        highestEpoch,
        inspectedAt,
        inspectionKey,
        lastHandledRequest);
  }

  public record FileStatus(
      String name,
      String path,
      Long sizeBytes,
      String journalMode,
      String schemaVersion,
      String historyTool,
      Integer tables,
      Long ownerUid,
      String problem,
      @Size(max = 1024) String message) {}

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
   * @param exclusive the run has stopped the workloads: until they start again, the admission
   *     policy keeps every pod but the run's own off the claim
   */
  public record Operation(
      String holder, String runId, Long epoch, String since, Boolean exclusive) {}
}
