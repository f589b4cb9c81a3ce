package dev.litehaven.runner.swap;

import dev.litehaven.runner.sqlite.SqliteHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The live file's first 100 bytes, and the tombstone that keeps half of a swapped set from being
 * used: with versions 255 SQLite says "file is not a database" and touches nothing. They fit into
 * one sector, so a write of them happens or does not.
 */
final class Header {
  private static final int WRITE_VERSION = 18;
  private static final int READ_VERSION = 19;
  private static final int CHANGE_COUNTER = 24;
  private static final byte DEAD = (byte) 255;

  private Header() {}

  static byte[] read(FileHandle file) throws IOException {
    var bytes = new byte[SqliteHeader.LENGTH];
    return Arrays.copyOf(bytes, file.read(bytes, 0));
  }

  static boolean isTombstone(byte[] header) {
    return header.length == SqliteHeader.LENGTH
        && header[WRITE_VERSION] == DEAD
        && header[READ_VERSION] == DEAD;
  }

  static boolean isTombstone(FileHandle file) throws IOException {
    return isTombstone(read(file));
  }

  /** Durable when it returns. The counter makes whoever has pages cached read the header again. */
  static void bury(FileHandle file) throws IOException {
    var header = read(file);
    if (!isTombstone(header)) {
      header[WRITE_VERSION] = DEAD;
      header[READ_VERSION] = DEAD;
      var counter = ByteBuffer.wrap(header);
      counter.putInt(CHANGE_COUNTER, counter.getInt(CHANGE_COUNTER) + 1);
      file.write(header, 0);
    }
    file.fsync();
  }

  /** Only where there is a tombstone: an old header over a file that has grown is malformed. */
  static void raise(FileHandle file, Fingerprint original) throws IOException {
    if (isTombstone(file)) {
      file.write(original.headerBytes(), 0);
    }
    file.fsync();
  }
}
