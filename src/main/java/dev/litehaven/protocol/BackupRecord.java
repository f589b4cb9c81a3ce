package dev.litehaven.protocol;

/**
 * One file backup as its manifest has it.
 *
 * @param id unique within the backup directory
 * @param type {@code PreMigration}, {@code FailedState} or {@code Manual}
 * @param manifestPath relative to the backup directory
 * @param sizeBytes of the compressed artifact
 * @param databaseBytes of the database it holds
 * @param sha256 of the compressed artifact
 * @param contentHash over all tables' content, independent of page layout
 * @param rows over all tables
 * @param verified whether it was read back, decompressed, opened and compared
 * @param createdAt RFC 3339
 */
public record BackupRecord(
    String id,
    String type,
    String databaseName,
    String manifestPath,
    long sizeBytes,
    long databaseBytes,
    String sha256,
    String contentHash,
    long rows,
    String schemaVersion,
    boolean verified,
    boolean sameVolume,
    String createdAt) {}
