package dev.litehaven.api.v1alpha1;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/**
 * What is true of a backup.
 *
 * @param verified whether it was read back, opened and compared; only then it counts
 * @param size for humans, for example {@code 12.4 MiB}
 * @param sha256 of the artifact
 * @param contentHash over the content of all tables, independent of page layout
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
    Boolean sameFailureDomain) {
  public DatabaseBackupStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
