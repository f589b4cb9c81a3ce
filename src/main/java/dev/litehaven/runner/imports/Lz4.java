package dev.litehaven.runner.imports;

import java.io.IOException;
import java.io.InputStream;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;

/** LZ4 in Java alone: a native library would have to be unpacked to where it may be loaded from. */
final class Lz4 {
  private static final LZ4SafeDecompressor BLOCKS = LZ4Factory.safeInstance().safeDecompressor();
  private static final XXHash32 HASH = XXHashFactory.safeInstance().hash32();

  private Lz4() {}

  /** All frames of a stream, one after the other. */
  static InputStream frames(InputStream packed) throws IOException {
    return new LZ4FrameInputStream(packed, BLOCKS, HASH);
  }

  /** One frame, and not a byte behind it. */
  static InputStream oneFrame(InputStream packed) throws IOException {
    return new LZ4FrameInputStream(packed, BLOCKS, HASH, true);
  }

  /**
   * A block without a frame.
   *
   * @return whether it filled {@code to} exactly
   */
  static boolean block(byte[] packed, int length, byte[] to) {
    try {
      return BLOCKS.decompress(packed, 0, length, to, 0, to.length) == to.length;
    } catch (LZ4Exception e) {
      return false;
    }
  }
}
