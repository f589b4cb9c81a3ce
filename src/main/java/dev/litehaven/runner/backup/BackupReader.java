package dev.litehaven.runner.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.Sha256;
import dev.litehaven.runner.backup.BackupManifest.File;
import dev.litehaven.runner.backup.BackupManifest.Table;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads backups back. A backup counts only after this: decompressed, compared byte by byte through
 * its hash, opened, checked, and every table's rows and content compared with the manifest. The
 * outcome is kept beside the manifest in {@code verified.json}, which names the manifest it is
 * about by its hash, so that neither can be exchanged for another.
 */
public final class BackupReader {
  private static final String VERIFIED = "verified.json";
  private static final JsonMapper JSON = new JsonMapper();

  private BackupReader() {}

  /**
   * @param restored the uncompressed files by name; the caller's to use and to delete
   */
  public record ReadBack(BackupManifest manifest, Path manifestPath, Map<String, Path> restored) {
    public ReadBack {
      restored = Map.copyOf(restored);
    }

    public BackupRecord record(Path root, boolean sameVolume) {
      return BackupReader.record(manifest, manifestPath, root, sameVolume, true);
    }
  }

  private record Verified(String manifestSha256, String verifiedAt) {}

  /**
   * @param scratch directory in which the files are restored, as {@code restored-<name>.db}; none
   *     may exist
   * @throws RefusedException {@link Reason#BACKUP_FAILED} when anything differs, {@link
   *     Reason#CORRUPT} when what was backed up is itself damaged; the restored files are gone then
   *     and the backup does not count as verified any more: it counts whole or not at all
   */
  public static ReadBack readBack(Path manifestPath, Path scratch, Instant now) throws IOException {
    byte[] bytes = read(manifestPath);
    BackupManifest manifest = parse(manifestPath, bytes);
    Map<String, Path> restored = new LinkedHashMap<>();
    try {
      for (File file : manifest.files()) {
        Path target = scratch.resolve("restored-" + file.name() + ".db");
        restored.put(file.name(), target);
        compareBytes(manifestPath, file, target);
        compareContent(manifestPath, manifest, file, target);
      }
    } catch (RefusedException e) {
      remove(restored);
      Files.deleteIfExists(manifestPath.resolveSibling(VERIFIED));
      throw e;
    } catch (IOException | RuntimeException e) {
      remove(restored);
      throw e;
    }
    DurableFiles.write(
        manifestPath.resolveSibling(VERIFIED),
        JSON.writeValueAsBytes(
            new Verified(Sha256.of(bytes), DateTimeFormatter.ISO_INSTANT.format(now))),
        Owner.of(manifestPath));
    return new ReadBack(manifest, manifestPath, restored);
  }

  private static void remove(Map<String, Path> restored) throws IOException {
    for (Path file : restored.values()) {
      Files.deleteIfExists(file);
    }
  }

  /** What the manifest says and whether this very manifest was verified. Nothing is read back. */
  public static BackupRecord describe(Path manifestPath, Path root, boolean sameVolume)
      throws IOException {
    byte[] bytes = read(manifestPath);
    boolean verified =
        verifiedHash(manifestPath).map(hash -> hash.equals(Sha256.of(bytes))).orElse(false);
    return record(parse(manifestPath, bytes), manifestPath, root, sameVolume, verified);
  }

  private static Optional<String> verifiedHash(Path manifestPath) throws IOException {
    try {
      byte[] bytes = Files.readAllBytes(manifestPath.resolveSibling(VERIFIED));
      return Optional.ofNullable(JSON.readValue(bytes, Verified.class).manifestSha256());
    } catch (NoSuchFileException | JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static void compareBytes(Path manifestPath, File file, Path scratch) throws IOException {
    Path artifact = manifestPath.resolveSibling(file.artifact());
    if (!Files.isRegularFile(artifact)) {
      throw failed(manifestPath, "its file " + file.artifact() + " is missing");
    }
    long size = Files.size(artifact);
    if (size != file.artifactBytes()) {
      throw failed(
          manifestPath,
          String.format(
              "%s has %d bytes where the manifest says %d",
              file.artifact(), size, file.artifactBytes()));
    }
    Zstd.Result restored;
    try {
      restored = Zstd.decompress(artifact, scratch);
    } catch (com.github.luben.zstd.ZstdIOException e) {
      throw failed(
          manifestPath, file.artifact() + " cannot be decompressed (" + e.getMessage() + ")");
    }
    if (!restored.packedSha256().equals(file.artifactSha256())) {
      throw failed(manifestPath, file.artifact() + " does not have the manifest's SHA-256");
    }
    if (restored.plainBytes() != file.databaseBytes()
        || !restored.plainSha256().equals(file.databaseSha256())) {
      throw failed(manifestPath, "the decompressed database is not the one that was backed up");
    }
  }

  private static void compareContent(
      Path manifestPath, BackupManifest manifest, File file, Path scratch) throws IOException {
    Contents contents = Contents.check(scratch, "The backup " + manifestPath);
    String of = manifest.files().size() == 1 ? "" : file.name() + ".";
    Map<String, Table> expected = new HashMap<>();
    file.tables().forEach(table -> expected.put(table.name(), table));
    for (Table table : contents.tables()) {
      if (!table.equals(expected.remove(table.name()))) {
        throw failed(manifestPath, "the table " + of + table.name() + " differs from the manifest");
      }
    }
    if (!expected.isEmpty()) {
      throw failed(manifestPath, "it lacks the tables " + of + List.copyOf(expected.keySet()));
    }
    if (!contents.contentHash().equals(file.contentHash())) {
      throw failed(
          manifestPath, "the content hash of " + file.name() + " differs from the manifest");
    }
  }

  private static byte[] read(Path manifestPath) throws IOException {
    try {
      return Files.readAllBytes(manifestPath);
    } catch (NoSuchFileException e) {
      throw failed(manifestPath, "there is no manifest, so it was never finished");
    }
  }

  private static BackupManifest parse(Path manifestPath, byte[] bytes) {
    BackupManifest manifest;
    try {
      manifest = BackupManifest.parse(bytes);
    } catch (JsonProcessingException e) {
      throw failed(manifestPath, "the manifest cannot be read: " + e.getOriginalMessage());
    }
    if (manifest == null || manifest.formatVersion() != BackupManifest.FORMAT_VERSION) {
      throw failed(manifestPath, "the manifest's format is not one this release knows");
    }
    // The id is in the directory's name, so a manifest of another backup is recognised.
    Path directory = manifestPath.toAbsolutePath().normalize().getParent();
    if (!directory.getFileName().toString().equals(manifest.id())) {
      throw failed(manifestPath, "the manifest belongs to the backup " + manifest.id());
    }
    Set<String> artifacts = new HashSet<>();
    for (File file : manifest.files()) {
      if (file.name() == null
          || file.name().contains("/")
          || file.artifact() == null
          || file.artifact().contains("/")
          || !artifacts.add(file.artifact())) {
        throw failed(manifestPath, "the manifest does not name each file beside it once");
      }
    }
    if (artifacts.isEmpty()) {
      throw failed(manifestPath, "the manifest names no file beside it");
    }
    return manifest;
  }

  private static BackupRecord record(
      BackupManifest manifest, Path manifestPath, Path root, boolean sameVolume, boolean verified) {
    List<File> files = manifest.files();
    return new BackupRecord(
        manifest.id(),
        manifest.type().text(),
        files.getFirst().name(),
        files.stream().map(File::name).toList(),
        root.relativize(manifestPath).toString(),
        files.stream().mapToLong(File::artifactBytes).sum(),
        files.stream().mapToLong(File::databaseBytes).sum(),
        files.size() == 1 ? files.getFirst().artifactSha256() : Sha256.of(sums(files)),
        files.size() == 1 ? files.getFirst().contentHash() : Sha256.of(contents(files)),
        manifest.rows(),
        manifest.schemaVersion(),
        verified,
        sameVolume,
        manifest.createdAt());
  }

  /** As {@code sha256sum *.zst} prints it, so that anybody can compare. */
  private static String sums(List<File> files) {
    return files.stream()
        .sorted(Comparator.comparing(File::artifact))
        .map(file -> file.artifactSha256() + "  " + file.artifact() + "\n")
        .collect(Collectors.joining());
  }

  private static String contents(List<File> files) {
    return files.stream()
        .map(file -> file.contentHash() + "  " + file.name() + "\n")
        .collect(Collectors.joining());
  }

  private static RefusedException failed(Path manifestPath, String what) {
    return new RefusedException(
        Reason.BACKUP_FAILED,
        "The backup "
            + manifestPath.toAbsolutePath().getParent()
            + " cannot be relied on: "
            + what
            + ". The database itself was not touched; make a new backup, and look at the storage"
            + " that holds this one.");
  }
}
