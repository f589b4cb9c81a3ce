package dev.litehaven.runner.swap;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.SwapReport;
import dev.litehaven.runner.sqlite.SqliteHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Puts a database where there is none: one file, or several as one. Between {@link #begin} and
 * {@link #commit} the caller fills the private copies; nothing is at the live names. Not
 * thread-safe.
 *
 * <p>A single file becomes visible by one {@code link}, which is atomic and fails where somebody
 * was faster. Names of several files cannot be made at once, so each file gets a tombstone before
 * it gets its name, and loses it only when all names are there and durable. Whoever comes in
 * between finds names that are taken, so that no empty database is made under them, by files that
 * SQLite refuses to open. Up to that moment all can be undone, since nobody can have used a file;
 * from then on nothing is undone any more, and recovery takes off what tombstones are left.
 */
public final class Placement implements AutoCloseable {
  private static final String MODE = "rw-rw----";

  private final SwapVolume volume;
  private final List<FileHandle> handles = new ArrayList<>();
  private Intent intent;
  private boolean over;

  private Placement(SwapVolume volume) {
    this.volume = volume;
  }

  /**
   * Recovers what an earlier run left, refuses names that are taken, and makes an empty private
   * copy for each file.
   *
   * @throws RefusedException TARGET_NOT_EMPTY there is a file at a live name, or one of its
   *     sidecars; what {@link Preflight#location} refuses; INVALID_REQUEST this run has placed or
   *     swapped on this volume before
   */
  public static Placement begin(SwapVolume volume, List<DatabaseFile> files) throws IOException {
    Recovery.recover(volume);
    SwapSession.requireNotSpent(volume);
    var placement = new Placement(volume);
    try {
      placement.prepare(files);
      return placement;
    } catch (IOException | RuntimeException e) {
      throw placement.giveUp(e);
    }
  }

  private void prepare(List<DatabaseFile> files) throws IOException {
    var planned = new ArrayList<Intent.FileIntent>();
    for (DatabaseFile file : files) {
      var live = Preflight.location(volume, file.path());
      requireAbsent(volume, live);
      planned.add(plan(file, live));
    }
    var fresh =
        new Intent(
            Intent.FORMAT_VERSION,
            volume.run().runId(),
            volume.run().epoch(),
            volume.run().databaseIdentity(),
            volume.run().migration(),
            "",
            Intent.State.PLACING,
            false,
            volume.root().toString(),
            planned);
    for (Member member : Member.of(volume, fresh)) {
      // Before the record names it as ours: undoing removes what it names.
      if (member.exists(member.copy())) {
        throw new RefusedException(
            Reason.DIVERGED,
            member.copy()
                + " is in the way and no record speaks of it; look at it, then remove it");
      }
    }
    volume.store().write(fresh);
    intent = fresh;
    for (Member member : Member.of(volume, intent)) {
      handles.add(volume.ops().create(member.copy(), 0600));
    }
  }

  private Intent.FileIntent plan(DatabaseFile file, Path live) throws IOException {
    var directory = volume.ops().stat(live.getParent()).orElseThrow();
    var base = "." + live.getFileName() + ".lh-" + volume.run().runId();
    return new Intent.FileIntent(
        file.name(),
        file.path(),
        directory.uid(),
        directory.gid(),
        "660",
        null,
        base + ".new",
        base + ".old",
        base + ".failed",
        null,
        null,
        null,
        null);
  }

  /** Refuses a name that is taken, or whose sidecars are: they would be replayed onto the file. */
  private static void requireAbsent(SwapVolume volume, Path live) throws IOException {
    var names = new ArrayList<>(Intent.sidecars(live));
    names.addFirst(live);
    for (Path name : names) {
      if (volume.ops().stat(name).isPresent()) {
        throw new RefusedException(
            Reason.TARGET_NOT_EMPTY,
            name
                + " is there already, and only an empty place is filled. Nothing was changed."
                + " Restore in place, which keeps what is there, or into a new place.");
      }
    }
  }

  /** The copy to fill: an empty file, which stays the inode that it is. */
  public Path copyOf(String fileName) {
    return members().stream()
        .filter(member -> member.file().name().equals(fileName))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no file is called " + fileName))
        .copy();
  }

  /**
   * Gives the filled copies their names, durably and all of them.
   *
   * @param contentHashes by file name, for the record
   * @throws RefusedException TARGET_NOT_EMPTY somebody made a file at a live name meanwhile;
   *     VERIFICATION_FAILED a copy is not the file that was made; all undone. FENCED a later
   *     attempt took over: nothing more was touched
   * @throws IOException with a state only the record tells: {@link Recovery#recover} goes on
   */
  public SwapReport commit(Map<String, String> contentHashes) throws IOException {
    if (over) {
      throw new IllegalStateException("this placement is over");
    }
    try {
      volume.requireNotFenced();
      var sealed = new ArrayList<Intent.FileIntent>();
      var members = members();
      for (int i = 0; i < members.size(); i++) {
        var file = members.get(i).file();
        sealed.add(
            file.withAfter(seal(members.get(i), handles.get(i)), contentHashes.get(file.name())));
      }
      SwapSteps.syncDirectories(volume, intent);
      for (Member member : members) {
        requireAbsent(volume, member.live());
      }
      var deciding = intent.with(Intent.State.PLACE, sealed);
      volume.store().write(deciding);
      intent = deciding;
      volume.requireNotFenced();
      intent = forward(volume, intent, members());
      over = true;
      release();
      return intent.report(false);
    } catch (IOException | RuntimeException e) {
      throw giveUp(e);
    }
  }

  private Fingerprint seal(Member member, FileHandle handle) throws IOException {
    var path = member.copy();
    var named = volume.ops().stat(path);
    if (named.isEmpty() || named.get().inode() != handle.stat().inode()) {
      throw new RefusedException(
          Reason.VERIFICATION_FAILED,
          path + " is no longer the file that was made for the restore: something replaced it");
    }
    var header = SqliteHeader.parse(Header.read(handle), path.toString());
    volume.quiescer().finish(path, header.wal() ? "wal" : "delete");
    LeasedFile.requireNoSidecars(volume, path);
    var stat = handle.stat();
    if (stat.uid() == 0 && member.file().uid() != 0) {
      volume.ops().chown(path, member.file().uid(), member.file().gid());
    }
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(MODE));
    handle.fsync();
    SqliteHeader.parse(Header.read(handle), path.toString())
        .requireWhole(handle.stat().size(), path.toString());
    return Fingerprint.of(handle);
  }

  /** From PLACE to DONE, or to UNDONE where a name was taken before all were there. */
  static Intent forward(SwapVolume volume, Intent intent, List<Member> members) throws IOException {
    boolean allThere = true;
    for (Member member : members) {
      allThere &= member.liveIsAfter();
    }
    if (!allThere) {
      try {
        link(volume, intent, members);
      } catch (RefusedException e) {
        if (e.reason() == Reason.TARGET_NOT_EMPTY) {
          undo(volume, intent, members);
        }
        throw e;
      }
    }
    if (intent.isSet()) {
      for (Member member : members) {
        try (var file = volume.ops().open(member.live())) {
          Header.raise(file, member.file().after());
        }
      }
    }
    for (Member member : members) {
      SwapSteps.remove(volume, member.copy());
    }
    SwapSteps.syncDirectories(volume, intent);
    return volume.store().write(intent.at(Intent.State.DONE).asSettled());
  }

  private static void link(SwapVolume volume, Intent intent, List<Member> members)
      throws IOException {
    for (Member member : members) {
      if (!member.liveIsAfter()) {
        requireAbsent(volume, member.live());
      }
      member.requireAt(member.copy(), member.file().after());
      if (intent.isSet()) {
        try (var file = volume.ops().open(member.copy())) {
          Header.bury(file);
        }
      }
    }
    for (Member member : members) {
      if (!member.liveIsAfter()) {
        try {
          volume.ops().link(member.copy(), member.live());
        } catch (ErrnoException e) {
          if (e.errno() != ErrnoException.EEXIST) {
            throw e;
          }
          requireAbsent(volume, member.live());
          throw e; // gone again
        }
      }
    }
    SwapSteps.syncDirectories(volume, intent);
  }

  /** From PLACING or UNDO, or from PLACE before all names are there, to UNDONE. */
  static Intent undo(SwapVolume volume, Intent intent, List<Member> members) throws IOException {
    var undoing = volume.store().write(intent.at(Intent.State.UNDO));
    for (Member member : members) {
      // Two names of one inode: without the other one, the number may be somebody else's by now.
      var copy = volume.ops().stat(member.copy());
      var live = volume.ops().stat(member.live());
      if (copy.isPresent() && live.isPresent() && copy.get().inode() == live.get().inode()) {
        volume.ops().unlink(member.live());
      }
    }
    SwapSteps.syncDirectories(volume, intent);
    for (Member member : members) {
      SwapSteps.remove(volume, member.copy());
      for (Path sidecar : Intent.sidecars(member.copy())) {
        SwapSteps.remove(volume, sidecar);
      }
    }
    SwapSteps.syncDirectories(volume, intent);
    return volume.store().write(undoing.at(Intent.State.UNDONE));
  }

  /** Undoes everything, unless committed. */
  @Override
  public void close() throws IOException {
    if (over) {
      return;
    }
    over = true;
    try {
      if (intent != null && intent.state() == Intent.State.PLACING) {
        volume.requireNotFenced();
        undo(volume, intent, members());
      }
    } finally {
      release();
    }
  }

  /** Once it is decided, only recovery goes on from a failure. */
  private IOException giveUp(Exception cause) throws IOException {
    try {
      if (cause instanceof RefusedException r && r.reason() == Reason.FENCED) {
        over = true;
        release();
      } else {
        close();
      }
    } catch (IOException | RuntimeException e) {
      cause.addSuppressed(e);
    }
    return Refusals.translate(cause, volume.root());
  }

  private List<Member> members() {
    return Member.of(volume, intent);
  }

  private void release() throws IOException {
    for (FileHandle handle : handles) {
      handle.close();
    }
    handles.clear();
  }
}
