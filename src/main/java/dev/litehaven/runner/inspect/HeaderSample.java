package dev.litehaven.runner.inspect;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * The first bytes of a file by plain I/O. Only for a process that has no SQLite connection on that
 * file: closing any descriptor drops all of the process's POSIX locks on it (fcntl(2)).
 */
final class HeaderSample {
  private HeaderSample() {}

  /** At most {@code length} bytes; fewer where the file is shorter. */
  static byte[] read(Path file, int length) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      ByteBuffer buffer = ByteBuffer.allocate(length);
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
        // a short read is not the end of the file
      }
      byte[] bytes = new byte[buffer.position()];
      buffer.flip().get(bytes);
      return bytes;
    }
  }
}
