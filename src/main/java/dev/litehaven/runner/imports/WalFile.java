package dev.litehaven.runner.imports;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A write-ahead log as section 4 of SQLite's "Database File Format" has it, read without SQLite,
 * which would take whatever it can use of one and say nothing about the rest.
 *
 * @param pageSize 0 where the header is none
 * @param frames that belong together, from the first on
 * @param committed how many of them are of transactions that were committed
 * @param pages of the database after the last of these
 * @param end why there are no more
 */
record WalFile(Path path, int pageSize, long frames, long committed, long pages, End end) {
  static final int HEADER = 32;
  private static final int FRAME_HEADER = 24;
  private static final int LITTLE_ENDIAN_SUMS = 0x377f0682;
  private static final int BIG_ENDIAN_SUMS = 0x377f0683;
  private static final int FORMAT = 3_007_000;
  private static final int BUFFER_BYTES = 256 * 1024;

  enum End {
    /** The file ends with a frame. */
    WHOLE,
    /** The file ends inside a frame, or inside its header. */
    CUT_SHORT,
    /** What follows is left of an earlier round of the log. */
    OTHER_SALT,
    /** What follows is not what its checksum says. */
    CHECKSUM,
    /** It begins as no log does. */
    NO_LOG
  }

  /** Where the last committed transaction ends in the file. */
  long committedBytes() {
    return committed == 0 ? 0 : HEADER + committed * (FRAME_HEADER + pageSize);
  }

  static WalFile read(Path path) throws IOException {
    try (DataInputStream in = open(path)) {
      return read(path, in);
    }
  }

  private static DataInputStream open(Path path) throws IOException {
    InputStream file = Files.newInputStream(path);
    return new DataInputStream(new BufferedInputStream(file, BUFFER_BYTES));
  }

  private static WalFile read(Path path, DataInputStream in) throws IOException {
    byte[] start = in.readNBytes(HEADER);
    if (start.length < HEADER) {
      return new WalFile(path, 0, 0, 0, 0, End.CUT_SHORT);
    }
    ByteBuffer header = ByteBuffer.wrap(start);
    int magic = header.getInt(0);
    int pageSize = header.getInt(8);
    var sums = new Sums(magic == LITTLE_ENDIAN_SUMS);
    sums.add(start, 24);
    if ((magic != LITTLE_ENDIAN_SUMS && magic != BIG_ENDIAN_SUMS)
        || header.getInt(4) != FORMAT
        || pageSize < 512
        || pageSize > 65_536
        || Integer.bitCount(pageSize) != 1
        || !sums.are(header.getInt(24), header.getInt(28))) {
      return new WalFile(path, 0, 0, 0, 0, End.NO_LOG);
    }
    long frames = 0;
    long committed = 0;
    long pages = 0;
    byte[] bytes = new byte[FRAME_HEADER + pageSize];
    ByteBuffer frame = ByteBuffer.wrap(bytes);
    while (true) {
      int read = in.readNBytes(bytes, 0, bytes.length);
      End end = null;
      if (read < bytes.length) {
        end = read == 0 ? End.WHOLE : End.CUT_SHORT;
      } else if (frame.getInt(8) != header.getInt(16) || frame.getInt(12) != header.getInt(20)) {
        end = End.OTHER_SALT;
      } else {
        sums.add(bytes, 8);
        sums.addFrom(bytes, FRAME_HEADER, pageSize);
        if (frame.getInt(0) == 0 || !sums.are(frame.getInt(16), frame.getInt(20))) {
          end = End.CHECKSUM;
        }
      }
      if (end != null) {
        return new WalFile(path, pageSize, frames, committed, pages, end);
      }
      frames++;
      if (frame.getInt(4) != 0) {
        committed = frames;
        pages = Integer.toUnsignedLong(frame.getInt(4));
      }
    }
  }

  /** Writes what was committed into the database that the log belongs to. */
  void applyTo(FileChannel database) throws IOException {
    try (DataInputStream in = open(path)) {
      in.skipNBytes(HEADER);
      byte[] bytes = new byte[FRAME_HEADER + pageSize];
      for (long i = 0; i < committed; i++) {
        in.readFully(bytes);
        long page = Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt());
        ByteBuffer content = ByteBuffer.wrap(bytes, FRAME_HEADER, pageSize);
        long at = (page - 1) * pageSize;
        while (content.hasRemaining()) {
          at += database.write(content, at);
        }
      }
    } catch (EOFException e) {
      throw new IOException(path + " became shorter while it was read", e);
    }
    resize(database, pages * pageSize);
  }

  /** A database may also end with pages that nobody has written yet. */
  static void resize(FileChannel database, long size) throws IOException {
    database.truncate(size);
    if (database.size() < size) {
      database.write(ByteBuffer.allocate(1), size - 1);
    }
  }

  /** The log's checksum, which goes on from frame to frame. */
  private static final class Sums {
    private final ByteOrder order;
    private int s0;
    private int s1;

    Sums(boolean littleEndian) {
      order = littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    }

    void add(byte[] bytes, int length) {
      addFrom(bytes, 0, length);
    }

    void addFrom(byte[] bytes, int offset, int length) {
      ByteBuffer words = ByteBuffer.wrap(bytes).order(order);
      for (int i = offset; i < offset + length; i += 8) {
        s0 += words.getInt(i) + s1;
        s1 += words.getInt(i + 4) + s0;
      }
    }

    boolean are(int expected0, int expected1) {
      return s0 == expected0 && s1 == expected1;
    }
  }
}
