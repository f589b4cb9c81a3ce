package dev.litehaven.runner.swap;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.SqliteHeader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A file that nobody else on this machine has open. From here on not even this process may open it
 * a second time: that would break the lease. Everything goes through {@link #handle}.
 */
final class LeasedFile implements Closeable {
  private final FileHandle handle;
  private final Path path;
  private final FileStat stat;

  private LeasedFile(FileHandle handle, Path path, FileStat stat) {
    this.handle = handle;
    this.path = path;
    this.stat = stat;
  }

  /**
   * Lets SQLite finish what was left, then takes the lease. A tombstone is leased as it is.
   *
   * @throws RefusedException LIVE_WRITER, DATABASE_LOCKED, TRUNCATED, WRONG_OWNER, or what SQLite
   *     says
   */
  static LeasedFile quiesced(SwapVolume volume, Path path) throws IOException {
    boolean tombstone;
    try (var file = volume.ops().openToRead(path)) {
      tombstone = Header.isTombstone(file);
    }
    if (!tombstone) {
      volume.quiescer().quiesce(path);
    }
    var leased = take(volume, path);
    try {
      requireNoSidecars(volume, path);
      if (!tombstone) {
        SqliteHeader.parse(Header.read(leased.handle), path.toString())
            .requireWhole(leased.stat.size(), path.toString());
      }
      return leased;
    } catch (IOException | RuntimeException e) {
      leased.close();
      throw e;
    }
  }

  /** Takes the lease alone, for a file that no application knows by this name. */
  static LeasedFile take(SwapVolume volume, Path path) throws IOException {
    FileHandle handle = null;
    try {
      handle = volume.ops().open(path);
      handle.takeLease();
      var stat = handle.stat();
      if (volume.ops().stat(path).map(FileStat::inode).filter(i -> i == stat.inode()).isEmpty()) {
        throw new RefusedException(
            Reason.LIVE_WRITER,
            path + " was replaced while it was being looked at; stop whatever does that");
      }
      return new LeasedFile(handle, path, stat);
    } catch (ErrnoException e) {
      // Closed first: our own descriptor must not be among the holders that are named.
      close(handle);
      throw refusal(volume, path, e);
    } catch (IOException | RuntimeException e) {
      close(handle);
      throw e;
    }
  }

  /** Refuses when a sidecar is left: its rows would be replayed onto whatever takes the name. */
  static void requireNoSidecars(SwapVolume volume, Path path) throws IOException {
    for (Path sidecar : Intent.sidecars(path)) {
      if (volume.ops().stat(sidecar).isPresent()) {
        throw new RefusedException(
            Reason.LIVE_WRITER,
            sidecar
                + " is still there after SQLite closed the database, so somebody else uses it. "
                + SqliteQuiescer.describe(volume.facts().holders(path)));
      }
    }
  }

  FileHandle handle() {
    return handle;
  }

  long inode() {
    return stat.inode();
  }

  boolean intact() throws IOException {
    return handle.leaseIntact();
  }

  /**
   * Refuses when somebody waits to open the file, or when it is not as it was when leased.
   *
   * @throws RefusedException LIVE_WRITER
   */
  void requireUntouched(SwapVolume volume) throws IOException {
    var now = handle.stat();
    if (now.size() != stat.size() || now.modifiedNanos() != stat.modifiedNanos()) {
      throw new RefusedException(
          Reason.LIVE_WRITER,
          path + " was written to although nobody had it open; stop every process on the volume");
    }
    requireIntact(volume);
  }

  void requireIntact(SwapVolume volume) throws IOException {
    if (!intact()) {
      throw new RefusedException(
          Reason.LIVE_WRITER,
          "Somebody is opening "
              + path
              + " while it is being replaced. "
              + SqliteQuiescer.describe(volume.facts().holders(path)));
    }
  }

  /** Releases the lease: whoever waits goes on with this inode. */
  @Override
  public void close() throws IOException {
    handle.close();
  }

  private static void close(FileHandle handle) throws IOException {
    if (handle != null) {
      handle.close();
    }
  }

  private static IOException refusal(SwapVolume volume, Path path, ErrnoException e)
      throws IOException {
    return switch (e.errno()) {
      case ErrnoException.EAGAIN ->
          throw new RefusedException(
              Reason.LIVE_WRITER,
              path
                  + " is open elsewhere (the kernel grants no write lease). "
                  + SqliteQuiescer.describe(volume.facts().holders(path)),
              e);
      case ErrnoException.EINVAL, ErrnoException.ENOSYS, ErrnoException.EOPNOTSUPP ->
          throw new RefusedException(
              Reason.NETWORK_FILESYSTEM,
              "The file system of "
                  + path
                  + " ("
                  + volume.facts().mountOf(path).type()
                  + ") has no leases, so a forgotten reader or writer cannot be found. Move the"
                  + " database to a local file system",
              e);
      default -> Refusals.translate(e, path);
    };
  }
}
