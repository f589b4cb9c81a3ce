package dev.litehaven.runner.imports;

/** CRC-64 with ISO 3309's polynomial, reflected: what LTX files are checked with. */
final class Crc64 {
  private static final long POLYNOMIAL = 0xD800000000000000L;
  private static final long[] TABLE = new long[256];

  static {
    for (int i = 0; i < TABLE.length; i++) {
      long value = i;
      for (int bit = 0; bit < 8; bit++) {
        value = (value & 1) == 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
      }
      TABLE[i] = value;
    }
  }

  private long inverted = -1;

  void update(byte[] bytes, int offset, int length) {
    long value = inverted;
    for (int i = offset; i < offset + length; i++) {
      value = TABLE[(int) (value ^ bytes[i]) & 0xff] ^ (value >>> 8);
    }
    inverted = value;
  }

  void update(byte[] bytes) {
    update(bytes, 0, bytes.length);
  }

  long value() {
    return ~inverted;
  }
}
