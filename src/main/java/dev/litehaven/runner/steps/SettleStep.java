package dev.litehaven.runner.steps;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.backup.BackupReader;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.FileBackup;
import dev.litehaven.runner.restore.CompanionFiles;
import dev.litehaven.runner.swap.Settle;
import dev.litehaven.runner.swap.SwapVolume;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Removes the database that a swap or a rollback has kept beside the live one. From then on the
 * backup is all there is of it, so there must be a verified one.
 */
final class SettleStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    String runId = context.targetRun();
    BackupRecord backup;
    try (SwapVolume volume = context.openVolume()) {
      backup = settle(context, volume, runId);
    }
    context.found(backup);
    return Ending.succeeded(
        Reason.SUCCEEDED,
        "What the run kept is gone; the verified backup " + backup.id() + " has it.");
  }

  /**
   * Clears up after earlier runs that could not do it themselves. What has no verified backup, or
   * was written to since, stays: that is no reason not to go on.
   */
  static void settleEarlier(StepContext context, SwapVolume volume) throws Exception {
    for (String runId : volume.unsettledRuns()) {
      if (runId.equals(context.run().runId())) {
        continue;
      }
      try {
        settle(context, volume, runId);
      } catch (RefusedException e) {
        context.say("What run " + runId + " kept stays: " + e.getMessage());
      }
    }
  }

  private static BackupRecord settle(StepContext context, SwapVolume volume, String runId)
      throws Exception {
    boolean rolledBack =
        volume.report(runId).filter(swap -> swap.state().equals("ROLLED_BACK")).isPresent();
    BackupRecord backup =
        verifiedBackup(
            context, runId, rolledBack ? List.of(BackupType.FAILED_STATE) : BackupType.WAYS_BACK);
    context.phase(
        "settle",
        "Removing what run " + runId + " kept",
        () -> {
          Settle.settle(volume, runId);
          new CompanionFiles(context.root(), runId).settle();
        });
    return backup;
  }

  private static BackupRecord verifiedBackup(
      StepContext context, String runId, List<BackupType> types) throws Exception {
    Path root = context.backupRoot();
    for (BackupType type : types) {
      for (Path manifest : FileBackup.find(root, context.firstFile().name(), type, runId)) {
        BackupRecord record = BackupReader.describe(manifest, root, context.backupSharesVolume());
        if (record.verified()) {
          return record;
        }
      }
    }
    throw new RefusedException(
        Reason.BACKUP_FAILED,
        "There is no verified "
            + types.stream().map(BackupType::text).collect(Collectors.joining(" or "))
            + " backup of run "
            + runId
            + " in "
            + root
            + ", so what the run kept stays where it is. Name the backups' directory that the run"
            + " used.");
  }
}
