package dev.litehaven.runner.imports;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * One file of a Litestream 0.5 replica, in version 3 of the format LTX: a header of 100 bytes, the
 * changed pages in order, each compressed by itself, their index, and a trailer with checksums. It
 * has all changes of a range of transactions, so it can be applied whole or not at all.
 *
 * @param commit pages of the database afterwards
 * @param preApply checksum of the database before it; 0 where nobody keeps any
 * @param postApply checksum of the database after it; 0 where nobody keeps any
 */
record LtxFile(
    int pageSize,
    long commit,
    long minTxid,
    long maxTxid,
    Instant timestamp,
    long preApply,
    long postApply) {
  private static final int HEADER = 100;
  private static final int PAGE_HEADER = 6;
  private static final int NO_CHECKSUM = 1 << 1;
  private static final int SIZE_FOLLOWS = 1;
  private static final long SQLITE_LOCK_BYTE = 0x40000000;

  /** Every checksum has it, so that none is 0. */
  private static final long CHECKSUM_FLAG = 1L << 63;

  private static final int BUFFER_BYTES = 256 * 1024;

  /** What is done with each page. */
  @FunctionalInterface
  interface Pages {
    Pages NONE = (number, content) -> {};

    void page(long number, byte[] content) throws IOException;
  }

  /** The file is not one that can be applied. */
  static final class UnusableException extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean cutShort;

    UnusableException(boolean cutShort, String message) {
      super(message);
      this.cutShort = cutShort;
    }

    /** Whether it ends too early, and is else what was written. */
    boolean cutShort() {
      return cutShort;
    }
  }

  /** Where it begins with the first transaction, it has every page. */
  boolean isSnapshot() {
    return minTxid == 1;
  }

  boolean keepsChecksums() {
    return postApply != 0;
  }

  /** The page that SQLite locks and never writes; no file has it. */
  static long lockPage(int pageSize) {
    return SQLITE_LOCK_BYTE / pageSize + 1;
  }

  /** What a page adds to the checksum of its database, which is all of them combined by XOR. */
  static long pageChecksum(long number, byte[] content) {
    var crc = new Crc64();
    crc.update(ByteBuffer.allocate(4).putInt((int) number).array());
    crc.update(content);
    return crc.value();
  }

  static long databaseChecksum(long combined) {
    return CHECKSUM_FLAG | combined;
  }

  /**
   * Reads and checks all of it.
   *
   * @param pages gets them before the file's end is known to be sound
   */
  static LtxFile read(Path path, Pages pages) throws IOException, UnusableException {
    try (InputStream file = Files.newInputStream(path)) {
      return new Reader(new DataInputStream(new BufferedInputStream(file, BUFFER_BYTES)), pages)
          .read();
    } catch (EOFException e) {
      throw new UnusableException(true, "ends too early");
    }
  }

  private static final class Reader {
    private final DataInputStream in;
    private final Pages pages;
    private final Crc64 crc = new Crc64();

    Reader(DataInputStream in, Pages pages) {
      this.in = in;
      this.pages = pages;
    }

    LtxFile read() throws IOException, UnusableException {
      ByteBuffer header = ByteBuffer.wrap(take(HEADER));
      int flags = header.getInt(4);
      LtxFile ltx = header(header, flags);
      long previous = 0;
      long count = 0;
      byte[] content = new byte[ltx.pageSize];
      while (true) {
        ByteBuffer page = ByteBuffer.wrap(take(PAGE_HEADER));
        long number = Integer.toUnsignedLong(page.getInt(0));
        int pageFlags = page.getShort(4) & 0xffff;
        if (number == 0 && pageFlags == 0) {
          break;
        }
        if (number <= previous || number > ltx.commit || (pageFlags & ~SIZE_FOLLOWS) != 0) {
          throw damaged("has page %d after %d of %d".formatted(number, previous, ltx.commit));
        }
        content(number, pageFlags == SIZE_FOLLOWS, content);
        pages.page(number, content);
        previous = number;
        count++;
      }
      long wanted = ltx.commit - (ltx.commit >= lockPage(ltx.pageSize) ? 1 : 0);
      if (ltx.isSnapshot() && count != wanted) {
        throw damaged("has %d pages of a database of %d".formatted(count, wanted));
      }
      return trailer(ltx, (flags & NO_CHECKSUM) == 0);
    }

    private LtxFile header(ByteBuffer header, int flags) throws UnusableException {
      String magic = new String(header.array(), 0, 4, StandardCharsets.US_ASCII);
      if (!magic.equals("LTX1")) {
        throw damaged("does not begin as an LTX file does");
      }
      var ltx =
          new LtxFile(
              header.getInt(8),
              Integer.toUnsignedLong(header.getInt(12)),
              header.getLong(16),
              header.getLong(24),
              Instant.ofEpochMilli(header.getLong(32)),
              header.getLong(40),
              0);
      if ((flags & ~NO_CHECKSUM) != 0
          || ltx.pageSize < 512
          || ltx.pageSize > 65_536
          || Integer.bitCount(ltx.pageSize) != 1
          || ltx.minTxid <= 0
          || ltx.maxTxid < ltx.minTxid) {
        throw damaged("has a header that makes no sense, or one of a later version of the format");
      }
      return ltx;
    }

    private void content(long number, boolean block, byte[] content)
        throws IOException, UnusableException {
      if (block) {
        int length = ByteBuffer.wrap(take(4)).getInt();
        if (length <= 0 || length > 2 * content.length + 64) {
          throw damaged("has a page " + number + " of " + length + " bytes");
        }
        byte[] packed = in.readNBytes(length);
        if (packed.length < length) {
          throw new EOFException();
        }
        if (!Lz4.block(packed, length, content)) {
          throw damaged("has a page " + number + " that cannot be decompressed");
        }
      } else {
        frame(number, content);
      }
      crc.update(content);
    }

    /** As the first releases of the format have them. */
    private void frame(long number, byte[] content) throws IOException, UnusableException {
      var watched = new Watched(in);
      try {
        InputStream frame = Lz4.oneFrame(watched);
        if (frame.readNBytes(content, 0, content.length) < content.length || frame.read() >= 0) {
          throw damaged("has a page " + number + " of another size than the others");
        }
      } catch (IOException | RuntimeException e) {
        if (watched.ended) {
          throw new EOFException();
        }
        if (watched.failed) {
          throw e;
        }
        throw damaged("has a page " + number + " that cannot be decompressed: " + e.getMessage());
      }
    }

    /** The index of the pages is there to find single ones; only where it ends matters here. */
    private LtxFile trailer(LtxFile ltx, boolean keepsChecksums)
        throws IOException, UnusableException {
      while (varint() != 0) {
        varint();
        varint();
      }
      take(Long.BYTES);
      long postApply = ByteBuffer.wrap(take(8)).getLong();
      long expected = in.readLong();
      if (expected != (CHECKSUM_FLAG | crc.value()) || in.read() >= 0) {
        throw damaged("does not have the content that its checksum is of");
      }
      if (keepsChecksums == (postApply == 0)) {
        throw damaged("has a trailer that contradicts its header");
      }
      return new LtxFile(
          ltx.pageSize,
          ltx.commit,
          ltx.minTxid,
          ltx.maxTxid,
          ltx.timestamp,
          ltx.preApply,
          postApply);
    }

    private long varint() throws IOException, UnusableException {
      long value = 0;
      for (int shift = 0; shift < Long.SIZE; shift += 7) {
        byte next = take(1)[0];
        value |= (next & 0x7fL) << shift;
        if (next >= 0) {
          return value;
        }
      }
      throw damaged("has an index that makes no sense");
    }

    private byte[] take(int length) throws IOException {
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new EOFException();
      }
      crc.update(bytes);
      return bytes;
    }

    private static UnusableException damaged(String how) {
      return new UnusableException(false, how);
    }
  }

  /** Tells whether it is the file that fails a decompressor. */
  private static final class Watched extends InputStream {
    private final InputStream in;
    private boolean ended;
    private boolean failed;

    Watched(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      failed = true;
      int read = in.read(bytes, offset, length);
      failed = false;
      ended |= read < 0;
      return read;
    }
  }
}
