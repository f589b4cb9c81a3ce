package dev.litehaven.runner.swap;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 as lower-case hex. */
final class Sha256 {
  private static final int CHUNK = 1 << 20;

  private Sha256() {}

  static String of(byte[] bytes) {
    return HexFormat.of().formatHex(digest().digest(bytes));
  }

  /** Of a file's content with other bytes at its start, read through the descriptor alone. */
  static String of(FileHandle file, byte[] start) throws IOException {
    var digest = digest();
    var chunk = new byte[CHUNK];
    long position = 0;
    int n;
    while ((n = file.read(chunk, position)) > 0) {
      if (position == 0) {
        System.arraycopy(start, 0, chunk, 0, Math.min(start.length, n));
      }
      digest.update(chunk, 0, n);
      position += n;
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
