package dev.litehaven.runner.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What is known of one backup, as its {@code manifest.json} has it: all files of the database, as
 * of one instant. It is written last, so a directory without one is no backup.
 *
 * @param id also the name of the backup's directory
 * @param sqliteVersion that wrote this manifest's hashes
 * @param files in the database's order
 */
public record BackupManifest(
    int formatVersion,
    String id,
    BackupType type,
    String databaseIdentity,
    String runId,
    long epoch,
    String migration,
    String createdAt,
    String schemaVersion,
    String sqliteVersion,
    String compression,
    List<File> files) {
  static final int FORMAT_VERSION = 2;
  static final String FILE_NAME = "manifest.json";

  /** A backup outlives the release that made it: the first format had one file, without a list. */
  private static final int ONE_FILE_FORMAT = 1;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  public BackupManifest {
    files = files == null ? List.of() : List.copyOf(files);
  }

  /**
   * One file of the database.
   *
   * @param livePath relative to its volume
   * @param artifact file name beside the manifest
   * @param artifactSha256 of the compressed file
   * @param databaseSha256 of the uncompressed file
   * @param contentHash over all tables; survives VACUUM, page size and journal mode
   */
  public record File(
      String name,
      String livePath,
      String artifact,
      long artifactBytes,
      String artifactSha256,
      long databaseBytes,
      String databaseSha256,
      String contentHash,
      List<Table> tables) {
    public File {
      tables = tables == null ? List.of() : List.copyOf(tables);
    }

    public long rows() {
      return tables.stream().mapToLong(Table::rows).sum();
    }
  }

  /** Rows and content hash of one table. */
  public record Table(String name, long rows, String contentHash) {}

  public long rows() {
    return files.stream().mapToLong(File::rows).sum();
  }

  public File file(String name) {
    return files.stream().filter(file -> file.name().equals(name)).findFirst().orElseThrow();
  }

  byte[] toBytes() {
    try {
      return JSON.writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest must be writable as JSON", e);
    }
  }

  static BackupManifest parse(byte[] bytes) throws JsonProcessingException {
    JsonNode manifest = JSON.readTree(new String(bytes, StandardCharsets.UTF_8));
    if (manifest instanceof ObjectNode one
        && one.path("formatVersion").asInt() == ONE_FILE_FORMAT
        && !one.has("files")) {
      ObjectNode file = one.deepCopy();
      file.set("name", one.get("databaseName"));
      one.putArray("files").add(file);
      one.put("formatVersion", FORMAT_VERSION);
    }
    return JSON.treeToValue(manifest, BackupManifest.class);
  }
}
