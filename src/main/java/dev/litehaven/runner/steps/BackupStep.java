package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.BackupType;

/**
 * Backs the database up as it is at one instant and reads the backup back. The application may go
 * on.
 */
final class BackupStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    return Copies.onCopy(
        context,
        (first, copies, scratch) -> {
          ReadBack backup =
              Backups.makeVerified(
                  context, BackupType.MANUAL, context.run().runId(), copies, scratch.directory());
          return Ending.succeeded(
              Reason.SUCCEEDED,
              "The backup "
                  + backup.manifest().id()
                  + " was read back and has every one of "
                  + backup.manifest().rows()
                  + " rows.");
        });
  }
}
