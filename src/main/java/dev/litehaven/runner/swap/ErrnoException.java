package dev.litehaven.runner.swap;

import java.io.IOException;
import java.util.Map;

/**
 * A system call that failed, with the kernel's own reason. Numbers are Linux's on all platforms.
 */
final class ErrnoException extends IOException {
  private static final long serialVersionUID = 1L;

  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int EIO = 5;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int EEXIST = 17;
  static final int EXDEV = 18;
  static final int ENOTDIR = 20;
  static final int EINVAL = 22;
  static final int ENOSPC = 28;
  static final int EROFS = 30;
  static final int ENOSYS = 38;
  static final int ELOOP = 40;
  static final int ENODATA = 61;
  static final int EOPNOTSUPP = 95;
  static final int EDQUOT = 122;

  private static final Map<Integer, String> TEXTS =
      Map.ofEntries(
          Map.entry(EPERM, "operation not permitted"),
          Map.entry(ENOENT, "no such file or directory"),
          Map.entry(EINTR, "interrupted"),
          Map.entry(EIO, "input/output error"),
          Map.entry(EAGAIN, "busy"),
          Map.entry(EACCES, "permission denied"),
          Map.entry(EEXIST, "file exists"),
          Map.entry(EXDEV, "not on the same file system"),
          Map.entry(ENOTDIR, "not a directory"),
          Map.entry(EINVAL, "invalid argument"),
          Map.entry(ENOSPC, "no space left on device"),
          Map.entry(EROFS, "read-only file system"),
          Map.entry(ENOSYS, "not implemented"),
          Map.entry(ELOOP, "symbolic link"),
          Map.entry(EOPNOTSUPP, "not supported"),
          Map.entry(EDQUOT, "quota exceeded"));

  private final int errno;

  ErrnoException(String call, Object subject, int errno) {
    super(call + " " + subject + ": " + TEXTS.getOrDefault(errno, "errno " + errno));
    this.errno = errno;
  }

  int errno() {
    return errno;
  }

  boolean outOfSpace() {
    return errno == ENOSPC || errno == EDQUOT;
  }
}
