package dev.litehaven.runner.swap;

import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.SwapReport;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Finishes or undoes what an earlier run left half done. Every run begins with it, and it may
 * itself be interrupted and repeated any number of times.
 */
public final class Recovery {
  private Recovery() {}

  /**
   * @return how the unfinished run ended; empty when there was none
   * @throws RefusedException DIVERGED both files were written to, or one is there that nobody
   *     knows: nothing was deleted, a human decides. LIVE_WRITER, DATABASE_LOCKED somebody uses a
   *     file: nothing was changed, try again when it is stopped
   */
  public static Optional<SwapReport> recover(SwapVolume volume) throws IOException {
    var found = volume.store().unfinished();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    var intent = found.get();
    var members = Member.of(volume, intent);
    try {
      // What a killed process did may be visible and yet vanish with the next power loss.
      volume.store().resync(intent);
      SwapSteps.syncDirectories(volume, intent);
      var end =
          switch (intent.state()) {
            case COPYING -> SwapSteps.undo(volume, intent, members);
            case UNDO ->
                intent.places()
                    ? Placement.undo(volume, intent, members)
                    : SwapSteps.undo(volume, intent, members);
            case PLACING -> Placement.undo(volume, intent, members);
            case PLACE -> Placement.forward(volume, intent, members);
            case COMMIT -> recoverCommit(volume, intent, members);
            case ROLLBACK -> recoverRollback(volume, intent, members);
            case DONE, UNDONE, ROLLED_BACK -> intent;
          };
      return Optional.of(end.report(false));
    } catch (IOException | RuntimeException e) {
      throw Refusals.translate(e, volume.root());
    } finally {
      Member.closeAll(members);
    }
  }

  private static Intent recoverCommit(SwapVolume volume, Intent intent, List<Member> members)
      throws IOException {
    lease(members);
    boolean renamed = false;
    boolean oldWritten = false;
    boolean newWritten = false;
    for (Member member : members) {
      var file = member.file();
      renamed |= member.liveIsAfter();
      oldWritten |= !member.onBefore(file.before()::sameContent);
      newWritten |= !member.onAfter(member.copy(), file.after()::sameContent);
    }
    if (oldWritten && (newWritten || renamed)) {
      throw members
          .getFirst()
          .diverged(
              "Run "
                  + intent.runId()
                  + " was interrupted, and both its old and its new files were written to since");
    }
    return oldWritten
        ? SwapSteps.undo(volume, intent, members)
        : SwapSteps.forward(volume, intent, members);
  }

  private static Intent recoverRollback(SwapVolume volume, Intent intent, List<Member> members)
      throws IOException {
    lease(members);
    return Rollback.finish(volume, intent, members);
  }

  private static void lease(List<Member> members) throws IOException {
    for (Member member : members) {
      member.requireLiveKnown();
    }
    for (Member member : members) {
      member.takeLease();
    }
  }
}
