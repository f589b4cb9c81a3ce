package dev.litehaven.runner.swap;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The primitive steps that a swap is made of, each as atomic as the kernel makes it. Everything the
 * swap does to a volume goes through here, so that tests can stop it before any step and throw away
 * what was not synced. Failures are {@link ErrnoException}s. Names are never followed when they are
 * symbolic links.
 */
interface FileOps {
  /** Of the name itself; empty when there is none. */
  Optional<FileStat> stat(Path path) throws IOException;

  List<String> list(Path directory) throws IOException;

  void createDirectory(Path directory, int mode) throws IOException;

  /** Gives a name to this owner; for a runner that is root on a volume that is not. */
  void chown(Path path, int uid, int gid) throws IOException;

  /** A new file, read and write; fails with EEXIST where the name is taken. */
  FileHandle create(Path path, int mode) throws IOException;

  /** An existing file, read and write, without waiting for somebody else's lease. */
  FileHandle open(Path path) throws IOException;

  /** An existing file, to read. */
  FileHandle openToRead(Path path) throws IOException;

  /** A second name for the same inode; fails with EEXIST where the name is taken. */
  void link(Path existing, Path name) throws IOException;

  /**
   * Replaces {@code to} in one step. Does nothing, silently, when both names are the same inode:
   * the caller compares them first.
   */
  void rename(Path from, Path to) throws IOException;

  /** Returns false when there was no such name. */
  boolean unlink(Path path) throws IOException;

  /** Makes earlier changes of names in the directory durable. */
  void fsyncDirectory(Path directory) throws IOException;

  /**
   * The volume's lock, created where it is missing; empty when another process, or another part of
   * this one, holds it.
   *
   * @param holder written into the file for whoever finds it held
   */
  Optional<Closeable> tryLock(Path path, String holder) throws IOException;
}
