package dev.litehaven.runner.backup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes regular files as a tar that every tar reads: ustar headers, with a pax header before those
 * whose name, size or owner does not fit (POSIX.1-2017, pax).
 */
final class TarWriter {
  private static final int BLOCK = 512;
  private static final int NAME_BYTES = 100;
  private static final long LARGEST_SIZE = 077777777777L;
  private static final int LARGEST_ID = 07777777;

  private final OutputStream out;
  private long padding;

  TarWriter(OutputStream out) {
    this.out = out;
  }

  /**
   * One file as its header has it.
   *
   * @param path relative, {@code /} as separator
   * @param mode the permission bits
   * @param modifiedSeconds since the epoch
   */
  record Entry(String path, long size, int mode, int uid, int gid, long modifiedSeconds) {}

  /** Exactly {@code entry.size()} bytes have to be written to the stream before the next one. */
  void begin(Entry entry) throws IOException {
    pad();
    byte[] name = entry.path().getBytes(StandardCharsets.UTF_8);
    boolean fits =
        name.length <= NAME_BYTES
            && entry.path().chars().allMatch(c -> c >= ' ' && c < 0x7f)
            && entry.size() <= LARGEST_SIZE
            && entry.uid() <= LARGEST_ID
            && entry.gid() <= LARGEST_ID;
    if (!fits) {
      byte[] pax =
          (pax("path", entry.path())
                  + pax("size", Long.toString(entry.size()))
                  + pax("uid", Integer.toString(entry.uid()))
                  + pax("gid", Integer.toString(entry.gid())))
              .getBytes(StandardCharsets.UTF_8);
      header("pax-header".getBytes(StandardCharsets.US_ASCII), pax.length, entry, 'x');
      out.write(pax);
      pad(pax.length);
    }
    header(Arrays.copyOf(name, Math.min(name.length, NAME_BYTES)), entry.size(), entry, '0');
    padding = (BLOCK - entry.size() % BLOCK) % BLOCK;
  }

  /** The two empty blocks that a tar ends with. */
  void end() throws IOException {
    pad();
    out.write(new byte[2 * BLOCK]);
  }

  private void pad() throws IOException {
    out.write(new byte[(int) padding]);
    padding = 0;
  }

  private void pad(int written) throws IOException {
    out.write(new byte[(BLOCK - written % BLOCK) % BLOCK]);
  }

  /** A record says its own length, which its digits are part of. */
  private static String pax(String key, String value) {
    int rest = (" " + key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8).length;
    int length = rest + 1;
    while (rest + Integer.toString(length).length() != length) {
      length = rest + Integer.toString(length).length();
    }
    return length + " " + key + "=" + value + "\n";
  }

  private void header(byte[] name, long size, Entry entry, char type) throws IOException {
    byte[] block = new byte[BLOCK];
    System.arraycopy(name, 0, block, 0, name.length);
    octal(block, 100, 8, entry.mode() & 07777);
    octal(block, 108, 8, Math.min(entry.uid(), LARGEST_ID));
    octal(block, 116, 8, Math.min(entry.gid(), LARGEST_ID));
    octal(block, 124, 12, Math.min(size, LARGEST_SIZE));
    octal(block, 136, 12, Math.max(0, entry.modifiedSeconds()));
    Arrays.fill(block, 148, 156, (byte) ' ');
    block[156] = (byte) type;
    byte[] magic = "ustar\00000".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(magic, 0, block, 257, magic.length);
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    octal(block, 148, 7, sum);
    out.write(block);
  }

  private static void octal(byte[] block, int offset, int length, long value) {
    String digits = Long.toOctalString(value);
    int at = offset + length - 1 - digits.length();
    Arrays.fill(block, offset, at, (byte) '0');
    System.arraycopy(digits.getBytes(StandardCharsets.US_ASCII), 0, block, at, digits.length());
    block[offset + length - 1] = 0;
  }
}
