package dev.litehaven.runner.imports;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jpountz.lz4.LZ4Factory;

/** LTX files of one page that no tool makes: with checksums that contradict the database. */
final class TestLtx {
  private TestLtx() {}

  static void write(Path level, long min, long max, long preApply, long postApply, byte[] page)
      throws Exception {
    var file = new ByteArrayOutputStream();
    var crc = new Crc64();
    byte[] header =
        ByteBuffer.allocate(100)
            .put("LTX1".getBytes(StandardCharsets.US_ASCII))
            .putInt(0)
            .putInt(page.length)
            .putInt(1)
            .putLong(min)
            .putLong(max)
            .putLong(1_769_860_800_000L)
            .putLong(preApply)
            .array();
    byte[] packed = LZ4Factory.safeInstance().fastCompressor().compress(page);
    byte[] pageHeader =
        ByteBuffer.allocate(10).putInt(1).putShort((short) 1).putInt(packed.length).array();
    byte[] end =
        ByteBuffer.allocate(6 + 1 + 8 + 8).put(new byte[7]).putLong(1).putLong(postApply).array();
    for (byte[] part : new byte[][] {header, pageHeader, page, end}) {
      crc.update(part);
      file.write(part == page ? packed : part);
    }
    file.write(ByteBuffer.allocate(8).putLong(crc.value() | 1L << 63).array());
    Files.write(level.resolve("%016x-%016x.ltx".formatted(min, max)), file.toByteArray());
  }
}
