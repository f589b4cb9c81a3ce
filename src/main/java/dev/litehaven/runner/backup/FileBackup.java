package dev.litehaven.runner.backup;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.backup.Artifacts.Packed;
import dev.litehaven.runner.store.BackupStore;
import dev.litehaven.runner.store.BackupStore.Upload;
import dev.litehaven.runner.store.DirectoryStore;
import dev.litehaven.runner.task.BackgroundTask;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Makes file backups: {@code <database>/<utc>-<type>-<run>/} in a store, with the compressed files
 * of the database and their manifest, which is written last. What this class makes does not count
 * yet: {@link BackupReader} has to read it back first.
 */
public final class FileBackup {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private FileBackup() {}

  /**
   * @return the manifest's key
   * @throws RefusedException {@link Reason#CORRUPT} when the copy is no sound database
   * @throws IOException when the store cannot be written; nothing of the backup is left then
   */
  public static String create(BackupStore store, BackupSubject subject, Seal seal)
      throws IOException {
    String id =
        STAMP.format(subject.createdAt())
            + "-"
            + subject.type().slug()
            + "-"
            + subject.run().runId();
    String directory = subject.name() + "/" + id + "/";
    if (!store.list(directory).isEmpty()) {
      throw new RefusedException(
          Reason.BACKUP_FAILED,
          store.describe(directory)
              + " is there already. Wait a second, or move it away, and try again.");
    }
    try {
      return write(store, directory, id, subject, seal);
    } catch (IOException | RuntimeException e) {
      try {
        StoredBackups.remove(store, directory);
      } catch (IOException | RuntimeException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
  }

  private static String write(
      BackupStore store, String directory, String id, BackupSubject subject, Seal seal)
      throws IOException {
    List<BackupManifest.File> files = new ArrayList<>();
    String sqliteVersion = null;
    for (BackupSubject.Member member : subject.files()) {
      String artifact = artifact(member.file().name() + ".db", seal);
      Contents contents = member.contents();
      Packed packed;
      if (contents == null) {
        BackgroundTask<Packed> packing =
            BackgroundTask.start(
                "compress", () -> pack(store, directory + artifact, member.pristine(), seal));
        try {
          contents = Contents.read(member.pristine(), what(subject, member));
        } finally {
          packing.settle(); // what failed is removed next
        }
        packed = packing.await();
      } else {
        packed = pack(store, directory + artifact, member.pristine(), seal);
      }
      sqliteVersion = contents.sqliteVersion();
      files.add(file(member, artifact, contents, packed));
    }
    BackupManifest.Companions companions =
        subject.companions() == null
            ? null
            : subject.companions().pack(store, directory, artifact(Companions.NAME, seal), seal);
    String key = directory + BackupManifest.FILE_NAME;
    byte[] manifest = manifest(id, subject, sqliteVersion, seal, files, companions).toBytes();
    try (Upload upload = store.create(key)) {
      upload.write(manifest);
      upload.finish();
    }
    return key;
  }

  private static String artifact(String name, Seal seal) {
    return name + Artifacts.SUFFIX + (seal.encrypts() ? Artifacts.ENCRYPTED_SUFFIX : "");
  }

  /** How a member is called in messages. */
  static String what(BackupSubject subject, BackupSubject.Member member) {
    return subject.files().size() == 1
        ? "The database to back up"
        : "The file " + member.file().path() + " to back up";
  }

  private static Packed pack(BackupStore store, String key, Path plain, Seal seal)
      throws IOException {
    try (InputStream in = Files.newInputStream(plain);
        Upload upload = store.create(key)) {
      Packed packed = Artifacts.pack(Artifacts.of(in), upload, seal);
      upload.finish();
      return packed;
    }
  }

  private static BackupManifest.File file(
      BackupSubject.Member member, String artifact, Contents contents, Packed packed) {
    return new BackupManifest.File(
        member.file().name(),
        member.file().path(),
        artifact,
        packed.packedBytes(),
        packed.packedSha256(),
        packed.plainBytes(),
        packed.plainSha256(),
        contents.contentHash(),
        contents.tables());
  }

  private static BackupManifest manifest(
      String id,
      BackupSubject subject,
      String sqliteVersion,
      Seal seal,
      List<BackupManifest.File> files,
      BackupManifest.Companions companions) {
    return new BackupManifest(
        BackupManifest.FORMAT_VERSION,
        id,
        subject.type(),
        subject.run().databaseIdentity(),
        subject.run().runId(),
        subject.run().epoch(),
        subject.run().migration(),
        DateTimeFormatter.ISO_INSTANT.format(subject.createdAt()),
        subject.history() == null ? null : subject.history().version(),
        sqliteVersion,
        subject.history() == null ? null : subject.history().tool(),
        "zstd",
        seal.encrypts()
            ? new BackupManifest.Encryption(BackupManifest.Encryption.AGE, seal.recipients())
            : null,
        files,
        companions);
  }

  /**
   * Removes what an earlier attempt of a run left that did not replace anything, whole or not.
   * Never called for a run whose database is in place: its backup is the way back.
   */
  public static void discard(BackupStore store, String databaseName, BackupType type, String runId)
      throws IOException {
    StoredBackups.removeRun(store, databaseName, type, runId);
  }

  /** The same where they are in a directory. */
  public static void discard(Path root, String databaseName, BackupType type, String runId)
      throws IOException {
    try (var store = new DirectoryStore(root, null)) {
      discard(store, databaseName, type, runId);
    }
  }

  /** Keys of the manifests of a run's finished backups, newest first. */
  public static List<String> find(
      BackupStore store, String databaseName, BackupType type, String runId) throws IOException {
    return StoredBackups.ofRun(store, databaseName, type, runId).stream()
        .filter(StoredBackups.Stored::finished)
        .map(StoredBackups.Stored::manifestKey)
        .toList();
  }

  /** The manifests themselves where they are in a directory. */
  public static List<Path> find(Path root, String databaseName, BackupType type, String runId)
      throws IOException {
    try (var store = new DirectoryStore(root, null)) {
      return find(store, databaseName, type, runId).stream().map(root::resolve).toList();
    }
  }
}
