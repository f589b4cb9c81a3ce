package dev.litehaven.operator.run;

import dev.litehaven.operator.naming.Names;
import dev.litehaven.protocol.BackupRecord;
import java.util.Locale;

/** What the DatabaseBackup of a runner's backup is called. */
final class BackupNames {
  private BackupNames() {}

  static String of(String runId, BackupRecord backup) {
    return Names.label(
        runId
            + "-"
            + backup.type().toLowerCase(Locale.ROOT)
            + "-"
            + Names.shortHash(backup.databaseName(), backup.id()));
  }

  static String ofSnapshot(String runId) {
    return Names.label(runId + "-premigration-snapshot");
  }
}
