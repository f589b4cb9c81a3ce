package dev.litehaven.runner.swap;

import dev.litehaven.protocol.Sha256;
import java.io.IOException;

/** SHA-256 of a file. */
final class FileHash {
  private static final int CHUNK = 1 << 20;

  private FileHash() {}

  /** Of a file's content with other bytes at its start, read through the descriptor alone. */
  static String of(FileHandle file, byte[] start) throws IOException {
    var digest = Sha256.digest();
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
    return Sha256.hex(digest);
  }
}
