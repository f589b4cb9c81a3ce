package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.runner.backup.BackupReader;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.BackupSubject;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.FileBackup;
import dev.litehaven.runner.sqlite.HistoryFormats;
import dev.litehaven.runner.sqlite.HistoryInfo;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.SqliteErrors;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
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
    var subject =
        new BackupSubject(
            type,
            new RunRef(
                runId,
                context.run().databaseIdentity(),
                context.run().claimUid(),
                context.run().epoch(),
                context.run().migration()),
            context.files().stream()
                .map(file -> new BackupSubject.Member(file, pristine.get(file.name())))
                .toList(),
            context.live(context.firstFile()),
            schemaVersion(pristine.get(context.firstFile().name())),
            context.backupSharesVolume(),
            context.now());
    Path root = context.backupRoot();
    Path manifest =
        context.phase(
            "backup", "Backing up " + context.paths(), () -> FileBackup.create(root, subject));
    try {
      ReadBack readBack =
          context.phase(
              "readBack",
              "Reading the backup back",
              () -> BackupReader.readBack(manifest, scratch, context.now()));
      context.found(readBack.record(root, context.backupSharesVolume()));
      return readBack;
    } catch (Exception e) {
      discard(context, type, runId);
      throw e;
    }
  }

  private static String schemaVersion(Path pristine) throws IOException {
    try (Connection connection = Sqlite.openImmutable(pristine)) {
      return HistoryFormats.detect(connection).map(HistoryInfo::version).orElse(null);
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
