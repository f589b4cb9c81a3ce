package dev.litehaven.runner.store;

import dev.litehaven.protocol.S3Target;
import dev.litehaven.runner.store.BackupStore.Upload;
import dev.litehaven.runner.store.S3Errors.Action;
import dev.litehaven.runner.task.BackgroundTask;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/**
 * An object on its way into a bucket: in one call when it is small, else part by part, of which one
 * is sent while the next is filled. Closed before its end, it is aborted, and no part is left.
 */
final class S3Upload extends Upload {
  /**
   * A store takes 10 000 parts.
   *
   * @param first of the first parts
   * @param firstParts how many are of that size
   * @param later of the others
   */
  record PartSizes(int first, int firstParts, int later) {
    // Up to 16 GB with little memory, up to 140 GB with a little more.
    static final PartSizes DEFAULT = new PartSizes(8 << 20, 2000, 16 << 20);

    int of(int number) {
      return number <= firstParts ? first : later;
    }
  }

  private static final String BYTES = "application/octet-stream";

  private final S3Store store;
  private final S3Client client;
  private final S3Target target;
  private final String fullKey;
  private final String key;
  private final String what;
  private final PartSizes partSizes;
  private final Clock clock;
  private final S3Errors errors;
  private final List<CompletedPart> parts = new ArrayList<>();
  private byte[] buffer;
  private byte[] spare;
  private int filled;
  private int number = 1;
  private long total;
  private String uploadId;
  private BackgroundTask<CompletedPart> sending;
  private boolean finished;

  S3Upload(
      S3Store store,
      S3Client client,
      S3Target target,
      String fullKey,
      String key,
      PartSizes partSizes,
      Clock clock,
      S3Errors errors) {
    this.store = store;
    this.client = client;
    this.target = target;
    this.fullKey = fullKey;
    this.key = key;
    this.what = store.describe(key);
    this.partSizes = partSizes;
    this.clock = clock;
    this.errors = errors;
    this.buffer = new byte[partSizes.of(1)];
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    while (length > 0) {
      if (filled == buffer.length) {
        sendFull();
      }
      int taken = Math.min(length, buffer.length - filled);
      System.arraycopy(bytes, offset, buffer, filled, taken);
      filled += taken;
      offset += taken;
      length -= taken;
      total += taken;
    }
  }

  private void sendFull() throws IOException {
    if (uploadId == null) {
      begin();
    }
    awaitSent();
    byte[] part = buffer;
    int length = filled;
    int at = number++;
    sending = BackgroundTask.start("upload", () -> send(at, part, length));
    int size = partSizes.of(number);
    buffer = spare != null && spare.length == size ? spare : new byte[size];
    spare = part;
    filled = 0;
  }

  private void begin() {
    var request =
        CreateMultipartUploadRequest.builder()
            .bucket(target.bucket())
            .key(fullKey)
            .contentType(BYTES)
            .serverSideEncryption(target.serverSideEncryption())
            .ssekmsKeyId(target.kmsKeyId());
    if (target.objectLockMode() != null) {
      request.objectLockMode(target.objectLockMode()).objectLockRetainUntilDate(lockedUntil());
    }
    try {
      uploadId = client.createMultipartUpload(request.build()).uploadId();
    } catch (SdkException e) {
      throw errors.refusal(e, Action.WRITE, what);
    }
  }

  private CompletedPart send(int at, byte[] part, int length) {
    try {
      String etag =
          client
              .uploadPart(
                  r ->
                      r.bucket(target.bucket())
                          .key(fullKey)
                          .uploadId(uploadId)
                          .partNumber(at)
                          .contentMD5(S3Store.md5(part, length)),
                  body(part, length))
              .eTag();
      return CompletedPart.builder().partNumber(at).eTag(etag).build();
    } catch (SdkException e) {
      throw errors.refusal(e, Action.WRITE, what);
    }
  }

  /** Without the copy that others make of the bytes. */
  private static RequestBody body(byte[] bytes, int length) {
    return RequestBody.fromContentProvider(
        () -> new ByteArrayInputStream(bytes, 0, length), length, BYTES);
  }

  private void awaitSent() throws IOException {
    if (sending != null) {
      BackgroundTask<CompletedPart> sent = sending;
      sending = null;
      parts.add(sent.await());
    }
  }

  @Override
  public void finish() throws IOException {
    try {
      if (uploadId == null) {
        putWhole();
      } else {
        if (filled > 0) {
          sendFull();
        }
        awaitSent();
        complete();
      }
    } catch (SdkException e) {
      if (S3Store.isThere(e) && !isThis()) {
        throw new FileAlreadyExistsException(what);
      } else if (!S3Store.isThere(e)) {
        throw errors.refusal(e, Action.WRITE, what);
      }
    }
    finished = true;
  }

  private void putWhole() {
    var put =
        PutObjectRequest.builder()
            .bucket(target.bucket())
            .key(fullKey)
            .contentType(BYTES)
            .contentMD5(S3Store.md5(buffer, filled))
            .ifNoneMatch("*")
            .serverSideEncryption(target.serverSideEncryption())
            .ssekmsKeyId(target.kmsKeyId());
    if (target.objectLockMode() != null) {
      put.objectLockMode(target.objectLockMode()).objectLockRetainUntilDate(lockedUntil());
    }
    client.putObject(put.build(), body(buffer, filled));
  }

  private Instant lockedUntil() {
    return clock.instant().plus(Duration.ofDays(target.objectLockDays()));
  }

  private void complete() {
    try {
      client.completeMultipartUpload(
          r ->
              r.bucket(target.bucket())
                  .key(fullKey)
                  .uploadId(uploadId)
                  .ifNoneMatch("*")
                  .multipartUpload(m -> m.parts(parts)));
    } catch (NoSuchUploadException e) {
      // It was completed by an attempt whose answer was lost, and then there is the object.
      if (size() != total) {
        throw e;
      }
    }
  }

  /** Whether the object that is there is this one: an answer was lost, and the call repeated. */
  private boolean isThis() throws IOException {
    if (uploadId != null) {
      return false; // a completed upload is gone, and that is answered otherwise
    }
    return size() == filled
        && Arrays.equals(store.read(key).orElse(new byte[0]), Arrays.copyOf(buffer, filled));
  }

  private long size() {
    return client.headObject(r -> r.bucket(target.bucket()).key(fullKey)).contentLength();
  }

  @Override
  public void close() {
    if (sending != null) {
      sending.settle(); // a part that arrives after the abort would stay
      sending = null;
    }
    if (!finished && uploadId != null) {
      try {
        client.abortMultipartUpload(r -> r.bucket(target.bucket()).key(fullKey).uploadId(uploadId));
      } catch (NoSuchUploadException e) {
        // gone already
      } catch (SdkException e) {
        throw errors.refusal(e, Action.ABORT, what);
      } finally {
        uploadId = null;
      }
    }
  }
}
