package dev.litehaven.runner.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is known of one backup, as its {@code manifest.json} has it: all files of the database, as
 * of one instant. It is written last, so a directory without one is no backup.
 *
 * @param id also the name of the backup's directory
 * @param sqliteVersion that wrote this manifest's hashes
 * @param historyTool whose history {@code schemaVersion} is from; null: none was found
 * @param encryption null: the artifacts are not encrypted
 * @param files in the database's order
 * @param companions files beside the database that belong to the same state; null: none were asked
 *     for
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
    String historyTool,
    String compression,
    Encryption encryption,
    List<File> files,
    Companions companions) {
  static final int FORMAT_VERSION = 3;
  static final String FILE_NAME = "manifest.json";

  /** A backup outlives the release that made it: the first format had one file, without a list. */
  private static final int ONE_FILE_FORMAT = 1;

  /** Nothing was encrypted then, and there were no companions. */
  private static final int PLAIN_FORMAT = 2;

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

  /**
   * With which tool, and to whom. Each of the recipients alone can decrypt.
   *
   * @param recipients {@code age1...}
   */
  public record Encryption(String method, List<String> recipients) {
    static final String AGE = "age";

    public Encryption {
      recipients = recipients == null ? List.of() : List.copyOf(recipients);
    }
  }

  /**
   * The companion files, as one tar.
   *
   * @param artifact file name beside the manifest
   * @param contentHash over names, modes and content of all of them; not when they were written
   */
  public record Companions(
      String artifact,
      long artifactBytes,
      String artifactSha256,
      long tarBytes,
      String tarSha256,
      int files,
      String contentHash) {}

  /** Rows and content hash of one table. */
  public record Table(String name, long rows, String contentHash) {}

  public long rows() {
    return files.stream().mapToLong(File::rows).sum();
  }

  public boolean encrypted() {
    return encryption != null;
  }

  /** One hash of all that it has: the same for the same content, wherever and whenever. */
  public String contentHash() {
    return contentHash(files, companions == null ? null : companions.contentHash());
  }

  /**
   * The one hash before there is a manifest.
   *
   * @param contents by the names of the files
   * @param companions their hash; null: none
   */
  public static String contentHash(
      Map<String, Contents> contents, String companions, List<DatabaseFile> files) {
    return contentHash(
        files.stream()
            .map(
                file ->
                    new File(
                        file.name(),
                        file.path(),
                        null,
                        0,
                        null,
                        0,
                        null,
                        contents.get(file.name()).contentHash(),
                        null))
            .toList(),
        companions);
  }

  private static String contentHash(List<File> files, String companions) {
    if (files.size() == 1 && companions == null) {
      return files.getFirst().contentHash();
    }
    var lines = new StringBuilder();
    for (File file : files) {
      lines.append(file.contentHash()).append("  ").append(file.name()).append('\n');
    }
    if (companions != null) {
      lines.append(companions).append("  companions/\n");
    }
    return Sha256.of(lines.toString());
  }

  /** Of the artifact; of several, of what {@code LC_ALL=C sha256sum *.zst*} prints. */
  public String sha256() {
    if (files.size() == 1 && companions == null) {
      return files.getFirst().artifactSha256();
    }
    SortedMap<String, String> sums = new TreeMap<>();
    files.forEach(file -> sums.put(file.artifact(), file.artifactSha256()));
    if (companions != null) {
      sums.put(companions.artifact(), companions.artifactSha256());
    }
    var lines = new StringBuilder();
    sums.forEach((artifact, sum) -> lines.append(sum).append("  ").append(artifact).append('\n'));
    return Sha256.of(lines.toString());
  }

  /** Of all artifacts together. */
  public long artifactBytes() {
    return files.stream().mapToLong(File::artifactBytes).sum()
        + (companions == null ? 0 : companions.artifactBytes());
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
    } else if (manifest instanceof ObjectNode plain
        && plain.path("formatVersion").asInt() == PLAIN_FORMAT) {
      plain.put("formatVersion", FORMAT_VERSION);
    }
    return JSON.treeToValue(manifest, BackupManifest.class);
  }
}
