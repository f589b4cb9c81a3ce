package dev.litehaven.runner.swap;

import java.io.Closeable;
import java.io.IOException;

/**
 * One open file description. Reading and {@link #beginWriteback} may go on in another thread; the
 * rest is for one thread.
 */
interface FileHandle extends Closeable {
  FileStat stat() throws IOException;

  /** Returns how many bytes were read, 0 at the end of the file. */
  int read(byte[] into, long position) throws IOException;

  /** Writes all of the bytes. */
  void write(byte[] bytes, long position) throws IOException;

  /** Makes this file's content the source's, sharing blocks where the file system can. */
  void copyFrom(FileHandle source) throws IOException;

  /** Gives this file the source's owner, mode, access lists and extended attributes. */
  void adopt(FileHandle source) throws IOException;

  /**
   * A hint to begin writing to disk what was written to the file. Promises nothing, and leaves
   * every error to {@link #fsync}.
   */
  default void beginWriteback() {}

  /** An error here means that earlier writes may be lost for good: never try again, start over. */
  void fsync() throws IOException;

  /**
   * Takes a write lease: granted only while nobody else on this machine has the file open. Whoever
   * opens it from then on waits, and {@link #leaseIntact} turns false.
   *
   * @throws ErrnoException EAGAIN somebody has it open; EACCES not the owner; EINVAL, EOPNOTSUPP
   *     the file system has no leases
   */
  void takeLease() throws IOException;

  boolean leaseIntact() throws IOException;

  /** Releases the lease too. */
  @Override
  void close() throws IOException;
}
