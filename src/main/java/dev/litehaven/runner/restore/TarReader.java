package dev.litehaven.runner.restore;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a tar of regular files: ustar headers, with pax headers for what does not fit in one
 * (POSIX.1-2017, pax). Anything else in it is an error, links and directories among them.
 */
final class TarReader {
  private static final int BLOCK = 512;
  private static final int LARGEST_PAX = 1 << 20;

  private final InputStream in;
  private long left;
  private long padding;

  TarReader(InputStream in) {
    this.in = in;
  }

  /**
   * One file as its header has it.
   *
   * @param path as written, not looked at in any way
   * @param mode the permission bits
   */
  record Entry(String path, long size, int mode) {}

  /** The next file; its content comes next, by {@link #read}. Empty at the end. */
  Optional<Entry> next() throws IOException {
    discard(left + padding);
    left = 0;
    padding = 0;
    Map<String, String> pax = new HashMap<>();
    while (true) {
      byte[] block = block();
      if (isZero(block)) {
        return Optional.empty();
      }
      requireChecksum(block);
      long size = octal(block, 124, 12);
      char type = (char) block[156];
      if (type == 'x') {
        if (size > LARGEST_PAX) {
          throw new IOException("a pax header of " + size + " bytes");
        }
        byte[] records = in.readNBytes((int) size);
        discard(padding(size));
        parse(records, pax);
        continue;
      }
      String path = pax.getOrDefault("path", name(block));
      if (type != '0' && type != 0) {
        throw new IOException("the entry " + path + " is no regular file (type " + type + ")");
      }
      try {
        size = pax.containsKey("size") ? Long.parseLong(pax.get("size")) : size;
      } catch (NumberFormatException e) {
        throw new IOException("a size that is no number", e);
      }
      left = size;
      padding = padding(size);
      return Optional.of(new Entry(path, size, (int) octal(block, 100, 8) & 0777));
    }
  }

  /** Bytes of the present file; -1 at its end. */
  int read(byte[] buffer) throws IOException {
    if (left == 0) {
      return -1;
    }
    int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
    if (read < 0) {
      throw new EOFException("the tar ends within a file");
    }
    left -= read;
    return read;
  }

  /** Read and not skipped, so that whoever hashes the stream sees it. */
  private void discard(long count) throws IOException {
    byte[] buffer = new byte[BLOCK];
    for (long rest = count; rest > 0; ) {
      int read = in.read(buffer, 0, (int) Math.min(rest, buffer.length));
      if (read < 0) {
        throw new EOFException("the tar ends within a file");
      }
      rest -= read;
    }
  }

  private byte[] block() throws IOException {
    byte[] block = in.readNBytes(BLOCK);
    if (block.length < BLOCK) {
      throw new EOFException("the tar has no end");
    }
    return block;
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private static void requireChecksum(byte[] block) throws IOException {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : block[i] & 0xff;
    }
    if (sum != octal(block, 148, 8)) {
      throw new IOException("a header's checksum does not match");
    }
  }

  private static long padding(long size) {
    return (BLOCK - size % BLOCK) % BLOCK;
  }

  private static String name(byte[] block) {
    String name = text(block, 0, 100);
    String prefix = text(block, 345, 155);
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private static String text(byte[] block, int offset, int length) {
    int end = offset;
    while (end < offset + length && block[end] != 0) {
      end++;
    }
    return new String(block, offset, end - offset, StandardCharsets.UTF_8);
  }

  private static long octal(byte[] block, int offset, int length) throws IOException {
    String digits = text(block, offset, length).strip();
    try {
      return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
    } catch (NumberFormatException e) {
      throw new IOException("a number in a header that is none: " + digits, e);
    }
  }

  /** {@code "<length> <key>=<value>\n"}, the length being that of the whole record. */
  private static void parse(byte[] records, Map<String, String> pax) throws IOException {
    int at = 0;
    while (at < records.length) {
      int space = at;
      while (space < records.length && records[space] != ' ') {
        space++;
      }
      int length;
      try {
        length = Integer.parseInt(new String(records, at, space - at, StandardCharsets.US_ASCII));
      } catch (NumberFormatException e) {
        throw new IOException("a pax record without a length", e);
      }
      if (length <= space - at + 1 || at + length > records.length) {
        throw new IOException("a pax record that is longer than its header");
      }
      String record =
          new String(records, space + 1, at + length - space - 2, StandardCharsets.UTF_8);
      int equals = record.indexOf('=');
      if (equals < 0) {
        throw new IOException("a pax record without a value");
      }
      pax.put(record.substring(0, equals), record.substring(equals + 1));
      at += length;
    }
  }
}
