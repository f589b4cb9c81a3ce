package dev.litehaven.runner.store;

import dev.litehaven.runner.store.S3Clients.Patience;
import dev.litehaven.runner.store.S3Errors.Action;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** An object as a stream that goes on where a cut connection left it. */
final class S3Download extends InputStream {
  private static final int NOT_FOUND = 404;

  private final S3Client client;
  private final String bucket;
  private final String key;
  private final String what;
  private final Patience patience;
  private final S3Errors errors;
  private ResponseInputStream<GetObjectResponse> body;
  private String etag;
  private long size;
  private long at;

  S3Download(
      S3Client client, String bucket, String key, String what, Patience patience, S3Errors errors) {
    this.client = client;
    this.bucket = bucket;
    this.key = key;
    this.what = what;
    this.patience = patience;
    this.errors = errors;
  }

  /**
   * @throws NoSuchFileException when there is no such object
   */
  void begin() throws IOException {
    var request = GetObjectRequest.builder().bucket(bucket).key(key);
    if (etag != null) {
      request.ifMatch(etag).range("bytes=" + at + "-"); // the same one, not a newer
    }
    try {
      body = client.getObject(request.build(), ResponseTransformer.toInputStream());
    } catch (S3Exception e) {
      String code = e.awsErrorDetails() == null ? "" : e.awsErrorDetails().errorCode();
      if (e.statusCode() == NOT_FOUND && !"NoSuchBucket".equals(code)) {
        throw new NoSuchFileException(what);
      }
      throw errors.refusal(e, Action.READ, what);
    } catch (SdkException e) {
      throw errors.refusal(e, Action.READ, what);
    }
    if (etag == null) {
      etag = body.response().eTag();
      size = body.response().contentLength();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    for (int attempt = 1; ; attempt++) {
      String seen;
      try {
        int read = body.read(bytes, offset, length);
        if (read > 0) {
          at += read;
          return read;
        }
        if (at >= size) {
          return -1;
        }
        seen = "it ended after " + at + " of " + size + " bytes";
      } catch (IOException | SdkException e) {
        seen = S3Errors.root(e);
      }
      body.abort();
      if (attempt >= patience.attempts()) {
        throw errors.unreachable(Action.READ, what, seen);
      }
      pause(attempt);
      begin();
    }
  }

  private void pause(int attempt) throws IOException {
    long millis = patience.firstPause().toMillis() << Math.min(attempt - 1, 10);
    try {
      Thread.sleep(Math.min(millis, patience.longestPause().toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted between two attempts", e);
    }
  }

  @Override
  public void close() throws IOException {
    if (at < size) {
      body.abort(); // reading the rest to its end would take as long as all of it
    } else {
      body.close();
    }
  }
}
