package dev.litehaven.runner.swap;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.SwapReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Puts the files of before a run back at their live names, and keeps what the run had made. */
public final class Rollback {
  private Rollback() {}

  /**
   * @param force also when something was written since; the rows written since are then only in the
   *     kept file, {@link SwapVolume#failedFile}
   * @param hasher asked only when bytes differ and the run recorded content hashes; null: bytes
   *     decide
   * @return {@code ROLLED_BACK}, also when it had been rolled back or never swapped in before
   * @throws RefusedException ROLLBACK_NEEDS_DECISION something was written since and {@code force}
   *     is false; INVALID_REQUEST the run is unknown or settled; DIVERGED the old file is not what
   *     it was, or a later run replaced the database: use a backup; LIVE_WRITER, DATABASE_LOCKED
   *     somebody uses it. Nothing was changed then
   */
  public static SwapReport rollback(
      SwapVolume volume, String targetRunId, boolean force, ContentHasher hasher)
      throws IOException {
    Recovery.recover(volume);
    var intent =
        volume
            .store()
            .read(targetRunId)
            .orElseThrow(() -> SwapSteps.unknownRun(volume, targetRunId));
    if (intent.state() != Intent.State.DONE) {
      return intent.report(false);
    }
    if (intent.places()) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "Before run "
              + targetRunId
              + " there was no database here, so there is nothing to put back. Nothing was changed");
    }
    if (intent.settled()) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "Run "
              + targetRunId
              + " is settled: its old files were removed. Restore its pre-migration backup");
    }
    var members = Member.of(volume, intent);
    try {
      return rollback(volume, intent, members, force, hasher);
    } catch (IOException | RuntimeException e) {
      throw Refusals.translate(e, volume.root());
    } finally {
      Member.closeAll(members);
    }
  }

  private static SwapReport rollback(
      SwapVolume volume, Intent intent, List<Member> members, boolean force, ContentHasher hasher)
      throws IOException {
    for (Member member : members) {
      requireWayBack(volume, member);
    }
    boolean written = false;
    for (Member member : members) {
      written |= writtenSince(volume, member, hasher);
    }
    if (written && !force) {
      throw new RefusedException(
          Reason.ROLLBACK_NEEDS_DECISION,
          "Since run "
              + intent.runId()
              + " something was written to its new files, which the old ones do not have. Nothing"
              + " was changed. Roll back by force to give those rows up (they stay in "
              + members.getFirst().file().failedName()
              + "), or migrate forward");
    }
    var files = new ArrayList<Intent.FileIntent>();
    for (Member member : members) {
      files.add(member.file().withFailed(Fingerprint.of(member.lease().handle())));
    }
    // From here the members must know what was recorded; the leases go with them.
    var deciding = intent.with(Intent.State.ROLLBACK, files);
    var held = new ArrayList<Member>();
    for (int i = 0; i < files.size(); i++) {
      held.add(new Member(volume, files.get(i), members.get(i).lease()));
    }
    try {
      return finish(volume, volume.store().write(deciding), held).report(written);
    } catch (IOException | RuntimeException e) {
      if (cancelUnlessRenamed(volume, deciding, held, e)) {
        throw e;
      }
      throw new IOException(
          "The rollback on "
              + volume.root()
              + " stopped half way ("
              + e.getMessage()
              + "). Keep the application stopped; recovery, with which the next run begins, ends it",
          e);
    }
  }

  private static void requireWayBack(SwapVolume volume, Member member) throws IOException {
    var file = member.file();
    if (!member.liveIsAfter()) {
      throw member.diverged(member.live() + " was replaced by something else since that run");
    }
    member.requireAt(member.old(), file.before());
    // A lease here finds whoever still has the old file open from before the swap.
    try (var old = LeasedFile.take(volume, member.old())) {
      if (!file.before().sameContent(old.handle())) {
        throw member.diverged(
            member.old() + " was written to after it had been replaced; use a backup");
      }
    }
  }

  /** Leaves the member leased. Bytes first; what they cannot tell, the content hash does. */
  private static boolean writtenSince(SwapVolume volume, Member member, ContentHasher hasher)
      throws IOException {
    member.takeLease();
    var now = Fingerprint.of(member.lease().handle());
    var file = member.file();
    if (now.sha256().equals(file.after().sha256())) {
      return false;
    }
    if (hasher == null || file.afterContent() == null) {
      return true;
    }
    // SQLite must open the file for this, which the lease forbids; the bytes tell afterwards
    // whether the hash is of what is leased.
    member.close();
    boolean same = hasher.hash(member.live()).equals(file.afterContent());
    member.takeLease();
    if (!now.sameContent(member.lease().handle())) {
      throw new RefusedException(
          Reason.LIVE_WRITER,
          member.live()
              + " was written to while it was being hashed. "
              + SqliteQuiescer.describe(volume.facts().holders(member.live())));
    }
    return !same;
  }

  /**
   * From ROLLBACK to ROLLED_BACK, or back to DONE when the new files were written to since the
   * decision. Leases are held on all live names.
   */
  static Intent finish(SwapVolume volume, Intent intent, List<Member> members) throws IOException {
    var pending = new ArrayList<Member>();
    boolean newWritten = false;
    boolean oldWritten = false;
    for (Member member : members) {
      var file = member.file();
      if (member.liveIsAfter()) {
        pending.add(member);
        newWritten |= !file.failed().sameContent(member.lease().handle());
      }
      oldWritten |= !member.onBefore(file.before()::sameContent);
    }
    if (newWritten && (oldWritten || pending.size() < members.size())) {
      throw members
          .getFirst()
          .diverged(
              "The rollback of run "
                  + intent.runId()
                  + " was interrupted, and both the old and the new files were written to since");
    }
    if (newWritten) {
      return cancel(volume, intent, members);
    }
    for (Member member : members) {
      if (!member.exists(member.failed())) {
        member.requireAt(member.live(), member.file().after());
        volume.ops().link(member.live(), member.failed());
      }
      member.requireAt(member.failed(), member.file().after());
    }
    SwapSteps.syncDirectories(volume, intent);
    if (intent.isSet()) {
      for (Member member : pending) {
        Header.bury(member.lease().handle());
      }
    }
    for (Member member : members) {
      member.onBefore(
          old -> {
            Header.raise(old, member.file().before());
            return null;
          });
    }
    SwapSteps.requireHeld(volume, members);
    for (Member member : members) {
      if (pending.contains(member)) {
        volume.ops().rename(member.old(), member.live());
      } else {
        // Two names of one inode: renaming one over the other would silently do nothing.
        SwapSteps.remove(volume, member.old());
      }
    }
    SwapSteps.syncDirectories(volume, intent);
    for (Member member : members) {
      member.onAfter(
          member.failed(),
          failed -> {
            Header.raise(failed, member.file().failed());
            return null;
          });
    }
    return volume.store().write(intent.at(Intent.State.ROLLED_BACK));
  }

  /** Nothing was renamed: the new files stay, and somebody decides again. */
  private static Intent cancel(SwapVolume volume, Intent intent, List<Member> members)
      throws IOException {
    for (Member member : members) {
      Header.raise(member.lease().handle(), member.file().failed());
    }
    for (Member member : members) {
      if (member.exists(member.failed())) {
        member.requireAt(member.failed(), member.file().after());
        volume.ops().unlink(member.failed());
      }
    }
    SwapSteps.syncDirectories(volume, intent);
    return volume.store().write(intent.at(Intent.State.DONE));
  }

  /** Answers whether nothing is left half done, or what is belongs to a later attempt. */
  private static boolean cancelUnlessRenamed(
      SwapVolume volume, Intent intent, List<Member> members, Exception cause) {
    if (cause instanceof RefusedException r && r.reason() == Reason.FENCED) {
      return true;
    }
    try {
      for (Member member : members) {
        if (!member.liveIsAfter()) {
          return false;
        }
      }
      cancel(volume, intent, members);
      return true;
    } catch (IOException | RuntimeException e) {
      cause.addSuppressed(e);
      return false;
    }
  }
}
