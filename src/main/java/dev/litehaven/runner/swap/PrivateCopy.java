package dev.litehaven.runner.swap;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.SqliteHeader;
import dev.litehaven.runner.task.BackgroundTask;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/**
 * One live file under lease and the copy that is to replace it. The copy's descriptor is held from
 * its creation on, so that the fsync before the swap hears of every write error there was.
 */
final class PrivateCopy implements Closeable {
  private final SwapVolume volume;
  private final LeasedFile lease;
  private Member member;
  private FileHandle copy;
  private BackgroundTask<String> oldHash;
  private BackgroundTask<Fingerprint> newPrint;

  private PrivateCopy(SwapVolume volume, LeasedFile lease, Member member) {
    this.volume = volume;
    this.lease = lease;
    this.member = member;
  }

  /** Brings the live file to rest and takes the lease; nothing is made yet. */
  static PrivateCopy lease(SwapVolume volume, DatabaseFile file) throws IOException {
    var live = volume.root().resolve(file.path());
    var lease = LeasedFile.quiesced(volume, live);
    try {
      return new PrivateCopy(volume, lease, new Member(volume, plan(volume, file, lease), lease));
    } catch (IOException | RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  private static Intent.FileIntent plan(SwapVolume volume, DatabaseFile file, LeasedFile lease)
      throws IOException {
    var stat = lease.handle().stat();
    var header = Header.read(lease.handle());
    var live = volume.root().resolve(file.path());
    var base = "." + live.getFileName() + ".lh-" + volume.run().runId();
    return new Intent.FileIntent(
        file.name(),
        file.path(),
        stat.uid(),
        stat.gid(),
        Integer.toOctalString(stat.mode()),
        SqliteHeader.parse(header, live.toString()).wal() ? "wal" : "delete",
        base + ".new",
        base + ".old",
        base + ".failed",
        new Fingerprint(stat.inode(), stat.size(), null, HexFormat.of().formatHex(header)),
        null,
        null,
        null);
  }

  Member member() {
    return member;
  }

  /** Refuses when something lies where this run would put its files, and no record says why. */
  void requireNamesFree() throws IOException {
    for (Path name : List.of(member.copy(), member.old(), member.failed())) {
      if (member.exists(name)) {
        throw new RefusedException(
            Reason.DIVERGED,
            name + " is in the way and no record speaks of it; look at it, then remove it");
      }
    }
  }

  /** Copies through the leased descriptor, and begins to hash what was copied. */
  void create() throws IOException {
    copy = volume.ops().create(member.copy(), 0600);
    copy.copyFrom(lease.handle());
    copy.adopt(lease.handle());
    oldHash =
        BackgroundTask.start(
            "hash-of-" + member.live(),
            () -> {
              // The disk gets busy while the backup is made; what counts is the fsync after the
              // migration.
              copy.beginWriteback();
              // Beside the migration: under the lease nothing can change what is read here.
              return FileHash.of(lease.handle(), Header.read(lease.handle()));
            });
  }

  /**
   * The migrated copy as it will be live: one file, its original's journal mode, durable. Nobody
   * writes to it from here on.
   */
  void seal() throws IOException {
    var file = member.file();
    var path = member.copy();
    long inode = copy.stat().inode();
    var named = volume.ops().stat(path);
    if (named.isEmpty() || named.get().inode() != inode) {
      throw new RefusedException(
          Reason.VERIFICATION_FAILED,
          path
              + " is no longer the file that was made for the migration: something replaced it."
              + " A migration must change the file it is given");
    }
    volume.quiescer().finish(path, file.journalMode());
    LeasedFile.requireNoSidecars(volume, path);
    copy.adopt(lease.handle());
    newPrint = BackgroundTask.start("hash-of-" + path, () -> Fingerprint.of(copy));
    copy.fsync();
    SqliteHeader.parse(Header.read(copy), path.toString())
        .requireWhole(copy.stat().size(), path.toString());
  }

  /** Waits until both files are hashed. */
  void awaitHashes() throws IOException {
    oldHash.await();
    newPrint.await();
  }

  /** What the record has to say of both files. */
  void fingerprint(String contentHash) throws IOException {
    var file = member.file();
    var before = file.before();
    var complete = new Fingerprint(before.inode(), before.size(), oldHash.await(), before.header());
    member =
        new Member(
            volume, file.withBefore(complete).withAfter(newPrint.await(), contentHash), lease);
  }

  @Override
  public void close() throws IOException {
    try {
      if (copy != null) {
        copy.close();
      }
    } finally {
      lease.close();
    }
  }
}
