package dev.litehaven.protocol;

import java.util.List;

/**
 * One file backup as its manifest has it: of all files of a database, as of one instant.
 *
 * @param id unique within the backup directory
 * @param type why it was made, as DatabaseBackup has it, for example {@code Scheduled}
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
 * @param encrypted whether a key is needed to read it
 * @param companions how many companion files are in it
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
    String createdAt,
    boolean encrypted,
    int companions) {
  /** A backup that is not encrypted, of database files only. */
  public BackupRecord(
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
    this(
        id,
        type,
        databaseName,
        files,
        manifestPath,
        sizeBytes,
        databaseBytes,
        sha256,
        contentHash,
        rows,
        schemaVersion,
        verified,
        sameVolume,
        createdAt,
        false,
        0);
  }

  public BackupRecord {
    files = files == null ? List.of() : List.copyOf(files);
  }
}
