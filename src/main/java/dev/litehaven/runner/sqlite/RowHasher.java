package dev.litehaven.runner.sqlite;

import dev.litehaven.protocol.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * Sums the SHA-256 of rows, so that their order does not matter but their number does. A sum and
 * not an exclusive or, under which two equal rows would vanish.
 */
final class RowHasher implements RawRows.Visitor {
  private final MessageDigest digest = Sha256.digest();
  private final long[] sum = new long[4];
  private final ByteBuffer row = ByteBuffer.allocate(4096);
  private long rows;

  @Override
  public void integer(long value) {
    room(1 + Long.BYTES).put((byte) 'i').putLong(value);
  }

  @Override
  public void real(double value) {
    room(1 + Long.BYTES).put((byte) 'r').putLong(Double.doubleToRawLongBits(value));
  }

  @Override
  public void text(byte[] value) {
    bytes('t', value);
  }

  @Override
  public void blob(byte[] value) {
    bytes('b', value);
  }

  @Override
  public void nothing() {
    room(1).put((byte) 'n');
  }

  @Override
  public void endOfRow() {
    row.flip();
    digest.update(row);
    row.clear();
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    for (int i = 0; i < sum.length; i++) {
      sum[i] += hash.getLong();
    }
    rows++;
  }

  long rows() {
    return rows;
  }

  String hash() {
    ByteBuffer all = ByteBuffer.allocate(5 * Long.BYTES).putLong(rows);
    for (long part : sum) {
      all.putLong(part);
    }
    return Sha256.of(all.array());
  }

  private void bytes(char tag, byte[] value) {
    room(1 + Integer.BYTES).put((byte) tag).putInt(value.length);
    if (value.length > row.remaining()) {
      // Straight into the digest, so that the buffer never grows with the values.
      row.flip();
      digest.update(row);
      row.clear();
      digest.update(value);
    } else {
      row.put(value);
    }
  }

  private ByteBuffer room(int bytes) {
    if (row.remaining() < bytes) {
      row.flip();
      digest.update(row);
      row.clear();
    }
    return row;
  }
}
