package dev.litehaven.runner.sqlite;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * The first 100 bytes of a database file, as "Database File Format", section 1.3 of SQLite's
 * documentation, has them.
 *
 * @param pageSize in bytes, 512 to 65,536
 * @param readVersion 1 rollback journal, 2 WAL
 * @param reservedBytes per page; other than 0 with encryption or checksum extensions
 * @param pageCount as the header says; 0 when it cannot be trusted (written by SQLite before 3.7.0)
 */
public record SqliteHeader(int pageSize, int readVersion, int reservedBytes, long pageCount) {
  /** Bytes of the header itself. */
  public static final int LENGTH = 100;

  /** How much of a file {@link #parse} wants to see, to tell an encrypted file from another. */
  public static final int SAMPLE = 4096;

  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

  // Compressed or encrypted by something else: high entropy, but no database in any sense.
  private static final List<String> OTHER_MAGICS =
      List.of(
          "1f8b",
          "504b0304",
          "28b52ffd",
          "fd377a58",
          "425a68",
          "377abcaf",
          "89504e47",
          "ffd8ff",
          "6167652d656e6372",
          "25504446");

  private static final double RANDOM_BITS_PER_BYTE = 7.0;

  /** Whether the database is in WAL mode, which is the only journal mode a file remembers. */
  public boolean wal() {
    return readVersion == 2;
  }

  /** Whether these bytes begin as every SQLite database does. */
  public static boolean looksLikeDatabase(byte[] start) {
    return start.length >= MAGIC.length
        && Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /**
   * Reads a header, or refuses the file with what it is instead.
   *
   * @param start the file's first {@link #SAMPLE} bytes, or all of a shorter file
   * @param path for messages only
   * @throws RefusedException EMPTY_FILE, NOT_A_DATABASE, ENCRYPTED or TRUNCATED
   */
  public static SqliteHeader parse(byte[] start, String path) {
    if (start.length == 0) {
      throw new RefusedException(
          Reason.EMPTY_FILE,
          path
              + " has 0 bytes. SQLite takes that for an empty database, and so would hide that the"
              + " data is gone; restore the file or remove it");
    }
    if (!looksLikeDatabase(start)) {
      throw notADatabase(start, path);
    }
    if (start.length < LENGTH) {
      throw new RefusedException(
          Reason.TRUNCATED,
          path + " ends after " + start.length + " bytes, inside its header; restore it");
    }
    var bytes = ByteBuffer.wrap(start);
    int pageSize = Short.toUnsignedInt(bytes.getShort(16));
    pageSize = pageSize == 1 ? 65_536 : pageSize;
    if (pageSize < 512 || Integer.bitCount(pageSize) != 1) {
      throw new RefusedException(
          Reason.NOT_A_DATABASE,
          path + " begins like a database but names a page size of " + pageSize + "; restore it");
    }
    long changeCounter = Integer.toUnsignedLong(bytes.getInt(24));
    boolean countValid = changeCounter == Integer.toUnsignedLong(bytes.getInt(92));
    return new SqliteHeader(
        pageSize,
        start[19] & 0xff,
        start[20] & 0xff,
        countValid ? Integer.toUnsignedLong(bytes.getInt(28)) : 0);
  }

  /**
   * Refuses pages that an extension has changed, which plain SQLite cannot rewrite.
   *
   * @throws RefusedException ENCRYPTED
   */
  public SqliteHeader requirePlainPages(String path) {
    if (reservedBytes != 0) {
      throw new RefusedException(
          Reason.ENCRYPTED,
          path
              + " reserves "
              + reservedBytes
              + " bytes on each page, as encryption and checksum extensions do; migrate it with the"
              + " tool that made it, or decrypt it first");
    }
    return this;
  }

  /**
   * Refuses a file that is shorter than its own header says. Only meaningful without a {@code -wal}
   * or {@code -journal} beside it: those may hold the rest.
   *
   * @throws RefusedException TRUNCATED
   */
  public SqliteHeader requireWhole(long fileSize, String path) {
    long wanted = Math.max(1, pageCount) * pageSize;
    if (fileSize < wanted) {
      throw new RefusedException(
          Reason.TRUNCATED,
          path
              + " has "
              + fileSize
              + " bytes, but its header speaks of "
              + wanted
              + " ("
              + pageCount
              + " pages of "
              + pageSize
              + "); restore it from a backup");
    }
    return this;
  }

  private static RefusedException notADatabase(byte[] start, String path) {
    var hex = HexFormat.of().formatHex(start, 0, Math.min(16, start.length));
    boolean other = OTHER_MAGICS.stream().anyMatch(hex::startsWith);
    if (!other && start.length >= 512 && bitsPerByte(start) > RANDOM_BITS_PER_BYTE) {
      return new RefusedException(
          Reason.ENCRYPTED,
          path
              + " looks encrypted: no SQLite header and evenly spread bytes. Only plain SQLite files"
              + " can be handled; decrypt it, or leave it out");
    }
    return new RefusedException(
        Reason.NOT_A_DATABASE,
        path + " is not a SQLite database: it begins with " + hex + "; check the path");
  }

  private static double bitsPerByte(byte[] bytes) {
    var counts = new int[256];
    for (byte b : bytes) {
      counts[b & 0xff]++;
    }
    double bits = 0;
    for (int count : counts) {
      if (count > 0) {
        double share = (double) count / bytes.length;
        bits -= share * Math.log(share) / Math.log(2);
      }
    }
    return bits;
  }
}
