package dev.litehaven.runner.imports;

import com.github.luben.zstd.ZstdInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;

/** How a file is compressed, by its first bytes and not by its name. */
enum Compression {
  NONE,
  GZIP,
  ZSTD,
  LZ4;

  private static final int BUFFER_BYTES = 256 * 1024;

  /** Whether all came out of a file that went in. */
  enum State {
    WHOLE,
    /** It ends before what it holds does. */
    CUT_SHORT,
    /** Its bytes are not those that were written. */
    DAMAGED
  }

  /**
   * @param bytes how much came out, also of a file that is not whole
   * @param seen what the decompressor said; null where all is well
   */
  record Unpacked(long bytes, State state, String seen) {}

  static Compression of(byte[] start) {
    String hex = HexFormat.of().formatHex(start, 0, Math.min(4, start.length));
    if (hex.startsWith("1f8b")) {
      return GZIP;
    }
    return switch (hex) {
      case "28b52ffd" -> ZSTD;
      case "04224d18" -> LZ4;
      default -> NONE;
    };
  }

  /**
   * Everything that can be had of a file.
   *
   * @throws IOException when the file cannot be read or {@code to} not be written; never for what
   *     the file holds
   */
  Unpacked unpack(Path file, OutputStream to) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long bytes = 0;
    try (var packed = new Watched(Files.newInputStream(file))) {
      InputStream plain = null;
      while (true) {
        int read;
        try {
          plain = plain == null ? open(packed) : plain;
          read = plain.read(buffer);
        } catch (IOException | RuntimeException e) {
          if (packed.failure != null) {
            throw packed.failure;
          }
          boolean cut = packed.ended || e instanceof EOFException;
          return new Unpacked(bytes, cut ? State.CUT_SHORT : State.DAMAGED, e.getMessage());
        }
        if (read < 0) {
          return new Unpacked(bytes, State.WHOLE, null);
        }
        to.write(buffer, 0, read);
        bytes += read;
      }
    }
  }

  private InputStream open(InputStream packed) throws IOException {
    return switch (this) {
      case NONE -> packed;
      case GZIP -> new GZIPInputStream(packed, BUFFER_BYTES);
      case ZSTD -> new ZstdInputStream(packed);
      case LZ4 -> Lz4.frames(packed);
    };
  }

  /** Tells a file that cannot be read, or has ended, from one that makes no sense. */
  private static final class Watched extends FilterInputStream {
    private boolean ended;
    private IOException failure;

    Watched(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        int read = in.read(bytes, offset, length);
        ended |= read < 0;
        return read;
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }
  }
}
