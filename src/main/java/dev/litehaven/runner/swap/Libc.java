package dev.litehaven.runner.swap;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The C library's calls that the JDK does not offer, as plain methods that answer with a result or
 * throw an {@link ErrnoException}. Linux, 64 bit; constants are those of the kernel's uapi headers.
 */
final class Libc {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x80000;
  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;
  static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;

  static final int F_SETLEASE = 1024;
  static final int F_GETLEASE = 1025;
  static final int F_WRLCK = 1;
  static final int F_UNLCK = 2;

  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_SIZE = 256;
  private static final long FICLONE = 0x40049409L;
  private static final int SIGIO = 29;
  private static final int SYNC_FILE_RANGE_WRITE = 2;
  private static final int LOCK_EX_NB = 2 | 4;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));

  private static final MethodHandle OPEN =
      variadic(2, "open", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle CLOSE = bind("close", JAVA_INT, JAVA_INT);
  private static final MethodHandle FSYNC = bind("fsync", JAVA_INT, JAVA_INT);
  private static final MethodHandle FCNTL =
      variadic(2, "fcntl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle IOCTL =
      variadic(2, "ioctl", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle PREAD =
      bind("pread", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle PWRITE =
      bind("pwrite", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle STATX =
      bind("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle LINK = bind("link", JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle RENAME = bind("rename", JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle UNLINK = bind("unlink", JAVA_INT, ADDRESS);
  private static final MethodHandle MKDIR = bind("mkdir", JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle LCHOWN = bind("lchown", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle FCHOWN = bind("fchown", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle FCHMOD = bind("fchmod", JAVA_INT, JAVA_INT, JAVA_INT);

  private Libc() {}

  /** Calls that many runs never make; bound when they are. */
  private static final class Rare {
    static final MethodHandle FTRUNCATE = bind("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
    static final MethodHandle FLOCK = bind("flock", JAVA_INT, JAVA_INT, JAVA_INT);
    static final MethodHandle COPY_FILE_RANGE =
        bind(
            "copy_file_range",
            JAVA_LONG,
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            ADDRESS,
            JAVA_LONG,
            JAVA_INT);
    static final MethodHandle SYNC_FILE_RANGE =
        bind("sync_file_range", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    static final MethodHandle FLISTXATTR =
        bind("flistxattr", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    static final MethodHandle FGETXATTR =
        bind("fgetxattr", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    static final MethodHandle FSETXATTR =
        bind("fsetxattr", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);
    static final MethodHandle SIGNAL = bind("signal", ADDRESS, JAVA_INT, ADDRESS);
    static final MethodHandle GETEUID = bind("geteuid", JAVA_INT);
  }

  static int open(String path, int flags, int mode) throws ErrnoException {
    return (int)
        call(
            "open",
            path,
            m -> (int) OPEN.invokeExact(m.state(), m.text(path), flags | O_CLOEXEC, mode));
  }

  static void close(int fd) throws ErrnoException {
    call("close", fd, m -> (int) CLOSE.invokeExact(m.state(), fd));
  }

  static void fsync(int fd, Object subject) throws ErrnoException {
    call("fsync", subject, m -> (int) FSYNC.invokeExact(m.state(), fd));
  }

  static int fcntl(int fd, int command, int argument, Object subject) throws ErrnoException {
    return (int)
        call("fcntl", subject, m -> (int) FCNTL.invokeExact(m.state(), fd, command, argument));
  }

  static long pread(int fd, MemorySegment into, long length, long position, Object subject)
      throws ErrnoException {
    return call(
        "read", subject, m -> (long) PREAD.invokeExact(m.state(), fd, into, length, position));
  }

  static long pwrite(int fd, MemorySegment from, long length, long position, Object subject)
      throws ErrnoException {
    return call(
        "write", subject, m -> (long) PWRITE.invokeExact(m.state(), fd, from, length, position));
  }

  static void link(String existing, String name) throws ErrnoException {
    call(
        "link",
        existing + " to " + name,
        m -> (int) LINK.invokeExact(m.state(), m.text(existing), m.text(name)));
  }

  static void rename(String from, String to) throws ErrnoException {
    call(
        "rename",
        from + " to " + to,
        m -> (int) RENAME.invokeExact(m.state(), m.text(from), m.text(to)));
  }

  static void unlink(String path) throws ErrnoException {
    call("unlink", path, m -> (int) UNLINK.invokeExact(m.state(), m.text(path)));
  }

  static void mkdir(String path, int mode) throws ErrnoException {
    call("mkdir", path, m -> (int) MKDIR.invokeExact(m.state(), m.text(path), mode));
  }

  static void lchown(String path, int uid, int gid) throws ErrnoException {
    call("chown", path, m -> (int) LCHOWN.invokeExact(m.state(), m.text(path), uid, gid));
  }

  static void fchown(int fd, int uid, int gid, Object subject) throws ErrnoException {
    call("chown", subject, m -> (int) FCHOWN.invokeExact(m.state(), fd, uid, gid));
  }

  static void fchmod(int fd, int mode, Object subject) throws ErrnoException {
    call("chmod", subject, m -> (int) FCHMOD.invokeExact(m.state(), fd, mode));
  }

  /** Shares all of the source's blocks; fails where the file system cannot. */
  static void clone(int source, int target, Object subject) throws ErrnoException {
    call("clone", subject, m -> (int) IOCTL.invokeExact(m.state(), target, FICLONE, source));
  }

  /** Copies at both descriptors' positions inside the kernel; 0 at the end. */
  static long copyFileRange(int source, int target, long length, Object subject)
      throws ErrnoException {
    return call(
        "copy",
        subject,
        m ->
            (long)
                Rare.COPY_FILE_RANGE.invokeExact(
                    m.state(), source, MemorySegment.NULL, target, MemorySegment.NULL, length, 0));
  }

  /** Begins to write all of the file to disk and waits for nothing. */
  static void beginWriteback(int fd, Object subject) throws ErrnoException {
    call(
        "write back",
        subject,
        m -> (int) Rare.SYNC_FILE_RANGE.invokeExact(m.state(), fd, 0L, 0L, SYNC_FILE_RANGE_WRITE));
  }

  static FileStat stat(String path) throws ErrnoException {
    return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, path);
  }

  static FileStat stat(int fd, Object subject) throws ErrnoException {
    return statx(fd, "", AT_EMPTY_PATH, subject);
  }

  private static FileStat statx(int fd, String path, int flags, Object subject)
      throws ErrnoException {
    try (var arena = Arena.ofConfined()) {
      var b = arena.allocate(STATX_SIZE, 8);
      call(
          "stat",
          subject,
          m -> (int) STATX.invokeExact(m.state(), fd, m.text(path), flags, STATX_BASIC_STATS, b));
      int mode = Short.toUnsignedInt(b.get(JAVA_SHORT, 28));
      return new FileStat(
          switch (mode & 0xf000) {
            case 0x8000 -> FileStat.Kind.FILE;
            case 0x4000 -> FileStat.Kind.DIRECTORY;
            case 0xa000 -> FileStat.Kind.SYMBOLIC_LINK;
            default -> FileStat.Kind.OTHER;
          },
          b.get(JAVA_LONG, 32),
          b.get(JAVA_INT, 16),
          b.get(JAVA_INT, 20),
          b.get(JAVA_INT, 24),
          mode & 0xfff,
          b.get(JAVA_LONG, 40),
          b.get(JAVA_LONG, 112) * 1_000_000_000L + b.get(JAVA_INT, 120));
    }
  }

  /** Names of the extended attributes, access lists among them; empty where there can be none. */
  static List<String> attributes(int fd, Object subject) throws ErrnoException {
    try (var arena = Arena.ofConfined()) {
      var b = arena.allocate(65_536);
      long length =
          call(
              "list attributes of",
              subject,
              m -> (long) Rare.FLISTXATTR.invokeExact(m.state(), fd, b, b.byteSize()));
      var names = new ArrayList<String>();
      for (long at = 0; at < length; ) {
        var name = b.getString(at);
        names.add(name);
        at += name.getBytes(StandardCharsets.UTF_8).length + 1;
      }
      return names;
    }
  }

  static byte[] attribute(int fd, String name, Object subject) throws ErrnoException {
    try (var arena = Arena.ofConfined()) {
      var b = arena.allocate(65_536);
      long length =
          call(
              "read attribute " + name + " of",
              subject,
              m -> (long) Rare.FGETXATTR.invokeExact(m.state(), fd, m.text(name), b, b.byteSize()));
      return b.asSlice(0, length).toArray(JAVA_BYTE);
    }
  }

  static void setAttribute(int fd, String name, byte[] value, Object subject)
      throws ErrnoException {
    try (var arena = Arena.ofConfined()) {
      var b = arena.allocateFrom(JAVA_BYTE, value);
      call(
          "set attribute " + name + " of",
          subject,
          m ->
              (int)
                  Rare.FSETXATTR.invokeExact(
                      m.state(), fd, m.text(name), b, (long) value.length, 0));
    }
  }

  static void truncate(int fd, Object subject) throws ErrnoException {
    call("truncate", subject, m -> (int) Rare.FTRUNCATE.invokeExact(m.state(), fd, 0L));
  }

  /**
   * Locks the open file description, not the process: unlike fcntl's, the lock survives another
   * descriptor of the same file being closed, and keeps out other parts of this process too.
   */
  static void lockExclusively(int fd, Object subject) throws ErrnoException {
    call("lock", subject, m -> (int) Rare.FLOCK.invokeExact(m.state(), fd, LOCK_EX_NB));
  }

  /** A lease that is being broken announces itself by SIGIO, which ends a process by default. */
  static void ignoreLeaseSignal() throws ErrnoException {
    call(
        "signal",
        "SIGIO",
        m -> {
          var ignore = MemorySegment.ofAddress(1);
          return ((MemorySegment) Rare.SIGNAL.invokeExact(m.state(), SIGIO, ignore)).address();
        });
  }

  static int effectiveUid() {
    try {
      return (int) call("geteuid", "", m -> (int) Rare.GETEUID.invokeExact(m.state()));
    } catch (ErrnoException e) {
      throw new IllegalStateException("geteuid never fails", e);
    }
  }

  private static MethodHandle bind(String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, parameters),
        Linker.Option.captureCallState("errno"));
  }

  private static MethodHandle variadic(
      int fixed, String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, parameters),
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(fixed));
  }

  /** Memory that lives for one call. */
  private record Memory(Arena arena, MemorySegment state) {
    MemorySegment text(String text) {
      return arena.allocateFrom(text);
    }
  }

  @FunctionalInterface
  private interface Call {
    long run(Memory memory) throws Throwable;
  }

  /** Repeats what a signal interrupted; fsync is not repeated, since a failed one means loss. */
  private static long call(String what, Object subject, Call call) throws ErrnoException {
    while (true) {
      try (var arena = Arena.ofConfined()) {
        var memory = new Memory(arena, arena.allocate(STATE));
        long result = call.run(memory);
        if (result != -1) {
          return result;
        }
        int errno = (int) ERRNO.get(memory.state(), 0L);
        if (errno != ErrnoException.EINTR || what.equals("fsync") || what.equals("close")) {
          throw new ErrnoException(what, subject, errno);
        }
      } catch (ErrnoException | RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException("calling " + what, e);
      }
    }
  }
}
