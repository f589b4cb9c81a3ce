package dev.litehaven.runner.swap;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.nio.file.Path;

/** Ends a run for good: what it kept beside the live files is removed. */
public final class Settle {
  private Settle() {}

  /**
   * Removes the old files of a run that is DONE, or the failed ones of one that is ROLLED_BACK. The
   * caller has a verified backup of them. The live files are not touched and may be in use.
   * Settling again does nothing.
   *
   * @throws RefusedException DIVERGED a kept file was written to after it had been replaced: rows
   *     that the live file lacks may be in it, so it stays. LIVE_WRITER somebody still has it open.
   *     INVALID_REQUEST the run is unknown, or not finished
   */
  public static void settle(SwapVolume volume, String targetRunId) throws IOException {
    var intent =
        volume
            .store()
            .read(targetRunId)
            .orElseThrow(() -> SwapSteps.unknownRun(volume, targetRunId));
    if (!intent.state().finished()) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "Run " + targetRunId + " is half done (" + intent.state() + "); recover it first");
    }
    if (intent.settled()) {
      return;
    }
    try {
      boolean back = intent.state() == Intent.State.ROLLED_BACK;
      var members = Member.of(volume, intent);
      for (Member member : members) {
        if (back) {
          requireUnchanged(volume, member, member.failed(), member.file().failed());
        } else {
          requireUnchanged(volume, member, member.old(), member.file().before());
        }
      }
      for (Member member : members) {
        SwapSteps.remove(volume, back ? member.failed() : member.old());
      }
      SwapSteps.syncDirectories(volume, intent);
      volume.store().write(intent.asSettled());
      volume.store().prune();
    } catch (IOException | RuntimeException e) {
      throw Refusals.translate(e, volume.root());
    }
  }

  private static void requireUnchanged(
      SwapVolume volume, Member member, Path kept, Fingerprint print) throws IOException {
    if (!member.exists(kept)) {
      return; // an earlier settling got this far
    }
    member.requireAt(kept, print);
    try (var leased = LeasedFile.take(volume, kept)) {
      if (!print.sameContent(leased.handle())) {
        throw member.diverged(
            kept
                + " was written to after it had been replaced; rows may be missing in the live one");
      }
    }
  }
}
