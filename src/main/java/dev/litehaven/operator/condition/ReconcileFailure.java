package dev.litehaven.operator.condition;

import dev.litehaven.operator.ApiErrors;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a resource says when looking at it, or acting for it, failed. It is tried again. */
public record ReconcileFailure(Reason reason, String message) {
  private static final Logger LOG = LoggerFactory.getLogger(ReconcileFailure.class);

  /** What passes by itself, a lost race or a restarting API server, is gone by then. */
  private static final int PATIENCE = 3;

  /**
   * For a reconciler's {@code updateErrorStatus}: has it told where a human would have to know, and
   * leaves the retry to the framework.
   *
   * @param tell writes it onto the resource. Where that fails, too, the next attempt tells it again
   */
  public static <P extends HasMetadata> ErrorStatusUpdateControl<P> tell(
      P cached, Context<P> context, Exception failure, Consumer<ReconcileFailure> tell) {
    int attempt = context.getRetryInfo().map(RetryInfo::getAttemptCount).orElse(0);
    try {
      of(failure, attempt).ifPresent(tell);
    } catch (KubernetesClientException e) {
      LOG.debug("The failure could not be written onto {}", cached.getMetadata().getName(), e);
    }
    return ErrorStatusUpdateControl.defaultErrorProcessing();
  }

  /**
   * @param attempt how often it was tried again before, from 0
   * @return empty while there is nothing that a human would have to know
   */
  public static Optional<ReconcileFailure> of(Exception failure, int attempt) {
    if (failure instanceof KubernetesClientException e) {
      return switch (e.getCode()) {
        case HttpURLConnection.HTTP_UNAUTHORIZED, HttpURLConnection.HTTP_FORBIDDEN ->
            Optional.of(
                refused(
                    e,
                    "Compare the operator's Role with the chart's, and look for an admission policy."));
        case HttpURLConnection.HTTP_BAD_REQUEST, ApiErrors.UNPROCESSABLE ->
            Optional.of(
                refused(
                    e,
                    "The resource definitions may be older than the operator: upgrade them with the chart."));
        default -> attempt < PATIENCE ? Optional.empty() : Optional.of(refused(e, ""));
      };
    }
    return attempt < PATIENCE
        ? Optional.empty()
        : Optional.of(
            new ReconcileFailure(
                Reason.INTERNAL_ERROR,
                "The operator failed on this resource: %s. It tries again; its log says where."
                    .formatted(failure)));
  }

  private static ReconcileFailure refused(KubernetesClientException e, String advice) {
    return new ReconcileFailure(
        Reason.API_REFUSED,
        ("The API server refused the operator: %s. It is tried again. %s"
                .formatted(ApiErrors.words(e), advice))
            .strip());
  }
}
