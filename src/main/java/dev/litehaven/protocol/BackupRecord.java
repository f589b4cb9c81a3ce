package dev.litehaven.protocol;

import java.util.List;

/**
 * One file backup as its manifest has it: of all files of a database, as of one instant.
 *
 * @param id unique within the backup directory
 * @param type {@code PreMigration}, {@code PreRestore}, {@code FailedState} or {@code Manual}
 * @param databaseName of the first file
 * @param files names of all files in it
 * @param manifestPath relative to the backup directory
 * @param sizeBytes of the compressed artifacts
 * @param databaseBytes of the files it holds
 * @param sha256 of the compressed artifact; of several, of what {@code sha256sum *.zst} prints
 * @param contentHash over all tables' content, independent of page layout
 * @param rows over all tables
 * @param verified whether it was read back, decompressed, opened and compared
 * @param createdAt RFC 3339
 */
public record BackupRecord(
    String id,
    String type,
    String databaseName,
    List<String> files,
    String manifestPath,
    long sizeBytes,
    long databaseBytes,
    String sha256,
    String contentHash,
    long rows,
    String schemaVersion,
    boolean verified,
    boolean sameVolume,
    String createdAt) {
  public BackupRecord {
    files = files == null ? List.of() : List.copyOf(files);
  }
}
