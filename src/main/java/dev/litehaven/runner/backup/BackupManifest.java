package dev.litehaven.runner.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What is known of one backup, as its {@code manifest.json} has it. It is written last, so a
 * directory without one is no backup.
 *
 * @param id also the name of the backup's directory
 * @param livePath of the database, relative to its volume
 * @param sqliteVersion that wrote this manifest's hashes
 * @param artifact file name beside the manifest
 * @param artifactSha256 of the compressed file
 * @param databaseSha256 of the uncompressed file
 * @param contentHash over all tables; survives VACUUM, page size and journal mode
 */
public record BackupManifest(
    int formatVersion,
    String id,
    BackupType type,
    String databaseIdentity,
    String databaseName,
    String livePath,
    String runId,
    long epoch,
    String migration,
    String createdAt,
    String schemaVersion,
    String sqliteVersion,
    String artifact,
    String compression,
    long artifactBytes,
    String artifactSha256,
    long databaseBytes,
    String databaseSha256,
    String contentHash,
    List<Table> tables) {
  static final int FORMAT_VERSION = 1;
  static final String FILE_NAME = "manifest.json";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  public BackupManifest {
    tables = tables == null ? List.of() : List.copyOf(tables);
  }

  /** Rows and content hash of one table. */
  public record Table(String name, long rows, String contentHash) {}

  public long rows() {
    return tables.stream().mapToLong(Table::rows).sum();
  }

  byte[] toBytes() {
    try {
      return JSON.writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest must be writable as JSON", e);
    }
  }

  static BackupManifest parse(byte[] bytes) throws JsonProcessingException {
    return JSON.readValue(new String(bytes, StandardCharsets.UTF_8), BackupManifest.class);
  }
}
