package dev.litehaven.operator.condition;

import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Optional;

/** What a resource says when looking at it, or acting for it, failed. It is tried again. */
public record ReconcileFailure(Reason reason, String message) {
  /** What passes by itself, a lost race or a restarting API server, is gone by then. */
  private static final int PATIENCE = 3;

  private static final int UNPROCESSABLE = 422;

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
        case HttpURLConnection.HTTP_BAD_REQUEST, UNPROCESSABLE ->
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
    String why =
        e.getStatus() == null || e.getStatus().getMessage() == null
            ? e.getMessage()
            : e.getStatus().getMessage();
    return new ReconcileFailure(
        Reason.API_REFUSED,
        ("The API server refused the operator: %s. It is tried again. %s".formatted(why, advice))
            .strip());
  }
}
