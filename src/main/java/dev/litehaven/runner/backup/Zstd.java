package dev.litehaven.runner.backup;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import dev.litehaven.protocol.Sha256;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;

/**
 * Compresses and restores one file as a stream: memory does not grow with the file. Both directions
 * digest what they read and what they write on the way, so that no byte is read twice for it.
 */
final class Zstd {
  private static final int LEVEL = 3;

  // Compresses beside the reading, hashing and writing; more would only cost memory.
  private static final int WORKERS = 1;
  private static final int BUFFER_BYTES = 256 * 1024;

  private Zstd() {}

  /**
   * @param plainBytes size of the uncompressed file
   * @param plainSha256 SHA-256 of the uncompressed bytes
   * @param packedBytes size of the artifact
   * @param packedSha256 SHA-256 of the artifact
   */
  record Result(long plainBytes, String plainSha256, long packedBytes, String packedSha256) {}

  /** Writes {@code artifact}, which must not exist, and fsyncs it. */
  static Result compress(Path plain, Path artifact) throws IOException {
    MessageDigest plainDigest = Sha256.digest();
    MessageDigest packedDigest = Sha256.digest();
    try (FileChannel in = FileChannel.open(plain, StandardOpenOption.READ);
        FileChannel out =
            FileChannel.open(artifact, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      long plainBytes;
      try (InputStream from = new DigestInputStream(Channels.newInputStream(in), plainDigest);
          OutputStream to =
              new ZstdOutputStream(
                      new StayOpen(
                          new DigestOutputStream(Channels.newOutputStream(out), packedDigest)),
                      LEVEL)
                  .setChecksum(true)
                  .setWorkers(WORKERS)) {
        plainBytes = copy(from, to);
      }
      out.force(true);
      return new Result(plainBytes, Sha256.hex(plainDigest), out.size(), Sha256.hex(packedDigest));
    }
  }

  /** Writes {@code plain}, which must not exist. Not fsynced: what is restored here is compared. */
  static Result decompress(Path artifact, Path plain) throws IOException {
    MessageDigest plainDigest = Sha256.digest();
    MessageDigest packedDigest = Sha256.digest();
    try (FileChannel in = FileChannel.open(artifact, StandardOpenOption.READ);
        FileChannel out =
            FileChannel.open(plain, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      var packed = new DigestInputStream(Channels.newInputStream(in), packedDigest);
      long plainBytes;
      try (InputStream from = new ZstdInputStream(new StayOpenInput(packed));
          OutputStream to = new DigestOutputStream(Channels.newOutputStream(out), plainDigest)) {
        plainBytes = copy(from, to);
        // Bytes behind the last frame would belong to the artifact but to nothing that is restored.
        packed.transferTo(OutputStream.nullOutputStream());
      }
      return new Result(plainBytes, Sha256.hex(plainDigest), in.size(), Sha256.hex(packedDigest));
    }
  }

  private static long copy(InputStream from, OutputStream to) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long total = 0;
    int read;
    while ((read = from.read(buffer)) >= 0) {
      to.write(buffer, 0, read);
      total += read;
    }
    return total;
  }

  /** Lets the compressor end its frame without closing the channel that is still to be fsynced. */
  private static final class StayOpen extends FilterOutputStream {
    StayOpen(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }

  private static final class StayOpenInput extends FilterInputStream {
    StayOpenInput(InputStream in) {
      super(in);
    }

    @Override
    public void close() {}
  }
}
