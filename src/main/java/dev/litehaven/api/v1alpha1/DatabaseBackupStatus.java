package dev.litehaven.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/**
 * What is true of a backup. Times are RFC 3339.
 *
 * @param verified whether it was read back, opened and compared; only then it counts
 * @param size for humans, for example {@code 12.4 MiB}
 * @param sha256 of the artifact
 * @param contentHash over the content of all tables, independent of page layout
 * @param createdAt the instant whose state it holds
 * @param verifiedAt when it was last read back
 * @param artifact where it lies; null: nothing was written, or {@code spec.file} says it
 * @param sameAs the backup that has this very content, where nothing was written
 * @param run what is being done; null: nothing
 */
public record DatabaseBackupStatus(
    @Default("-1") Long observedGeneration,
    @Size(max = 16) List<Condition> conditions,
    Boolean verified,
    String size,
    Long sizeBytes,
    Long databaseBytes,
    String sha256,
    String contentHash,
    Long rows,
    String schemaVersion,
    String createdAt,
    Boolean sameFailureDomain,
    String verifiedAt,
    String completedAt,
    @Size(max = 320) String identity,
    Artifact artifact,
    @Size(max = 253)
        @JsonPropertyDescription(
            "The backup with the same content; nothing was written for this one.")
        String sameAs,
    Run run,
    @Size(max = 1024) String lastHandledRequest) {
  public DatabaseBackupStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }

  /** Of a record of what an operation has made. */
  public DatabaseBackupStatus(
      Long observedGeneration,
      List<Condition> conditions,
      Boolean verified,
      String size,
      Long sizeBytes,
      Long databaseBytes,
      String sha256,
      String contentHash,
      Long rows,
      String schemaVersion,
      String createdAt,
      Boolean sameFailureDomain) {
    this(
        observedGeneration,
        conditions,
        verified,
        size,
        sizeBytes,
        databaseBytes,
        sha256,
        contentHash,
        rows,
        schemaVersion,
        createdAt,
        sameFailureDomain,
        Boolean.TRUE.equals(verified) ? createdAt : null,
        createdAt,
        null,
        null,
        null,
        null,
        null);
  }

  /** Before anything was done. */
  public static DatabaseBackupStatus unobserved() {
    return new DatabaseBackupStatus(
        -1L, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null, null, null);
  }

  /** The same state of things, told anew. */
  public DatabaseBackupStatus with(long generation, List<Condition> told) {
    return new DatabaseBackupStatus(
        generation,
        told,
        verified,
        size,
        sizeBytes,
        databaseBytes,
        sha256,
        contentHash,
        rows,
        schemaVersion,
        createdAt,
        sameFailureDomain,
        verifiedAt,
        completedAt,
        identity,
        artifact,
        sameAs,
        run,
        lastHandledRequest);
  }

  /**
   * Where the artifact of a backup that was carried out lies.
   *
   * @param locationRef name of the BackupLocation; null: on a claim, as the others say
   * @param directory on the claim
   * @param path of the manifest, relative to directory or to the location
   * @param id of the backup, unique there
   * @param volumeSnapshotName null: it is a file
   */
  public record Artifact(
      @Size(max = 253) String locationRef,
      @Size(max = 253) String claimName,
      @Size(max = 512) String directory,
      @Size(max = 1024) String path,
      @Size(max = 253) String id,
      @Size(max = 253) String volumeSnapshotName) {}

  /**
   * @param step Backup, Snapshot, ReadBack or Prune
   * @param epoch fencing token; null: the step needs none
   * @param attempt from 1
   */
  public record Run(
      @Size(max = 63) String id,
      @Size(max = 63) String step,
      Integer attempt,
      Long epoch,
      @Size(max = 63) String claimUid,
      String startedAt) {}
}
