package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.backup.BackupReader;
import dev.litehaven.runner.backup.StoredBackups;
import dev.litehaven.runner.backup.StoredBackups.Stored;
import dev.litehaven.runner.store.BackupStore;

/** Says which finished backups of an identity lie in a place, newest first. Reads none back. */
final class ListStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    int listed = 0;
    int damaged = 0;
    try (BackupStore store = Places.of(context, null)) {
      for (Stored stored :
          context.phase("list", "Listing the backups", () -> StoredBackups.all(store))) {
        if (!stored.finished()) {
          continue;
        }
        try {
          context.found(
              BackupReader.describe(store, stored.manifestKey(), context.backupSharesVolume()));
          listed++;
        } catch (RefusedException e) {
          if (e.reason() != Reason.BACKUP_DAMAGED) {
            throw e;
          }
          context.say(e.getMessage());
          damaged++;
        }
      }
    }
    return Ending.succeeded(
        Reason.SUCCEEDED,
        "There are "
            + listed
            + " backups of "
            + Places.identity(context)
            + "."
            + (damaged == 0 ? "" : " The manifests of " + damaged + " more cannot be relied on."));
  }
}
