package dev.litehaven.runner.steps;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.inspect.VolumeInspector;
import dev.litehaven.runner.sqlite.Sidecars;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The database on a volume that was made from a snapshot. Nobody else uses it, so SQLite may do
 * there what the application would on its next start: roll a hot journal back, replay a write-ahead
 * log. It is mounted where the workload has its volume, since a super-journal is known by its
 * absolute path.
 */
final class SnapshotVolume {
  private final BackupTarget.Snapshot snapshot;
  private final Path root;
  private final List<DatabaseFile> files;

  private SnapshotVolume(BackupTarget.Snapshot snapshot, Path root, List<DatabaseFile> files) {
    this.snapshot = snapshot;
    this.root = root;
    this.files = files;
  }

  /**
   * Nothing is opened yet.
   *
   * @throws RefusedException what a look at the volume would give for one of the files; {@link
   *     Reason#FILE_NOT_FOUND} there is no database on it; {@link Reason#BACKUP_DAMAGED} it was
   *     taken in the middle of a replacement
   */
  static SnapshotVolume open(StepContext context) throws IOException {
    BackupTarget.Snapshot snapshot = context.request().backup().snapshot();
    Path root = SwapVolume.root(Path.of(snapshot.directory()));
    String unfinished = SwapVolume.inspect(root).unfinishedRun();
    if (unfinished != null) {
      throw new RefusedException(
          Reason.BACKUP_DAMAGED,
          "VolumeSnapshot %s was taken while run %s was replacing the database, so what is in it is half of each. Nothing was changed. Take another snapshot, or make a claim from this one and let litehaven recover finish the run there."
              .formatted(snapshot.name(), unfinished));
    }
    List<DatabaseFile> files = context.request().files();
    if (files.isEmpty()) {
      files = found(root, context.request().excludePatterns());
    }
    if (files.isEmpty()) {
      throw new RefusedException(
          Reason.FILE_NOT_FOUND,
          "There is no SQLite database in VolumeSnapshot %s. Look at which volume it is of."
              .formatted(snapshot.name()));
    }
    for (DatabaseFile file : files) {
      VolumeInspector.requireUsable(root, file);
    }
    return new SnapshotVolume(snapshot, root, files);
  }

  private static List<DatabaseFile> found(Path root, List<String> excludePatterns)
      throws IOException {
    return VolumeInspector.inspect(root, List.of(), excludePatterns).report().files().stream()
        .filter(file -> file.problem() == null)
        .map(file -> new DatabaseFile(file.name(), file.path()))
        .toList();
  }

  String name() {
    return snapshot.name();
  }

  /** RFC 3339. */
  String takenAt() {
    return snapshot.takenAt();
  }

  List<DatabaseFile> files() {
    return files;
  }

  Path path(DatabaseFile file) {
    return root.resolve(file.path());
  }

  /** Of the files as they are, without what is still in their write-ahead logs. */
  long bytes() throws IOException {
    long bytes = 0;
    for (DatabaseFile file : files) {
      bytes += Files.size(path(file));
    }
    return bytes;
  }

  /** For messages. */
  String words(DatabaseFile file) {
    return "The file %s of VolumeSnapshot %s".formatted(file.path(), snapshot.name());
  }

  /** Brings all files to rest: what belongs to them is in them, and nothing is beside them. */
  void settle() throws IOException {
    // All of them before any is read: a journal of one may say what becomes of another.
    for (DatabaseFile file : files) {
      Sidecars.absorb(path(file), words(file));
    }
  }
}
