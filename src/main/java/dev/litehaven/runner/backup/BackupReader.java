package dev.litehaven.runner.backup;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.backup.Artifacts.Packed;
import dev.litehaven.runner.backup.BackupManifest.File;
import dev.litehaven.runner.backup.BackupManifest.Table;
import dev.litehaven.runner.store.BackupStore;
import dev.litehaven.runner.store.DirectoryStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads backups back from where they lie. A backup counts only after this: decrypted, decompressed,
 * compared byte by byte through its hash, opened, checked, and every table's rows and content
 * compared with the manifest. The outcome is kept beside the manifest in {@code verified.json},
 * which names the manifest it is about by its hash, so that neither can be exchanged for another.
 */
public final class BackupReader {
  static final String VERIFIED = "verified.json";
  private static final JsonMapper JSON = new JsonMapper();

  private final BackupStore store;
  private final Seal seal;
  private final Path scratch;
  private final Depth depth;
  private final boolean fetching;

  /**
   * How closely one looks, beyond that every byte is the one that was backed up.
   *
   * @param integrity whether indexes are checked against their tables, too
   * @param contents whether rows and content of every table are compared with the manifest
   */
  public record Depth(boolean integrity, boolean contents) {
    /** The bytes are those of a database that SQLite can read. */
    public static final Depth QUICK = new Depth(false, false);

    /** Also that the manifest says the truth; what a backup is used for at once. */
    public static final Depth CONTENTS = new Depth(false, true);

    public static final Depth FULL = new Depth(true, true);
  }

  /**
   * @param scratch directory in which the files are restored; none of them may exist
   */
  public BackupReader(BackupStore store, Seal seal, Path scratch, Depth depth) {
    this(store, seal, scratch, depth, false);
  }

  private BackupReader(BackupStore store, Seal seal, Path scratch, Depth depth, boolean fetching) {
    this.store = store;
    this.seal = seal;
    this.scratch = scratch;
    this.depth = depth;
    this.fetching = fetching;
  }

  /**
   * The same, for files that are going to be used: each is forced to disk before it is looked at.
   * Its bytes are compared with the manifest's hash of the plain file; the hash of the artifact
   * says nothing more about them, and is left to {@link #verify}.
   */
  public BackupReader fetching() {
    return new BackupReader(store, seal, scratch, depth, true);
  }

  /**
   * @param key the manifest's
   * @param restored the plain files by name; the caller's to use and to delete
   * @param companions the tar of companion files; null: there are none
   */
  public record ReadBack(
      BackupManifest manifest, String key, Map<String, Path> restored, Path companions) {
    public ReadBack {
      restored = Map.copyOf(restored);
    }

    public BackupRecord record(boolean sameVolume) {
      return BackupReader.record(manifest, key, sameVolume, true);
    }

    /** Deletes what was restored. */
    public void delete() throws IOException {
      for (Path file : restored.values()) {
        Files.deleteIfExists(file);
      }
      if (companions != null) {
        Files.deleteIfExists(companions);
      }
    }
  }

  private record Verified(String manifestSha256, String verifiedAt) {}

  /** The name that a restored file gets. */
  @FunctionalInterface
  public interface Naming {
    Naming RESTORED = name -> "restored-" + name;

    String of(String name);
  }

  /**
   * Reads back and remembers the outcome in the store.
   *
   * @throws RefusedException {@link Reason#BACKUP_DAMAGED} when anything differs, {@link
   *     Reason#CORRUPT} when what was backed up is itself damaged: then the backup does not count
   *     as verified any more. {@link Reason#DECRYPTION_FAILED} when there is no key for it, and
   *     reasons of the store: they say nothing about the backup. The restored files are gone in
   *     each case
   */
  public ReadBack verify(String key, Instant now) throws IOException {
    ManifestFile manifest = ManifestFile.read(store, key);
    ReadBack back;
    try {
      back = readBack(manifest, Naming.RESTORED);
    } catch (RefusedException e) {
      if (e.reason() == Reason.BACKUP_DAMAGED || e.reason() == Reason.CORRUPT) {
        store.delete(manifest.sibling(VERIFIED));
      }
      throw e;
    }
    store.replace(
        manifest.sibling(VERIFIED),
        JSON.writeValueAsBytes(
            new Verified(manifest.sha256(), DateTimeFormatter.ISO_INSTANT.format(now))));
    return back;
  }

  private ReadBack readBack(ManifestFile from, Naming naming) throws IOException {
    ReadBack back = restore(from, naming);
    check(from, back);
    return back;
  }

  /**
   * The first half of reading back: the files as they were, by their bytes. {@link #check} has to
   * follow before they are relied on.
   */
  public ReadBack restore(String key, Naming naming) throws IOException {
    return restore(ManifestFile.read(store, key), naming);
  }

  private ReadBack restore(ManifestFile from, Naming naming) throws IOException {
    BackupManifest manifest = from.manifest();
    Map<String, Path> restored = new LinkedHashMap<>();
    BackupManifest.Companions with = manifest.companions();
    Path companions = with == null ? null : scratch.resolve(naming.of(Companions.NAME));
    boolean whole = false;
    try {
      requireArtifacts(from);
      for (File file : manifest.files()) {
        Path target = scratch.resolve(naming.of(file.name() + ".db"));
        restored.put(file.name(), target);
        compareBytes(
            from,
            file.artifact(),
            target,
            new Packed(
                file.databaseBytes(),
                file.databaseSha256(),
                file.artifactBytes(),
                file.artifactSha256()));
      }
      if (with != null) {
        compareBytes(
            from,
            with.artifact(),
            companions,
            new Packed(
                with.tarBytes(), with.tarSha256(), with.artifactBytes(), with.artifactSha256()));
      }
      whole = true;
      return new ReadBack(manifest, from.key(), restored, companions);
    } finally {
      if (!whole) {
        new ReadBack(manifest, from.key(), restored, companions).delete();
      }
    }
  }

  /**
   * The second half: what the restored files say is what the manifest says.
   *
   * @throws RefusedException as {@link #verify} does; the restored files are gone then
   */
  public void check(ReadBack back) throws IOException {
    check(
        new ManifestFile(back.key(), ManifestFile.where(store, back.key()), back.manifest(), null),
        back);
  }

  private void check(ManifestFile from, ReadBack back) throws IOException {
    boolean sound = false;
    try {
      for (File file : from.manifest().files()) {
        compareContent(from, file, back.restored().get(file.name()));
      }
      sound = true;
    } finally {
      if (!sound) {
        back.delete();
      }
    }
  }

  /** What is missing or cut short is seen before anything is read. */
  private void requireArtifacts(ManifestFile from) throws IOException {
    Map<String, Long> sizes = new HashMap<>();
    store.list(from.sibling("")).forEach(object -> sizes.put(object.key(), object.size()));
    for (File file : from.manifest().files()) {
      requireArtifact(from, sizes, file.artifact(), file.artifactBytes());
    }
    BackupManifest.Companions with = from.manifest().companions();
    if (with != null) {
      requireArtifact(from, sizes, with.artifact(), with.artifactBytes());
    }
  }

  private static void requireArtifact(
      ManifestFile from, Map<String, Long> sizes, String artifact, long expected) {
    Long size = sizes.get(from.sibling(artifact));
    if (size == null) {
      throw from.damaged("its file " + artifact + " is missing");
    }
    if (size != expected) {
      throw from.damaged(
          "%s has %d bytes where the manifest says %d".formatted(artifact, size, expected));
    }
  }

  private void compareBytes(ManifestFile from, String artifact, Path target, Packed expected)
      throws IOException {
    Packed read;
    try (InputStream packed = store.open(from.sibling(artifact));
        FileChannel out =
            FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        OutputStream plain = fetching ? new EarlyFlush(out) : Channels.newOutputStream(out)) {
      read = Artifacts.unpack(packed, plain, from.manifest().encrypted(), seal, !fetching);
      if (fetching) {
        out.force(true);
      }
    } catch (NoSuchFileException e) {
      throw from.damaged("its file " + artifact + " is missing");
    } catch (Artifacts.DamagedException e) {
      throw from.damaged(artifact + ": " + e.getMessage());
    } catch (Age.NotForUs e) {
      throw noKey(from);
    }
    if (!fetching && !read.packedSha256().equals(expected.packedSha256())) {
      throw from.damaged(artifact + " does not have the manifest's SHA-256");
    }
    if (!read.samePlain(expected) || read.packedBytes() != expected.packedBytes()) {
      throw from.damaged("what " + artifact + " holds is not what was backed up");
    }
  }

  private RefusedException noKey(ManifestFile from) {
    return new RefusedException(
        Reason.DECRYPTION_FAILED,
        "The backup %s is encrypted to %s, and %s. It was left as it is. Name the Secret with one of their keys in the location's encryption."
            .formatted(
                from.where(),
                String.join(", ", from.manifest().encryption().recipients()),
                seal.opensOlder()
                    ? "the key at hand is none of theirs"
                    : "there is no key at hand"));
  }

  private void compareContent(ManifestFile from, File file, Path restored) throws IOException {
    String what = "The backup " + from.where();
    if (!depth.contents()) {
      Contents.requireSound(restored, what, depth.integrity());
      return;
    }
    Contents contents = Contents.check(restored, what, depth.integrity());
    String of = from.manifest().files().size() == 1 ? "" : file.name() + ".";
    Map<String, Table> expected = new HashMap<>();
    file.tables().forEach(table -> expected.put(table.name(), table));
    for (Table table : contents.tables()) {
      if (!table.equals(expected.remove(table.name()))) {
        throw from.damaged("the table " + of + table.name() + " differs from the manifest");
      }
    }
    if (!expected.isEmpty()) {
      throw from.damaged("it lacks the tables " + of + List.copyOf(expected.keySet()));
    }
    if (!contents.contentHash().equals(file.contentHash())) {
      throw from.damaged("the content hash of " + file.name() + " differs from the manifest");
    }
  }

  /** What the manifest says and whether this very manifest was verified. Nothing is read back. */
  public static BackupRecord describe(BackupStore store, String key, boolean sameVolume)
      throws IOException {
    ManifestFile manifest = ManifestFile.read(store, key);
    boolean verified =
        verifiedHash(store, manifest).map(hash -> hash.equals(manifest.sha256())).orElse(false);
    return record(manifest.manifest(), key, sameVolume, verified);
  }

  /** How much room the restored files of a backup take, as its manifest has it. */
  public static long plainBytes(BackupStore store, String key) throws IOException {
    BackupManifest manifest = ManifestFile.read(store, key).manifest();
    return manifest.files().stream().mapToLong(File::databaseBytes).sum()
        + (manifest.companions() == null ? 0 : manifest.companions().tarBytes());
  }

  /** The same where it lies in a directory. */
  public static BackupRecord describe(Path manifest, Path root, boolean sameVolume)
      throws IOException {
    try (var store = new DirectoryStore(root, null)) {
      return describe(store, root.relativize(manifest).toString(), sameVolume);
    }
  }

  private static Optional<String> verifiedHash(BackupStore store, ManifestFile manifest)
      throws IOException {
    Optional<byte[]> bytes = store.read(manifest.sibling(VERIFIED));
    try {
      return bytes.isEmpty()
          ? Optional.empty()
          : Optional.ofNullable(JSON.readValue(bytes.get(), Verified.class).manifestSha256());
    } catch (IOException e) {
      return Optional.empty(); // whatever it is, it verifies nothing
    }
  }

  private static BackupRecord record(
      BackupManifest manifest, String key, boolean sameVolume, boolean verified) {
    List<File> files = manifest.files();
    return new BackupRecord(
        manifest.id(),
        manifest.type().text(),
        files.getFirst().name(),
        files.stream().map(File::name).toList(),
        key,
        manifest.artifactBytes(),
        files.stream().mapToLong(File::databaseBytes).sum(),
        manifest.sha256(),
        manifest.contentHash(),
        manifest.rows(),
        manifest.schemaVersion(),
        verified,
        sameVolume,
        manifest.createdAt(),
        manifest.encrypted(),
        manifest.companions() == null ? 0 : manifest.companions().files());
  }
}
