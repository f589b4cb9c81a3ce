package dev.litehaven.runner.swap;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The parts of the protocol that a run and its recovery have in common. Each may be repeated. */
final class SwapSteps {
  private SwapSteps() {}

  /**
   * From COMMIT to DONE. Leases are held on all live names.
   *
   * @throws RefusedException LIVE_WRITER or FENCED, before the first rename only
   */
  static Intent forward(SwapVolume volume, Intent intent, List<Member> members) throws IOException {
    var pending = new ArrayList<Member>();
    for (Member member : members) {
      if (member.liveIsBefore()) {
        pending.add(member);
      }
    }
    if (intent.isSet()) {
      // All of them before the first rename: else one file is old and usable, another new.
      for (Member member : pending) {
        Header.bury(member.lease().handle());
      }
    }
    requireHeld(volume, members);
    for (Member member : pending) {
      volume.ops().rename(member.copy(), member.live());
    }
    syncDirectories(volume, intent);
    for (Member member : pending) {
      if (!member.lease().intact()) {
        // Who waits to open the old file since just before the rename must not get to write to it.
        Header.bury(member.lease().handle());
      }
    }
    return volume.store().write(intent.at(Intent.State.DONE));
  }

  /** From COPYING, UNDO, or COMMIT before any rename, to UNDONE. */
  static Intent undo(SwapVolume volume, Intent intent, List<Member> members) throws IOException {
    for (Member member : members) {
      requireUndoable(member);
    }
    var undoing = volume.store().write(intent.at(Intent.State.UNDO));
    if (intent.isSet()) {
      for (Member member : members) {
        unbury(volume, member);
      }
    }
    for (Member member : members) {
      remove(volume, member.copy());
      for (Path sidecar : Intent.sidecars(member.copy())) {
        remove(volume, sidecar);
      }
      remove(volume, member.old());
    }
    syncDirectories(volume, intent);
    return volume.store().write(undoing.at(Intent.State.UNDONE));
  }

  private static void requireUndoable(Member member) throws IOException {
    member.requireAt(member.live(), member.file().before());
    if (member.exists(member.old())) {
      member.requireAt(member.old(), member.file().before());
    }
  }

  /** Takes a tombstone off the live file. Without one no lease is needed: nothing is written. */
  private static void unbury(SwapVolume volume, Member member) throws IOException {
    if (member.lease() == null) {
      try (var file = volume.ops().openToRead(member.live())) {
        if (!Header.isTombstone(file)) {
          file.fsync(); // it may have been taken off, and not yet be off durably
          return;
        }
      }
      member.takeLease();
    }
    Header.raise(member.lease().handle(), member.file().before());
  }

  /** Refuses when a later attempt took over, or when somebody waits to open a live file. */
  static void requireHeld(SwapVolume volume, List<Member> members) throws IOException {
    volume.requireNotFenced();
    for (Member member : members) {
      member.lease().requireIntact(volume);
    }
  }

  static void syncDirectories(SwapVolume volume, Intent intent) throws IOException {
    for (Path directory : intent.directories(volume.root())) {
      volume.ops().fsyncDirectory(directory);
    }
  }

  static void remove(SwapVolume volume, Path path) throws IOException {
    if (volume.ops().stat(path).isPresent()) {
      volume.ops().unlink(path);
    }
  }

  static RefusedException unknownRun(SwapVolume volume, String runId) {
    return new RefusedException(
        Reason.INVALID_REQUEST,
        "The volume "
            + volume.root()
            + " has no record of run "
            + runId
            + "; name a run that swapped here, or restore a backup");
  }
}
