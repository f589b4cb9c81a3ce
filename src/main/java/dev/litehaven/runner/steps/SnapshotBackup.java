package dev.litehaven.runner.steps;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.BackupWork;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.runner.backup.BackupManifest;
import dev.litehaven.runner.backup.BackupManifest.Table;
import dev.litehaven.runner.backup.Contents;
import dev.litehaven.runner.restore.FileContent;
import dev.litehaven.runner.restore.Staged;
import dev.litehaven.runner.sqlite.HistoryInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A volume snapshot as a backup: opened to see whether there is a sound database in it, and the
 * source of a restore. Of the volume only the database's files count.
 */
final class SnapshotBackup {
  private SnapshotBackup() {}

  /**
   * Opens every file and reads it whole.
   *
   * @throws dev.litehaven.protocol.RefusedException what is wrong with one of them
   */
  static Step.Ending readBack(StepContext context) throws Exception {
    SnapshotVolume volume = settled(context);
    boolean integrity = context.backups().verification() == BackupWork.Verification.FULL;
    Map<String, Contents> contents = new LinkedHashMap<>();
    for (DatabaseFile file : volume.files()) {
      contents.put(
          file.name(),
          context.phase(
              "check",
              "Reading " + file.path(),
              () -> Contents.check(volume.path(file), volume.words(file), integrity)));
    }
    Path first = volume.path(volume.files().getFirst());
    long rows =
        contents.values().stream()
            .flatMap(one -> one.tables().stream())
            .mapToLong(Table::rows)
            .sum();
    context.found(
        new BackupRecord(
            volume.name(),
            context.backups().type(),
            volume.files().getFirst().name(),
            volume.files().stream().map(DatabaseFile::name).toList(),
            null,
            0,
            volume.bytes(),
            null,
            BackupManifest.contentHash(contents, null, volume.files()),
            rows,
            schemaVersion(first),
            true,
            false,
            volume.takenAt()));
    return Step.Ending.succeeded(
        Reason.SUCCEEDED,
        "VolumeSnapshot %s was opened on a volume of its own and is sound: %d rows."
            .formatted(volume.name(), rows));
  }

  /**
   * Copies every file and checks the copies.
   *
   * @param directory of what is fetched
   * @return what is there now; not written yet
   */
  static Staged fetch(StepContext context, Path directory) throws Exception {
    SnapshotVolume volume = settled(context);
    FetchStep.requireSpace(context.root(), volume.bytes());
    List<Staged.File> files = new ArrayList<>();
    for (DatabaseFile file : volume.files()) {
      Path copy = directory.resolve(Staged.File.fileName(file.name()));
      FileContent copied =
          context.phase(
              "fetch",
              "Copying " + file.path() + " from VolumeSnapshot " + volume.name(),
              () -> FileContent.copy(volume.path(file), copy));
      Contents contents =
          context.phase(
              "check",
              "Checking what was fetched",
              () -> Contents.check(copy, volume.words(file), true));
      files.add(
          new Staged.File(
              file.name(),
              file.path(),
              copied.size(),
              copied.sha256(),
              contents.contentHash(),
              contents.tables()));
    }
    return new Staged(
        volume.name(),
        volume.takenAt(),
        schemaVersion(directory.resolve(files.getFirst().fileName())),
        List.of(),
        files,
        null);
  }

  private static SnapshotVolume settled(StepContext context) throws Exception {
    SnapshotVolume volume =
        context.phase(
            "inspect", "Looking at what the snapshot has", () -> SnapshotVolume.open(context));
    context.phase("settle", "Bringing it to rest", volume::settle);
    return volume;
  }

  private static String schemaVersion(Path settled) throws IOException {
    HistoryInfo history = Backups.history(settled);
    return history == null ? null : history.version();
  }
}
