package dev.litehaven.runner.store;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.S3Target;
import java.io.IOException;
import java.util.Set;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/** What a store answered, as a reason and a sentence. Credentials are in neither. */
final class S3Errors {
  /** What is asked of the store, and the right that takes. */
  enum Action {
    WRITE("written", "s3:PutObject"),
    READ("read", "s3:GetObject"),
    LIST("listed", "s3:ListBucket"),
    DELETE("deleted", "s3:DeleteObject"),
    ABORT("cleared of unfinished uploads", "s3:AbortMultipartUpload");

    private final String done;
    private final String right;

    Action(String done, String right) {
      this.done = done;
      this.right = right;
    }
  }

  private static final Set<String> FULL =
      Set.of(
          "QuotaExceeded",
          "InsufficientStorage",
          "InsufficientCapacity",
          "EntityTooLargeForQuota",
          "XMinioStorageFull",
          "XMinioAdminBucketQuotaExceeded",
          "XAmzQuotaExceeded",
          "StorageQuotaExceeded",
          "ServiceQuotaExceededException");
  private static final Set<String> CHANGED =
      Set.of(
          "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch");

  private final S3Target target;
  private final UnaryOperator<String> mask;

  /**
   * @param mask takes the credentials out of a text
   */
  S3Errors(S3Target target, UnaryOperator<String> mask) {
    this.target = target;
    this.mask = mask;
  }

  RefusedException refusal(SdkException seen, Action action, String what) {
    if (seen instanceof AwsServiceException answer) {
      return answered(answer, action, what);
    }
    for (Throwable cause = seen; cause != null; cause = cause.getCause()) {
      if (cause instanceof RefusedException refused) {
        return refused; // by the credentials
      }
    }
    boolean unanswered =
        seen instanceof ApiCallTimeoutException || seen instanceof ApiCallAttemptTimeoutException;
    for (Throwable cause = seen; cause != null && !unanswered; cause = cause.getCause()) {
      unanswered = cause instanceof IOException;
    }
    if (seen instanceof AbortedException || unanswered) {
      return unreachable(action, what, root(seen));
    }
    return refusal(
        Reason.STORE_REFUSED,
        what
            + " could not be "
            + action.done
            + ": "
            + sentence(seen.getMessage())
            + (target.credentialsDirectory() == null
                ? " The location names no credentialsSecretRef, so the pod needs an identity of the cloud's: set serviceAccountName to an account that has one, and see that the cloud's webhook serves this namespace."
                : " Look at the credentials and the settings of the location."));
  }

  RefusedException unreachable(Action action, String what, String words) {
    return refusal(
        Reason.STORE_UNREACHABLE,
        "%s could not be %s: %s did not answer, or not in time (%s). It is tried again; look at the endpoint, its name in DNS, its certificate and the NetworkPolicy if it stays."
            .formatted(what, action.done, place(), words));
  }

  private RefusedException answered(AwsServiceException seen, Action action, String what) {
    int status = seen.statusCode();
    String code = seen.awsErrorDetails() == null ? null : seen.awsErrorDetails().errorCode();
    String said = seen.awsErrorDetails() == null ? null : seen.awsErrorDetails().errorMessage();
    String words =
        status
            + (code == null || code.isEmpty() ? "" : " " + code)
            + (said == null || said.isEmpty() ? "" : ": " + said.replaceFirst("[.\\s]+$", ""));
    String failed = what + " could not be " + action.done + ": " + place() + " said " + words;
    if (status == 507 || (code != null && FULL.contains(code))) {
      return refusal(Reason.STORE_FULL, failed + ". Make room there, or raise the quota.");
    }
    if (code != null && CHANGED.contains(code)) {
      return refusal(
          Reason.BACKUP_FAILED,
          failed + ". What arrived is not what was sent: look at what is between here and there.");
    }
    if (status >= 500 || status == 429 || status == 408 || "RequestTimeout".equals(code)) {
      return refusal(
          Reason.STORE_UNREACHABLE,
          failed + ". That was its answer to every attempt; it is tried again later.");
    }
    return refusal(Reason.STORE_REFUSED, failed + ". " + advice(status, code, action));
  }

  private String advice(int status, String code, Action action) {
    if ("NoSuchBucket".equals(code)) {
      return "Make the bucket, or correct its name.";
    }
    if (status >= 300 && status < 400) {
      return "Correct region and endpoint.";
    }
    if (status == 401 || status == 403) {
      return "Look at the credentials, the clock of the node, and whether they have the right "
          + action.right
          + ".";
    }
    return "Look at the settings of the location.";
  }

  private static String sentence(String text) {
    return text == null ? "" : text.replaceFirst("[.\\s]*$", ".");
  }

  private String place() {
    return target.endpoint() == null
        ? "the bucket " + target.bucket()
        : target.endpoint() + " (bucket " + target.bucket() + ")";
  }

  static String root(Throwable seen) {
    Throwable last = seen;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return last.getClass().getSimpleName() + ": " + last.getMessage();
  }

  /** Without the cause: a log prints it, and what a store wrote into it may be anything. */
  private RefusedException refusal(Reason reason, String message) {
    return new RefusedException(reason, mask.apply(message.replaceAll("\\s+", " ")));
  }
}
