package dev.litehaven.runner.store;

import dev.litehaven.protocol.S3Target;
import dev.litehaven.runner.store.S3Clients.Patience;
import dev.litehaven.runner.store.S3Errors.Action;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Objects below a prefix of a bucket in S3-compatible storage. Each call is tried a few times with
 * growing pauses; what fails then is said in the store's words.
 */
public final class S3Store implements BackupStore {
  private static final String BYTES = "application/octet-stream";
  private static final int PRECONDITION_FAILED = 412;
  private static final int CONFLICT = 409;

  private final S3Target target;
  private final String base;
  private final Clock clock;
  private final Patience patience;
  private final S3Upload.PartSizes partSizes;
  private final AwsCredentialsProvider credentials;
  private final S3Errors errors;
  private final S3Client client;

  /**
   * @param below of the target's prefix, without slashes at its ends; empty: the prefix itself
   * @param clock for how long objects are to stay locked
   */
  public S3Store(S3Target target, String below, Clock clock) {
    this(target, below, clock, Patience.DEFAULT, S3Upload.PartSizes.DEFAULT);
  }

  S3Store(
      S3Target target, String below, Clock clock, Patience patience, S3Upload.PartSizes partSizes) {
    this.target = target;
    this.base =
        (target.prefix().isEmpty() ? "" : target.prefix() + "/")
            + (below.isEmpty() ? "" : BackupStore.requireKey(below) + "/");
    this.clock = clock;
    this.patience = patience;
    this.partSizes = partSizes;
    this.credentials = S3Clients.credentials(target);
    this.errors = new S3Errors(target, this::withoutCredentials);
    this.client = S3Clients.of(target, credentials, patience);
  }

  private String withoutCredentials(String text) {
    return credentials instanceof S3Credentials files ? files.mask(text) : text;
  }

  private String full(String key) {
    return base + BackupStore.requireKey(key);
  }

  @Override
  public Upload create(String key) {
    return new S3Upload(this, client, target, full(key), key, partSizes, clock, errors);
  }

  @Override
  public boolean createIfAbsent(String key, byte[] bytes) throws IOException {
    try {
      client.putObject(put(key, bytes).ifNoneMatch("*").build(), RequestBody.fromBytes(bytes));
      return true;
    } catch (SdkException e) {
      if (isThere(e)) {
        // It may have been this very call, whose answer was lost before it was repeated.
        Optional<byte[]> there = read(key);
        if (there.isPresent()) {
          return Arrays.equals(there.get(), bytes);
        }
      }
      throw errors.refusal(e, Action.WRITE, describe(key));
    }
  }

  /** Whether a conditional call was refused because there is such an object. */
  static boolean isThere(SdkException e) {
    return e instanceof S3Exception answer
        && (answer.statusCode() == PRECONDITION_FAILED || answer.statusCode() == CONFLICT);
  }

  @Override
  public void replace(String key, byte[] bytes) {
    try {
      client.putObject(put(key, bytes).build(), RequestBody.fromBytes(bytes));
    } catch (SdkException e) {
      throw errors.refusal(e, Action.WRITE, describe(key));
    }
  }

  private PutObjectRequest.Builder put(String key, byte[] bytes) {
    return PutObjectRequest.builder()
        .bucket(target.bucket())
        .key(full(key))
        .contentType(BYTES)
        .contentMD5(md5(bytes, bytes.length))
        .serverSideEncryption(target.serverSideEncryption())
        .ssekmsKeyId(target.kmsKeyId());
  }

  /** As the header has it. S3 asks for it by this name; it is no defence against anybody. */
  static String md5(byte[] bytes, int length) {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      md5.update(bytes, 0, length);
      return Base64.getEncoder().encodeToString(md5.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has MD5", e);
    }
  }

  @Override
  public InputStream open(String key) throws IOException {
    var download =
        new S3Download(client, target.bucket(), full(key), describe(key), patience, errors);
    download.begin();
    return download;
  }

  @Override
  public List<StoredObject> list(String prefix) {
    List<StoredObject> objects = new ArrayList<>();
    try {
      for (S3Object object :
          client
              .listObjectsV2Paginator(r -> r.bucket(target.bucket()).prefix(base + prefix))
              .contents()) {
        objects.add(new StoredObject(object.key().substring(base.length()), object.size()));
      }
    } catch (SdkException e) {
      throw errors.refusal(e, Action.LIST, describe(prefix));
    }
    return objects;
  }

  @Override
  public void delete(String key) {
    try {
      client.deleteObject(r -> r.bucket(target.bucket()).key(full(key)));
    } catch (SdkException e) {
      throw errors.refusal(e, Action.DELETE, describe(key));
    }
  }

  @Override
  public void removeUnfinished(String prefix, Unfinished which) {
    try {
      for (MultipartUpload upload :
          client
              .listMultipartUploadsPaginator(r -> r.bucket(target.bucket()).prefix(base + prefix))
              .uploads()) {
        if (upload.key().startsWith(base + prefix)
            && which.test(upload.key().substring(base.length()), upload.initiated())) {
          client.abortMultipartUpload(
              r -> r.bucket(target.bucket()).key(upload.key()).uploadId(upload.uploadId()));
        }
      }
    } catch (SdkException e) {
      throw errors.refusal(e, Action.ABORT, describe(prefix));
    }
  }

  @Override
  public String describe(String key) {
    return "s3://" + target.bucket() + "/" + base + key;
  }

  @Override
  public void close() {
    client.close();
    if (credentials instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        // Nothing depends on it any more.
      }
    }
  }
}
