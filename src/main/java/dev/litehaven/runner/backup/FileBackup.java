package dev.litehaven.runner.backup;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.task.BackgroundTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Makes file backups: {@code <root>/<database>/<utc>-<type>-<run>/} with the compressed files of
 * the database and their manifest, which is written last. What this class makes does not count yet:
 * {@link BackupReader} has to read it back first.
 */
public final class FileBackup {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private FileBackup() {}

  /**
   * @param root directory of all backups; made where it is missing
   * @return the manifest's path
   * @throws RefusedException {@link Reason#BACKUP_FAILED} when the copy is no sound database
   * @throws IOException when the target cannot be written; nothing of the backup is left then
   */
  public static Path create(Path root, BackupSubject subject) throws IOException {
    Owner owner = Owner.of(subject.liveFile());
    String id =
        STAMP.format(subject.createdAt())
            + "-"
            + subject.type().slug()
            + "-"
            + subject.run().runId();
    Path directory = root.resolve(subject.name()).resolve(id);
    if (Files.exists(directory)) {
      throw new RefusedException(
          Reason.BACKUP_FAILED,
          directory + " is there already. Wait a second, or move it away, and try again.");
    }
    DurableFiles.createDirectories(directory, owner);
    try {
      return write(directory, id, subject, owner);
    } catch (IOException | RuntimeException e) {
      DurableFiles.deleteTree(directory);
      throw e;
    }
  }

  private static Path write(Path directory, String id, BackupSubject subject, Owner owner)
      throws IOException {
    List<BackupManifest.File> files = new ArrayList<>();
    String sqliteVersion = null;
    for (BackupSubject.Member member : subject.files()) {
      Path artifact = directory.resolve(member.file().name() + ".db.zst");
      BackgroundTask<Zstd.Result> packing =
          BackgroundTask.start("compress", () -> Zstd.compress(member.pristine(), artifact));
      Contents contents;
      try {
        contents =
            Contents.read(
                member.pristine(),
                subject.files().size() == 1
                    ? "The database to back up"
                    : "The file " + member.file().path() + " to back up");
      } finally {
        packing.settle(); // what failed is deleted next
      }
      Zstd.Result packed = packing.await();
      Files.setPosixFilePermissions(artifact, PosixFilePermissions.fromString("rw-r-----"));
      owner.giveTo(artifact);
      sqliteVersion = contents.sqliteVersion();
      files.add(file(member, artifact, contents, packed));
    }
    DurableFiles.syncDirectory(directory);
    Path manifest = directory.resolve(BackupManifest.FILE_NAME);
    DurableFiles.write(manifest, manifest(id, subject, sqliteVersion, files).toBytes(), owner);
    return manifest;
  }

  private static BackupManifest.File file(
      BackupSubject.Member member, Path artifact, Contents contents, Zstd.Result packed) {
    return new BackupManifest.File(
        member.file().name(),
        member.file().path(),
        artifact.getFileName().toString(),
        packed.packedBytes(),
        packed.packedSha256(),
        packed.plainBytes(),
        packed.plainSha256(),
        contents.contentHash(),
        contents.tables());
  }

  private static BackupManifest manifest(
      String id, BackupSubject subject, String sqliteVersion, List<BackupManifest.File> files) {
    return new BackupManifest(
        BackupManifest.FORMAT_VERSION,
        id,
        subject.type(),
        subject.run().databaseIdentity(),
        subject.run().runId(),
        subject.run().epoch(),
        subject.run().migration(),
        DateTimeFormatter.ISO_INSTANT.format(subject.createdAt()),
        subject.schemaVersion(),
        sqliteVersion,
        "zstd",
        files);
  }

  /**
   * Removes what an earlier attempt of a run left that did not replace anything, whole or not.
   * Never called for a run whose database is in place: its backup is the way back.
   */
  public static void discard(Path root, String databaseName, BackupType type, String runId)
      throws IOException {
    for (Path directory : directories(root, databaseName, type, runId)) {
      DurableFiles.deleteTree(directory);
    }
  }

  /** Manifests of a run's finished backups, newest first. */
  public static List<Path> find(Path root, String databaseName, BackupType type, String runId)
      throws IOException {
    return directories(root, databaseName, type, runId).stream()
        .map(directory -> directory.resolve(BackupManifest.FILE_NAME))
        .filter(Files::isRegularFile)
        .toList();
  }

  private static List<Path> directories(
      Path root, String databaseName, BackupType type, String runId) throws IOException {
    Path parent = root.resolve(databaseName);
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    Pattern id = Pattern.compile("\\d{8}T\\d{6}Z-" + Pattern.quote(type.slug() + "-" + runId));
    try (Stream<Path> entries = Files.list(parent)) {
      return entries
          .filter(entry -> id.matcher(entry.getFileName().toString()).matches())
          .sorted(Comparator.reverseOrder())
          .toList();
    }
  }
}
