package dev.litehaven.runner.swap;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One file of an intent, with its names on this volume and, once taken, the lease on what is at the
 * live name. Which file is where is always told by inode.
 */
final class Member implements Closeable {
  private final SwapVolume volume;
  private final Intent.FileIntent file;
  private LeasedFile lease;

  Member(SwapVolume volume, Intent.FileIntent file, LeasedFile lease) {
    this.volume = volume;
    this.file = file;
    this.lease = lease;
  }

  static List<Member> of(SwapVolume volume, Intent intent) {
    return intent.files().stream().map(f -> new Member(volume, f, null)).toList();
  }

  Intent.FileIntent file() {
    return file;
  }

  Path live() {
    return volume.root().resolve(file.path());
  }

  Path copy() {
    return live().resolveSibling(file.newName());
  }

  Path old() {
    return live().resolveSibling(file.oldName());
  }

  Path failed() {
    return live().resolveSibling(file.failedName());
  }

  LeasedFile lease() {
    return lease;
  }

  void takeLease() throws IOException {
    lease = LeasedFile.quiesced(volume, live());
  }

  boolean liveIsBefore() throws IOException {
    return isInode(live(), file.before());
  }

  boolean liveIsAfter() throws IOException {
    return isInode(live(), file.after());
  }

  boolean exists(Path path) throws IOException {
    return volume.ops().stat(path).isPresent();
  }

  private boolean isInode(Path path, Fingerprint print) throws IOException {
    var stat = volume.ops().stat(path);
    return print != null && stat.isPresent() && stat.get().inode() == print.inode();
  }

  /** Refuses when a name is missing or holds an inode that nobody recorded. */
  void requireAt(Path path, Fingerprint print) throws IOException {
    if (!isInode(path, print)) {
      throw diverged(path + " is not the file that the record names (inode " + inode(path) + ")");
    }
  }

  /** Refuses when the live name holds neither the old nor the new file. */
  void requireLiveKnown() throws IOException {
    if (!liveIsBefore() && !liveIsAfter()) {
      throw diverged(
          live()
              + (exists(live())
                  ? " is neither the old nor the new file of that run (inode " + inode(live()) + ")"
                  : " is missing"));
    }
  }

  private String inode(Path path) throws IOException {
    return volume.ops().stat(path).map(s -> Long.toString(s.inode())).orElse("none");
  }

  RefusedException diverged(String seen) {
    return new RefusedException(
        Reason.DIVERGED,
        seen
            + ". Nothing was deleted or renamed. Keep the application stopped, compare "
            + live()
            + ", "
            + file.oldName()
            + ", "
            + file.newName()
            + " and "
            + file.failedName()
            + " with the backups, put the right one at the live name, then remove the record in "
            + IntentStore.DIRECTORY);
  }

  @FunctionalInterface
  interface Work<T> {
    T on(FileHandle file) throws IOException;
  }

  /** Works on the old file, wherever it is. */
  <T> T onBefore(Work<T> work) throws IOException {
    return on(file.before(), old(), work);
  }

  /** Works on the new file, which is at the live name or at the given one. */
  <T> T onAfter(Path elsewhere, Work<T> work) throws IOException {
    return on(file.after(), elsewhere, work);
  }

  /** By the leased descriptor where it is that inode: opening it again would break the lease. */
  private <T> T on(Fingerprint print, Path elsewhere, Work<T> work) throws IOException {
    if (lease != null && lease.inode() == print.inode()) {
      return work.on(lease.handle());
    }
    requireAt(elsewhere, print);
    try (var handle = volume.ops().open(elsewhere)) {
      return work.on(handle);
    }
  }

  @Override
  public void close() throws IOException {
    if (lease != null) {
      lease.close();
    }
  }

  static void closeAll(List<Member> members) throws IOException {
    var failures = new ArrayList<IOException>();
    for (Member member : members) {
      try {
        member.close();
      } catch (IOException e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      throw failures.getFirst();
    }
  }
}
