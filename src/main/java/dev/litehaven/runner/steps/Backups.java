package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.runner.backup.BackupReader;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.BackupSubject;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.FileBackup;
import java.io.IOException;
import java.nio.file.Path;

/** Backups as steps make them: written, read back, and only then mentioned. */
final class Backups {
  private Backups() {}

  /**
   * @param runId the run whose way back this is
   * @param pristine a closed, private copy without sidecars
   * @param restoreTo where the read-back leaves the database; the caller's to delete
   */
  static ReadBack makeVerified(
      StepContext context,
      BackupType type,
      String runId,
      Path pristine,
      String schemaVersion,
      Path restoreTo)
      throws Exception {
    DatabaseFile file = context.file();
    var subject =
        new BackupSubject(
            type,
            new RunRef(
                runId,
                context.run().databaseIdentity(),
                context.run().claimUid(),
                context.run().epoch(),
                context.run().migration()),
            file,
            context.root().resolve(file.path()),
            schemaVersion,
            context.backupSharesVolume(),
            context.now());
    Path root = context.backupRoot();
    Path manifest =
        context.phase(
            "backup",
            "Backing up " + file.path(),
            () -> FileBackup.create(pristine, root, subject));
    try {
      ReadBack readBack =
          context.phase(
              "readBack",
              "Reading the backup back",
              () -> BackupReader.readBack(manifest, restoreTo, context.now()));
      context.found(readBack.record(root, context.backupSharesVolume()));
      return readBack;
    } catch (Exception e) {
      discard(context, type, runId);
      throw e;
    }
  }

  /** Puts a run's finished backups into the report, as they are. */
  static void mention(StepContext context, BackupType type, String runId) throws IOException {
    Path root = context.backupRoot();
    context.forgetBackups();
    for (Path manifest : FileBackup.find(root, context.file().name(), type, runId)) {
      context.found(BackupReader.describe(manifest, root, context.backupSharesVolume()));
    }
  }

  /** Removes what was backed up for a run, because nothing was replaced after all. */
  static void discard(StepContext context, BackupType type, String runId) throws IOException {
    FileBackup.discard(context.backupRoot(), context.file().name(), type, runId);
    context.forgetBackups();
  }
}
