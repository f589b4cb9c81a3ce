package dev.litehaven.runner.swap;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;

/**
 * Dies before a chosen step, as a killed process does: nothing more happens to the volume, and the
 * kernel closes every descriptor. Only what changes something, or syncs it, counts as a step.
 */
final class CrashingFileOps implements FileOps {
  /** No exception: nothing in the product may catch it and tidy up. */
  static final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash(String before) {
      super("crash before: " + before, null, false, false);
    }
  }

  private final FileOps real;
  private final int limit;
  private final Runnable atCrash;
  private final List<String> steps = new ArrayList<>();
  private final List<Closeable> open = new ArrayList<>();
  private BiPredicate<Integer, String> failing = (step, what) -> false;
  private int errno;
  private boolean dead;

  /**
   * @param limit steps that still happen
   * @param atCrash what ends the process; returning from it throws {@link Crash}
   */
  CrashingFileOps(FileOps real, int limit, Runnable atCrash) {
    this.real = real;
    this.limit = limit;
    this.atCrash = atCrash;
  }

  CrashingFileOps(FileOps real, int limit) {
    this(real, limit, () -> {});
  }

  List<String> steps() {
    return steps;
  }

  /** One step, or every one of a kind, fails with an error and the process lives on. */
  static CrashingFileOps failing(FileOps real, BiPredicate<Integer, String> which, int errno) {
    var ops = new CrashingFileOps(real, Integer.MAX_VALUE);
    ops.failing = which;
    ops.errno = errno;
    return ops;
  }

  private synchronized void step(String what) throws IOException {
    if (!dead && failing.test(steps.size(), what)) {
      steps.add("failed: " + what);
      throw new ErrnoException("test:", what, errno);
    }
    if (!dead && steps.size() < limit) {
      steps.add(what);
      return;
    }
    if (!dead) {
      dead = true;
      atCrash.run();
      closeAll();
    }
    throw new Crash(what);
  }

  void closeAll() {
    for (Closeable c : open) {
      try {
        c.close();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
    open.clear();
  }

  @Override
  public Optional<FileStat> stat(Path path) throws IOException {
    return real.stat(path);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return real.list(directory);
  }

  @Override
  public void createDirectory(Path directory, int mode) throws IOException {
    step("mkdir " + directory);
    real.createDirectory(directory, mode);
  }

  @Override
  public void chown(Path path, int uid, int gid) throws IOException {
    step("chown " + path);
    real.chown(path, uid, gid);
  }

  @Override
  public FileHandle create(Path path, int mode) throws IOException {
    step("create " + path);
    return held(real.create(path, mode), path);
  }

  @Override
  public FileHandle open(Path path) throws IOException {
    return held(real.open(path), path);
  }

  @Override
  public FileHandle openToRead(Path path) throws IOException {
    return held(real.openToRead(path), path);
  }

  @Override
  public void link(Path existing, Path name) throws IOException {
    step("link " + existing + " " + name);
    real.link(existing, name);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    step("rename " + from + " " + to);
    real.rename(from, to);
  }

  @Override
  public boolean unlink(Path path) throws IOException {
    step("unlink " + path);
    return real.unlink(path);
  }

  @Override
  public void fsyncDirectory(Path directory) throws IOException {
    step("fsync " + directory);
    real.fsyncDirectory(directory);
  }

  @Override
  public Optional<Closeable> tryLock(Path path, String holder) throws IOException {
    var lock = real.tryLock(path, holder);
    lock.ifPresent(open::add);
    return lock;
  }

  private synchronized FileHandle held(FileHandle handle, Path path) throws IOException {
    if (dead) {
      handle.close();
      throw new Crash("open " + path);
    }
    open.add(handle);
    return new Handle(handle, path);
  }

  private final class Handle implements FileHandle {
    private final FileHandle handle;
    private final Path path;

    Handle(FileHandle handle, Path path) {
      this.handle = handle;
      this.path = path;
    }

    @Override
    public FileStat stat() throws IOException {
      return handle.stat();
    }

    @Override
    public int read(byte[] into, long position) throws IOException {
      return handle.read(into, position);
    }

    @Override
    public void write(byte[] bytes, long position) throws IOException {
      step("write " + path);
      handle.write(bytes, position);
    }

    @Override
    public void copyFrom(FileHandle source) throws IOException {
      step("copy to " + path);
      handle.copyFrom(((Handle) source).handle);
    }

    @Override
    public void adopt(FileHandle source) throws IOException {
      step("adopt " + path);
      handle.adopt(((Handle) source).handle);
    }

    @Override
    public void fsync() throws IOException {
      step("fsync " + path);
      handle.fsync();
    }

    @Override
    public void takeLease() throws IOException {
      step("lease " + path);
      handle.takeLease();
    }

    @Override
    public boolean leaseIntact() throws IOException {
      return handle.leaseIntact();
    }

    @Override
    public void close() throws IOException {
      handle.close();
    }
  }
}
