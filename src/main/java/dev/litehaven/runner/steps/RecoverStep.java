package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.SwapReport;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.swap.Recovery;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Finishes or undoes what an earlier run left half done. */
final class RecoverStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    try (SwapVolume volume = context.openVolume()) {
      Optional<SwapReport> recovered =
          context.phase(
              "recover", "Finishing or undoing what is half done", () -> Recovery.recover(volume));
      new StoredReports(context.root()).reconcile(volume);
      recovered.ifPresent(context::found);
      // Whoever asks for a run wants to know what is in place, also when it had ended by itself.
      if (context.request().targetRunId() != null) {
        tell(context, volume, context.targetRun());
      }
      return Ending.succeeded(
          Reason.SUCCEEDED,
          recovered
              .map(
                  swap ->
                      "An unfinished run was brought to its end ("
                          + swap.state()
                          + "): the "
                          + swap.live()
                          + " database is in place, whole.")
              .orElse("There was nothing to recover."));
    }
  }

  private static void tell(StepContext context, SwapVolume volume, String runId)
      throws IOException {
    Optional<SwapReport> known = volume.report(runId);
    known.ifPresent(context::found);
    if (BackFromBackup.done(context, volume)) {
      context.found(new SwapReport("ROLLED_BACK", "old", false, -1));
      Backups.mention(context, List.of(BackupType.FAILED_STATE), context.run().runId());
      return;
    }
    if (known.filter(swap -> swap.state().equals("DONE")).isPresent()) {
      Backups.mention(context, BackupType.WAYS_BACK, runId);
    }
  }
}
