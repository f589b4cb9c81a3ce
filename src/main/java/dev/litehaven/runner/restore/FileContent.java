package dev.litehaven.runner.restore;

import dev.litehaven.protocol.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/** How much there is in a file, and what. Links are not followed. */
public record FileContent(long size, String sha256) {
  private static final int BUFFER_BYTES = 1 << 20;

  private interface Sink {
    void take(ByteBuffer bytes, long position) throws IOException;
  }

  static FileContent of(Path file) throws IOException {
    return read(file, (bytes, position) -> {});
  }

  /**
   * Copies a file to where there is none, and forces the copy to disk.
   *
   * @return what was read, and written
   */
  public static FileContent copy(Path from, Path to) throws IOException {
    Files.createFile(to);
    FileContent content = replace(from, to);
    try (FileChannel written = FileChannel.open(to, StandardOpenOption.WRITE)) {
      written.force(true);
    }
    return content;
  }

  /**
   * Puts the content of one file in the place of another's, which stays the inode that it is. Not
   * forced to disk.
   *
   * @return what was read, and written
   */
  static FileContent replace(Path from, Path existing) throws IOException {
    try (FileChannel to =
        FileChannel.open(existing, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      FileContent content =
          read(
              from,
              (bytes, position) -> {
                long at = position;
                while (bytes.hasRemaining()) {
                  at += to.write(bytes, at);
                }
              });
      to.truncate(content.size());
      return content;
    }
  }

  private static FileContent read(Path file, Sink sink) throws IOException {
    MessageDigest digest = Sha256.digest();
    long size = 0;
    try (FileChannel from =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
      while (from.read(buffer) >= 0) {
        buffer.flip();
        digest.update(buffer.duplicate());
        int length = buffer.remaining();
        sink.take(buffer, size);
        size += length;
        buffer.clear();
      }
    }
    return new FileContent(size, Sha256.hex(digest));
  }
}
