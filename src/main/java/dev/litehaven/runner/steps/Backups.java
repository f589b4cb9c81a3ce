package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.runner.backup.BackupReader;
import dev.litehaven.runner.backup.BackupReader.Depth;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.BackupSubject;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.Companions;
import dev.litehaven.runner.backup.Contents;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.backup.FileBackup;
import dev.litehaven.runner.backup.Seal;
import dev.litehaven.runner.sqlite.HistoryFormats;
import dev.litehaven.runner.sqlite.HistoryInfo;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.SqliteErrors;
import dev.litehaven.runner.store.BackupStore;
import dev.litehaven.runner.store.DirectoryStore;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Backups as steps make them: written, read back, and only then mentioned. */
final class Backups {
  private Backups() {}

  /**
   * @param runId the run whose way back this is
   * @param pristine closed, private copies without sidecars, by the names of their files
   * @param scratch where the read-back leaves the files; the caller's to delete
   */
  static ReadBack makeVerified(
      StepContext context, BackupType type, String runId, Map<String, Path> pristine, Path scratch)
      throws Exception {
    return makeVerified(context, type, runId, pristine, null, scratch);
  }

  /**
   * @param companions that are backed up with it; null: none
   */
  static ReadBack makeVerified(
      StepContext context,
      BackupType type,
      String runId,
      Map<String, Path> pristine,
      Companions companions,
      Path scratch)
      throws Exception {
    Owner owner = Owner.of(context.live(context.firstFile()));
    // Not watched: a rollback that was carried out is not left without its backup any more.
    try (var store = new DirectoryStore(context.backupRoot(), owner)) {
      return makeVerified(
          context,
          store,
          subject(context, type, runId, pristine, Map.of(), companions),
          Depth.CONTENTS,
          scratch);
    }
  }

  /**
   * @param contents what is known already of the files' contents
   */
  static BackupSubject subject(
      StepContext context,
      BackupType type,
      String runId,
      Map<String, Path> pristine,
      Map<String, Contents> contents,
      Companions companions)
      throws IOException {
    return subject(context, type, runId, pristine, contents, companions, context.now());
  }

  /**
   * @param takenAt the instant whose state it is
   */
  static BackupSubject subject(
      StepContext context,
      BackupType type,
      String runId,
      Map<String, Path> pristine,
      Map<String, Contents> contents,
      Companions companions,
      Instant takenAt)
      throws IOException {
    return new BackupSubject(
        type,
        new RunRef(
            runId,
            context.run().databaseIdentity(),
            context.run().claimUid(),
            context.run().epoch(),
            context.run().migration()),
        context.files().stream()
            .map(
                file ->
                    new BackupSubject.Member(
                        file, pristine.get(file.name()), contents.get(file.name())))
            .toList(),
        history(pristine.get(context.firstFile().name())),
        companions,
        takenAt);
  }

  /** A backup that cannot be relied on is removed again; what it was to replace is there still. */
  static ReadBack makeVerified(
      StepContext context, BackupStore store, BackupSubject subject, Depth depth, Path scratch)
      throws Exception {
    Seal seal = Seal.of(context.request().backup().encryption());
    String key =
        context.phase(
            "backup",
            "Backing up " + context.paths(),
            () -> FileBackup.create(store, subject, seal));
    try {
      ReadBack readBack =
          context.phase(
              "readBack",
              "Reading the backup back",
              () -> new BackupReader(store, seal, scratch, depth).verify(key, context.now()));
      context.found(readBack.record(context.backupSharesVolume()));
      return readBack;
    } catch (Exception e) {
      Exception failure = e;
      if (e instanceof RefusedException refused && refused.reason() == Reason.BACKUP_DAMAGED) {
        // One that was made this minute: the place for it failed, or is not to be trusted.
        failure = new RefusedException(Reason.BACKUP_FAILED, e.getMessage(), e);
      }
      try {
        FileBackup.discard(
            store, context.firstFile().name(), subject.type(), subject.run().runId());
        context.forgetBackups();
      } catch (IOException | RuntimeException left) {
        failure.addSuppressed(left);
      }
      throw failure;
    }
  }

  /** Null: it has none that is known. */
  static HistoryInfo history(Path pristine) throws IOException {
    try (Connection connection = Sqlite.openImmutable(pristine)) {
      return HistoryFormats.detect(connection).orElse(null);
    } catch (SQLException e) {
      throw SqliteErrors.refusal(e, Reason.CORRUPT, "What is to be backed up cannot be read");
    }
  }

  /** Puts a run's finished backups into the report, as they are. */
  static void mention(StepContext context, List<BackupType> types, String runId)
      throws IOException {
    Path root = context.backupRoot();
    context.forgetBackups();
    for (BackupType type : types) {
      for (Path manifest : FileBackup.find(root, context.firstFile().name(), type, runId)) {
        context.found(BackupReader.describe(manifest, root, context.backupSharesVolume()));
      }
    }
  }

  /** Removes what was backed up for a run, because nothing was replaced after all. */
  static void discard(StepContext context, BackupType type, String runId) throws IOException {
    FileBackup.discard(context.backupRoot(), context.firstFile().name(), type, runId);
    context.forgetBackups();
  }
}
