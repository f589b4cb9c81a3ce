package dev.litehaven.runner.swap;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.nio.file.Path;

/** What a failed system call means to a human, where it means something. */
final class Refusals {
  private Refusals() {}

  /**
   * Answers with the exception to throw: a refusal where the kernel's reason is one a human can act
   * on, otherwise the same again.
   */
  static IOException translate(Exception e, Path subject) throws IOException {
    if (e instanceof ErrnoException errno) {
      var refusal = refusal(errno, subject);
      if (refusal != null) {
        throw refusal;
      }
    }
    return switch (e) {
      case IOException io -> io;
      case RuntimeException runtime -> throw runtime;
      default -> throw new IllegalStateException(e);
    };
  }

  private static RefusedException refusal(ErrnoException e, Path subject) {
    return switch (e.errno()) {
      case ErrnoException.ENOSPC, ErrnoException.EDQUOT ->
          new RefusedException(
              Reason.NO_SPACE,
              "No space left ("
                  + e.getMessage()
                  + "). Grow the volume or free space, then try again",
              e);
      case ErrnoException.EROFS ->
          new RefusedException(
              Reason.READ_ONLY_VOLUME,
              subject
                  + " is read-only ("
                  + e.getMessage()
                  + "). Mount it read-write; if the kernel made it so, check the disk",
              e);
      case ErrnoException.EACCES, ErrnoException.EPERM ->
          new RefusedException(
              Reason.WRONG_OWNER,
              "Not allowed ("
                  + e.getMessage()
                  + "). Run with the uid and groups that own the files below "
                  + subject,
              e);
      case ErrnoException.ENOENT ->
          new RefusedException(
              Reason.FILE_NOT_FOUND, "Missing (" + e.getMessage() + "); check the path", e);
      default -> null;
    };
  }
}
