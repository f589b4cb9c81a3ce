package dev.litehaven.runner.swap;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.SwapReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One replacement of a database's files, from the private copies to the swap. Between {@link
 * #begin} and {@link #commit} the caller backs up and migrates the copies; the live files are
 * leased, and nobody may open them, this process included. Not thread-safe.
 */
public final class SwapSession implements AutoCloseable {
  private final SwapVolume volume;
  private final List<PrivateCopy> copies = new ArrayList<>();
  private Intent intent;
  private boolean sealed;
  private boolean over;

  private SwapSession(SwapVolume volume) {
    this.volume = volume;
  }

  /**
   * Recovers what an earlier run left, refuses what cannot be swapped, brings the files to rest,
   * takes write leases on them and copies them.
   *
   * @param planHash kept in the record
   * @param files one, or several that belong together and are swapped as one
   * @throws RefusedException with the reason for which nothing was changed: the preflight's (see
   *     {@link dev.litehaven.protocol.Reason}), DATABASE_LOCKED, LIVE_WRITER, or {@link
   *     Recovery#recover}'s; INVALID_REQUEST when this run has already swapped on this volume
   */
  public static SwapSession begin(SwapVolume volume, String planHash, List<DatabaseFile> files)
      throws IOException {
    Recovery.recover(volume);
    requireNotSpent(volume);
    var session = new SwapSession(volume);
    try {
      Preflight.files(volume, files);
      session.prepare(planHash, files);
      return session;
    } catch (IOException | RuntimeException e) {
      throw session.giveUp(e);
    }
  }

  static void requireNotSpent(SwapVolume volume) throws IOException {
    var state = volume.store().read(volume.run().runId()).map(Intent::state);
    if (state.isPresent() && state.get() != Intent.State.UNDONE) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "Run "
              + volume.run().runId()
              + " has already swapped on this volume ("
              + state.get()
              + "); use a new run id");
    }
  }

  private void prepare(String planHash, List<DatabaseFile> files) throws IOException {
    for (DatabaseFile file : files) {
      copies.add(PrivateCopy.lease(volume, file));
    }
    for (PrivateCopy copy : copies) {
      // Before the record names them as ours: undoing removes what it names.
      copy.requireNamesFree();
    }
    intent =
        new Intent(
            Intent.FORMAT_VERSION,
            volume.run().runId(),
            volume.run().epoch(),
            volume.run().databaseIdentity(),
            volume.run().migration(),
            planHash,
            Intent.State.COPYING,
            false,
            volume.root().toString(),
            copies.stream().map(c -> c.member().file()).toList());
    volume.store().write(intent);
    for (PrivateCopy copy : copies) {
      copy.create();
    }
  }

  /**
   * The copy to back up and then migrate: beside the live file, so that it is on the same volume,
   * under a name no application knows. The caller closes it before {@link #commit}.
   */
  public Path copyOf(String fileName) {
    return copies.stream()
        .filter(c -> c.member().file().name().equals(fileName))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no file is called " + fileName))
        .member()
        .copy();
  }

  /**
   * Gives the migrated copies the form in which they will be live, forces them to disk and begins
   * to hash them. Nobody may touch them afterwards.
   *
   * @throws RefusedException as {@link #commit(Map)} does; all undone
   */
  public void seal() throws IOException {
    requireNotOver();
    try {
      volume.requireNotFenced();
      for (PrivateCopy copy : copies) {
        copy.seal();
      }
      sealed = true;
    } catch (IOException | RuntimeException e) {
      throw giveUp(e);
    }
  }

  /** Waits until the record can say what is in the old and the new files. */
  public void awaitHashes() throws IOException {
    requireNotOver();
    try {
      for (PrivateCopy copy : copies) {
        copy.awaitHashes();
      }
    } catch (IOException | RuntimeException e) {
      throw giveUp(e);
    }
  }

  /** {@link #commit(Map)} without content hashes: a later rollback can then only compare bytes. */
  public SwapReport commit() throws IOException {
    return commit(Map.of());
  }

  /**
   * Swaps the copies in, sealed before or now: durable and complete when this returns, undone when
   * it throws a refusal.
   *
   * @param contentHashes by file name, of the migrated copies, by the hasher that a rollback would
   *     be given
   * @throws RefusedException LIVE_WRITER somebody touched or opens a live file, or still has a copy
   *     open; VERIFICATION_FAILED the copy was replaced by another file; NO_SPACE; all undone.
   *     FENCED a later attempt took over: nothing more was touched
   * @throws IOException with a state only the record tells: {@link Recovery#recover} goes on
   */
  public SwapReport commit(Map<String, String> contentHashes) throws IOException {
    if (!sealed) {
      seal();
    }
    requireNotOver();
    try {
      volume.requireNotFenced();
      for (PrivateCopy copy : copies) {
        copy.fingerprint(contentHashes.get(copy.member().file().name()));
      }
      for (PrivateCopy copy : copies) {
        volume.ops().link(copy.member().live(), copy.member().old());
      }
      SwapSteps.syncDirectories(volume, intent);
      for (PrivateCopy copy : copies) {
        LeasedFile.requireNoSidecars(volume, copy.member().live());
        copy.member().lease().requireUntouched(volume);
      }
      intent = intent.with(Intent.State.COMMIT, members().stream().map(Member::file).toList());
      volume.store().write(intent);
      intent = SwapSteps.forward(volume, intent, members());
      over = true;
      release();
      return intent.report(false);
    } catch (IOException | RuntimeException e) {
      throw giveUp(e);
    }
  }

  private void requireNotOver() {
    if (over) {
      throw new IllegalStateException("this session is over");
    }
  }

  /** Undoes everything, unless committed. The caller has closed the copies. */
  @Override
  public void close() throws IOException {
    if (over) {
      return;
    }
    over = true;
    try {
      if (intent != null) {
        volume.requireNotFenced();
        SwapSteps.undo(volume, intent, members());
      }
    } finally {
      release();
    }
  }

  /**
   * After a failure: undoes what can be undone. Answers with what to throw, which is a refusal only
   * when everything was put back, or when it is a later attempt's to do so.
   */
  private IOException giveUp(Exception cause) throws IOException {
    try {
      if (over) {
        // The files are live and the record is DONE; only letting go of them failed.
      } else if (anyRenamed()) {
        over = true; // only forward from here, which is recovery's
        release();
        return halfDone(cause);
      } else if (cause instanceof RefusedException r && r.reason() == Reason.FENCED) {
        over = true;
        release();
      } else {
        close();
      }
    } catch (IOException | RuntimeException e) {
      cause.addSuppressed(e);
      return halfDone(cause);
    }
    return Refusals.translate(cause, volume.root());
  }

  private IOException halfDone(Exception cause) {
    return new IOException(
        "The swap on "
            + volume.root()
            + " stopped half way ("
            + cause.getMessage()
            + "). Keep the application stopped; recovery, with which the next run begins, ends it",
        cause);
  }

  /** Whether nobody has tried to open a live file since {@link #begin}. */
  boolean leasesIntact() throws IOException {
    for (PrivateCopy copy : copies) {
      if (!copy.member().lease().intact()) {
        return false;
      }
    }
    return true;
  }

  private boolean anyRenamed() throws IOException {
    for (Member member : members()) {
      if (member.liveIsAfter()) {
        return true;
      }
    }
    return false;
  }

  private List<Member> members() {
    return copies.stream().map(PrivateCopy::member).toList();
  }

  private void release() throws IOException {
    IOException failure = null;
    for (PrivateCopy copy : copies) {
      try {
        copy.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
