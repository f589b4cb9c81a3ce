package dev.litehaven.runner.swap;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A file descriptor. Held as a number, since the JDK lends out none that fcntl could take. */
final class PosixFileHandle implements FileHandle {
  private static final int CHUNK = 1 << 20;

  // Signatures over the content, which the kernel writes itself.
  private static final Set<String> NOT_COPIED = Set.of("security.ima", "security.evm");

  // Native memory to read into, one per thread: made anew for each file it would be handed back
  // only by a collection, and closing a shared arena stops all threads for a moment.
  private static final ThreadLocal<MemorySegment> BUFFER =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CHUNK));

  private final int fd;
  private final Path path;
  private boolean closed;

  PosixFileHandle(int fd, Path path) {
    this.fd = fd;
    this.path = path;
  }

  @Override
  public FileStat stat() throws IOException {
    return Libc.stat(fd, path);
  }

  @Override
  public synchronized int read(byte[] into, long position) throws IOException {
    if (closed) {
      throw new IOException(path + " is closed");
    }
    var buffer = BUFFER.get();
    int done = 0;
    while (done < into.length) {
      int wanted = Math.min(into.length - done, CHUNK);
      int n = (int) Libc.pread(fd, buffer, wanted, position + done, path);
      if (n == 0) {
        break;
      }
      MemorySegment.copy(buffer, JAVA_BYTE, 0, into, done, n);
      done += n;
    }
    return done;
  }

  @Override
  public synchronized void write(byte[] bytes, long position) throws IOException {
    var buffer = BUFFER.get();
    for (int done = 0; done < bytes.length; ) {
      int wanted = Math.min(bytes.length - done, CHUNK);
      MemorySegment.copy(bytes, done, buffer, JAVA_BYTE, 0, wanted);
      done += (int) Libc.pwrite(fd, buffer, wanted, position + done, path);
    }
  }

  @Override
  public void copyFrom(FileHandle source) throws IOException {
    int from = ((PosixFileHandle) source).fd;
    try {
      Libc.clone(from, fd, path);
      return;
    } catch (ErrnoException e) {
      if (e.outOfSpace() || e.errno() == ErrnoException.EIO) {
        throw e;
      }
      // No shared blocks here: let the kernel copy.
    }
    long copied = 0;
    try {
      // Both positions are 0: all other reading and writing names its own.
      long n;
      while ((n = Libc.copyFileRange(from, fd, 1L << 30, path)) > 0) {
        copied += n;
      }
    } catch (ErrnoException e) {
      if (copied > 0 || e.outOfSpace() || e.errno() == ErrnoException.EIO) {
        throw e;
      }
      copied = copyByHand(source);
    }
    if (copied != source.stat().size()) {
      throw new IOException(
          "copied " + copied + " of " + source.stat().size() + " bytes to " + path);
    }
  }

  private long copyByHand(FileHandle source) throws IOException {
    var bytes = new byte[CHUNK];
    long position = 0;
    int n;
    while ((n = source.read(bytes, position)) > 0) {
      write(n == bytes.length ? bytes : Arrays.copyOf(bytes, n), position);
      position += n;
    }
    return position;
  }

  @Override
  public void adopt(FileHandle source) throws IOException {
    var from = (PosixFileHandle) source;
    var wanted = from.stat();
    var mine = stat();
    if (mine.uid() != wanted.uid() || mine.gid() != wanted.gid()) {
      Libc.fchown(fd, wanted.uid(), wanted.gid(), path);
    }
    Libc.fchmod(fd, wanted.mode(), path);
    // After the mode: an access list carries the mask that the mode would overwrite.
    for (String name : attributesOf(from)) {
      var value = Libc.attribute(from.fd, name, from.path);
      if (!NOT_COPIED.contains(name) && !Arrays.equals(value, attributeOrNull(name))) {
        Libc.setAttribute(fd, name, value, path);
      }
    }
  }

  private static List<String> attributesOf(PosixFileHandle file) throws IOException {
    try {
      return Libc.attributes(file.fd, file.path);
    } catch (ErrnoException e) {
      if (e.errno() == ErrnoException.EOPNOTSUPP) {
        return List.of();
      }
      throw e;
    }
  }

  private byte[] attributeOrNull(String name) throws IOException {
    try {
      return Libc.attribute(fd, name, path);
    } catch (ErrnoException e) {
      if (e.errno() == ErrnoException.ENODATA) {
        return null;
      }
      throw e;
    }
  }

  @Override
  public synchronized void beginWriteback() {
    if (closed) {
      return;
    }
    try {
      Libc.beginWriteback(fd, path);
    } catch (ErrnoException e) {
      // Some kernels and sandboxes lack the call; fsync does it all then.
    }
  }

  @Override
  public void fsync() throws IOException {
    Libc.fsync(fd, path);
  }

  @Override
  public void takeLease() throws IOException {
    Libc.ignoreLeaseSignal();
    Libc.fcntl(fd, Libc.F_SETLEASE, Libc.F_WRLCK, path);
  }

  @Override
  public boolean leaseIntact() throws IOException {
    // While a lease is being broken, this already answers with what it is being broken to.
    return Libc.fcntl(fd, Libc.F_GETLEASE, 0, path) == Libc.F_WRLCK;
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      Libc.close(fd);
    }
  }
}
