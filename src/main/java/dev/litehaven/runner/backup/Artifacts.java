package dev.litehaven.runner.backup;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import dev.litehaven.protocol.Sha256;
import dev.litehaven.runner.store.BackupStore.Upload;
import dev.litehaven.runner.task.Relay;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;

/**
 * Artifacts of a backup as streams: compressed with zstd, and encrypted where a seal says so.
 * Memory does not grow with what goes through, and both directions digest on the way what they read
 * and what they write, so that no byte is read twice for it.
 */
final class Artifacts {
  static final String SUFFIX = ".zst";
  static final String ENCRYPTED_SUFFIX = ".age";

  private static final int LEVEL = 3;

  // Compresses beside the reading, hashing and writing; more would only cost memory.
  private static final int WORKERS = 1;
  private static final int BUFFER_BYTES = 256 * 1024;

  private Artifacts() {}

  /**
   * @param plainBytes how much went in
   * @param plainSha256 SHA-256 of that
   * @param packedBytes size of the artifact
   * @param packedSha256 SHA-256 of the artifact; null: nobody asked
   */
  record Packed(long plainBytes, String plainSha256, long packedBytes, String packedSha256) {
    boolean samePlain(Packed other) {
      return plainBytes == other.plainBytes && plainSha256.equals(other.plainSha256);
    }
  }

  /** What is plain on its way into an artifact. */
  @FunctionalInterface
  interface Source {
    void writeTo(OutputStream out) throws IOException;
  }

  /** The bytes are not those of an artifact that was made here, or no longer. */
  static final class DamagedException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  static Source of(InputStream plain) {
    return out -> {
      byte[] buffer = new byte[BUFFER_BYTES];
      int read;
      while ((read = plain.read(buffer)) >= 0) {
        out.write(buffer, 0, read);
      }
    };
  }

  /** Everything of the source into the upload, which is left for the caller to finish. */
  static Packed pack(Source source, Upload upload, Seal seal) throws IOException {
    MessageDigest plainDigest = Sha256.digest();
    MessageDigest packedDigest = Sha256.digest();
    var packed = new Counting(new DigestOutputStream(upload, packedDigest));
    var plain = new Counting(null);
    try (OutputStream sealed =
            seal.encrypts() ? Age.encrypting(packed, seal.allRecipients()) : packed;
        OutputStream to =
            new ZstdOutputStream(sealed, LEVEL).setChecksum(true).setWorkers(WORKERS)) {
      plain.out(new DigestOutputStream(to, plainDigest));
      source.writeTo(plain);
    }
    return new Packed(plain.count, Sha256.hex(plainDigest), packed.count, Sha256.hex(packedDigest));
  }

  /**
   * @param plain written in another thread
   * @param sealed whether the artifact is encrypted
   * @param whole whether the artifact itself is digested as well; without it, {@code packedSha256}
   *     is null
   * @throws DamagedException when it is not what was packed
   * @throws Age.NotForUs when there is no key for it
   * @throws IOException when {@code artifact} or {@code plain} fails
   */
  static Packed unpack(
      InputStream artifact, OutputStream plain, boolean sealed, Seal seal, boolean whole)
      throws IOException {
    MessageDigest plainDigest = Sha256.digest();
    MessageDigest packedDigest = whole ? Sha256.digest() : null;
    var packed = new Tracking(whole ? new DigestInputStream(artifact, packedDigest) : artifact);
    long plainBytes = 0;
    try (InputStream opened = opened(packed, sealed, seal);
        InputStream from = new ZstdInputStream(opened);
        Relay relay =
            Relay.start(
                "unpacked",
                BUFFER_BYTES,
                (bytes, length) -> plainDigest.update(bytes, 0, length),
                (bytes, length) -> plain.write(bytes, 0, length))) {
      int read;
      byte[] buffer = relay.take();
      while ((read = read(from, buffer, packed)) >= 0) {
        plainBytes += read;
        relay.pass(buffer, read);
        buffer = relay.take();
      }
      // Bytes behind the end would belong to the artifact but to nothing that is restored.
      while (read(opened, buffer, packed) >= 0) {
        continue;
      }
      packed.transferTo(OutputStream.nullOutputStream());
      relay.finish();
    }
    return new Packed(
        plainBytes, Sha256.hex(plainDigest), packed.count, whole ? Sha256.hex(packedDigest) : null);
  }

  private static InputStream opened(Tracking packed, boolean sealed, Seal seal) throws IOException {
    if (!sealed) {
      return packed;
    }
    try {
      return Age.decrypting(packed, seal.identities());
    } catch (Age.NotForUs e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw packed.told(e, "it cannot be decrypted");
    }
  }

  private static int read(InputStream from, byte[] buffer, Tracking packed) throws IOException {
    try {
      return from.read(buffer);
    } catch (IOException | RuntimeException e) {
      throw packed.told(e, "it cannot be decompressed");
    }
  }

  private static final class Counting extends FilterOutputStream {
    private long count;

    Counting(OutputStream out) {
      super(out);
    }

    void out(OutputStream to) {
      out = to;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      count++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      count += length;
    }

    /** An upload is finished or given up by who began it. */
    @Override
    public void close() throws IOException {
      flush();
    }
  }

  /** Knows whether it was the source that failed, and not what was made of its bytes. */
  private static final class Tracking extends FilterInputStream {
    private long count;
    private Exception failure;

    Tracking(InputStream in) {
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
        count += Math.max(read, 0);
        return read;
      } catch (IOException | RuntimeException e) {
        failure = e;
        throw e;
      }
    }

    @Override
    public long skip(long n) throws IOException {
      return Math.max(0, read(new byte[(int) Math.min(n, BUFFER_BYTES)]));
    }

    IOException told(Exception seen, String otherwise) throws IOException {
      switch (failure) {
        case null -> {
          return new DamagedException(otherwise + " (" + seen.getMessage() + ")", seen);
        }
        case IOException own -> throw own;
        default -> throw (RuntimeException) failure;
      }
    }

    @Override
    public void close() {}
  }
}
