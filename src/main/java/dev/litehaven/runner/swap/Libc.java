package dev.litehaven.runner.swap;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
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

  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_SIZE = 256;
  private static final long FICLONE = 0x40049409L;
  private static final int SIGIO = 29;
  private static final int SIG_IGN = 1;
  private static final int SYNC_FILE_RANGE_WRITE = 2;
  private static final int LOCK_EX_NB = 2 | 4;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO = STATE.byteOffset(PathElement.groupElement("errno"));
  private static final int ARGUMENTS = 6;

  // 64-bit Linux passes the first six integers and pointers in registers, whatever their width. So
  // one binding serves all functions; making one is a good part of a runner's start.
  private static final FunctionDescriptor SIX_INTEGERS =
      FunctionDescriptor.of(
          JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle PLAIN =
      LINKER.downcallHandle(SIX_INTEGERS, Linker.Option.captureCallState("errno"));
  private static final MethodHandle VARIADIC =
      LINKER.downcallHandle(
          SIX_INTEGERS, Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(2));

  private Libc() {}

  /** Functions, looked up when they are first called. */
  private enum Function {
    OPEN("open", VARIADIC),
    CLOSE("close", PLAIN),
    FSYNC("fsync", PLAIN),
    FCNTL("fcntl", VARIADIC),
    IOCTL("ioctl", VARIADIC),
    PREAD("pread", PLAIN),
    PWRITE("pwrite", PLAIN),
    STATX("statx", PLAIN),
    LINK("link", PLAIN),
    RENAME("rename", PLAIN),
    UNLINK("unlink", PLAIN),
    MKDIR("mkdir", PLAIN),
    LCHOWN("lchown", PLAIN),
    FCHOWN("fchown", PLAIN),
    FCHMOD("fchmod", PLAIN),
    FTRUNCATE("ftruncate", PLAIN),
    FLOCK("flock", PLAIN),
    COPY_FILE_RANGE("copy_file_range", PLAIN),
    SYNC_FILE_RANGE("sync_file_range", PLAIN),
    FLISTXATTR("flistxattr", PLAIN),
    FGETXATTR("fgetxattr", PLAIN),
    FSETXATTR("fsetxattr", PLAIN),
    SIGNAL("signal", PLAIN),
    GETEUID("geteuid", PLAIN);

    private final String symbol;
    private final MethodHandle handle;
    private volatile MemorySegment address;

    Function(String symbol, MethodHandle handle) {
      this.symbol = symbol;
      this.handle = handle;
    }

    /** What is in the return register; an int is its lower half. */
    long call(MemorySegment state, long[] a) throws Throwable {
      if (address == null) {
        address = LINKER.defaultLookup().findOrThrow(symbol);
      }
      return (long) handle.invokeExact(address, state, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
  }

  static int open(String path, int flags, int mode) throws ErrnoException {
    try (var memory = Arena.ofConfined()) {
      return intCall("open", path, Function.OPEN, text(memory, path), flags | O_CLOEXEC, mode);
    }
  }

  static void close(int fd) throws ErrnoException {
    intCall("close", fd, Function.CLOSE, fd);
  }

  static void fsync(int fd, Object subject) throws ErrnoException {
    intCall("fsync", subject, Function.FSYNC, fd);
  }

  static int fcntl(int fd, int command, int argument, Object subject) throws ErrnoException {
    return intCall("fcntl", subject, Function.FCNTL, fd, command, argument);
  }

  static long pread(int fd, MemorySegment into, long length, long position, Object subject)
      throws ErrnoException {
    try {
      return longCall("read", subject, Function.PREAD, fd, into.address(), length, position);
    } finally {
      Reference.reachabilityFence(into);
    }
  }

  static long pwrite(int fd, MemorySegment from, long length, long position, Object subject)
      throws ErrnoException {
    try {
      return longCall("write", subject, Function.PWRITE, fd, from.address(), length, position);
    } finally {
      Reference.reachabilityFence(from);
    }
  }

  static void link(String existing, String name) throws ErrnoException {
    try (var memory = Arena.ofConfined()) {
      intCall(
          "link",
          existing + " to " + name,
          Function.LINK,
          text(memory, existing),
          text(memory, name));
    }
  }

  static void rename(String from, String to) throws ErrnoException {
    try (var memory = Arena.ofConfined()) {
      intCall("rename", from + " to " + to, Function.RENAME, text(memory, from), text(memory, to));
    }
  }

  static void unlink(String path) throws ErrnoException {
    try (var memory = Arena.ofConfined()) {
      intCall("unlink", path, Function.UNLINK, text(memory, path));
    }
  }

  static void mkdir(String path, int mode) throws ErrnoException {
    try (var memory = Arena.ofConfined()) {
      intCall("mkdir", path, Function.MKDIR, text(memory, path), mode);
    }
  }

  static void lchown(String path, int uid, int gid) throws ErrnoException {
    try (var memory = Arena.ofConfined()) {
      intCall("chown", path, Function.LCHOWN, text(memory, path), uid, gid);
    }
  }

  static void fchown(int fd, int uid, int gid, Object subject) throws ErrnoException {
    intCall("chown", subject, Function.FCHOWN, fd, uid, gid);
  }

  static void fchmod(int fd, int mode, Object subject) throws ErrnoException {
    intCall("chmod", subject, Function.FCHMOD, fd, mode);
  }

  /** Shares all of the source's blocks; fails where the file system cannot. */
  static void clone(int source, int target, Object subject) throws ErrnoException {
    intCall("clone", subject, Function.IOCTL, target, FICLONE, source);
  }

  /** Copies at both descriptors' positions inside the kernel; 0 at the end. */
  static long copyFileRange(int source, int target, long length, Object subject)
      throws ErrnoException {
    return longCall("copy", subject, Function.COPY_FILE_RANGE, source, 0, target, 0, length, 0);
  }

  /** Begins to write all of the file to disk and waits for nothing. */
  static void beginWriteback(int fd, Object subject) throws ErrnoException {
    intCall("write back", subject, Function.SYNC_FILE_RANGE, fd, 0, 0, SYNC_FILE_RANGE_WRITE);
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
      intCall(
          "stat",
          subject,
          Function.STATX,
          fd,
          text(arena, path),
          flags,
          STATX_BASIC_STATS,
          b.address());
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
          longCall(
              "list attributes of", subject, Function.FLISTXATTR, fd, b.address(), b.byteSize());
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
          longCall(
              "read attribute " + name + " of",
              subject,
              Function.FGETXATTR,
              fd,
              text(arena, name),
              b.address(),
              b.byteSize());
      return b.asSlice(0, length).toArray(JAVA_BYTE);
    }
  }

  static void setAttribute(int fd, String name, byte[] value, Object subject)
      throws ErrnoException {
    try (var arena = Arena.ofConfined()) {
      var b = arena.allocateFrom(JAVA_BYTE, value);
      intCall(
          "set attribute " + name + " of",
          subject,
          Function.FSETXATTR,
          fd,
          text(arena, name),
          b.address(),
          value.length,
          0);
    }
  }

  static void truncate(int fd, Object subject) throws ErrnoException {
    intCall("truncate", subject, Function.FTRUNCATE, fd, 0);
  }

  /**
   * Locks the open file description, not the process: unlike fcntl's, the lock survives another
   * descriptor of the same file being closed, and keeps out other parts of this process too.
   */
  static void lockExclusively(int fd, Object subject) throws ErrnoException {
    intCall("lock", subject, Function.FLOCK, fd, LOCK_EX_NB);
  }

  /** A lease that is being broken announces itself by SIGIO, which ends a process by default. */
  static void ignoreLeaseSignal() throws ErrnoException {
    longCall("signal", "SIGIO", Function.SIGNAL, SIGIO, SIG_IGN);
  }

  static int effectiveUid() {
    try {
      return intCall("geteuid", "", Function.GETEUID);
    } catch (ErrnoException e) {
      throw new IllegalStateException("geteuid never fails", e);
    }
  }

  private static long text(Arena memory, String text) {
    return memory.allocateFrom(text).address();
  }

  private static int intCall(String what, Object subject, Function function, long... arguments)
      throws ErrnoException {
    return (int) call(what, subject, function, true, arguments);
  }

  private static long longCall(String what, Object subject, Function function, long... arguments)
      throws ErrnoException {
    return call(what, subject, function, false, arguments);
  }

  /** Repeats what a signal interrupted; fsync is not repeated, since a failed one means loss. */
  private static long call(
      String what, Object subject, Function function, boolean narrow, long[] arguments)
      throws ErrnoException {
    long[] all = Arrays.copyOf(arguments, ARGUMENTS);
    while (true) {
      try (var arena = Arena.ofConfined()) {
        var state = arena.allocate(STATE);
        long register = function.call(state, all);
        long result = narrow ? (int) register : register;
        if (result != -1) {
          return result;
        }
        int errno = state.get(JAVA_INT, ERRNO);
        if (errno != ErrnoException.EINTR
            || function == Function.FSYNC
            || function == Function.CLOSE) {
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
