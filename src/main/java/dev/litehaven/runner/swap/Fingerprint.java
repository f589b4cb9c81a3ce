package dev.litehaven.runner.swap;

import java.io.IOException;
import java.util.HexFormat;

/**
 * Which file it was and what was in it.
 *
 * @param inode number on this volume
 * @param size bytes
 * @param sha256 of the content
 * @param header the first 100 bytes in hex, to take a tombstone off again
 */
record Fingerprint(long inode, long size, String sha256, String header) {
  /** Of a file without a tombstone, read through the descriptor. */
  static Fingerprint of(FileHandle file) throws IOException {
    var header = Header.read(file);
    if (Header.isTombstone(header)) {
      throw new IllegalStateException("a tombstone is no content to remember");
    }
    var stat = file.stat();
    return new Fingerprint(
        stat.inode(), stat.size(), FileHash.of(file, header), HexFormat.of().formatHex(header));
  }

  byte[] headerBytes() {
    return HexFormat.of().parseHex(header);
  }

  /** Whether the file still says the same; a tombstone over it does not count as a change. */
  boolean sameContent(FileHandle file) throws IOException {
    if (file.stat().size() != size) {
      return false;
    }
    var now = Header.read(file);
    var start = Header.isTombstone(now) ? headerBytes() : now;
    return FileHash.of(file, start).equals(sha256);
  }
}
