package dev.litehaven.operator.job;

import dev.litehaven.operator.ApiErrors;
import io.fabric8.kubernetes.client.KubernetesClientException;

/** The API server does not take a runner's Job or its request; nothing was started. */
public final class JobRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean passing;

  JobRefusedException(boolean passing, String message, Throwable cause) {
    super(message, cause);
    this.passing = passing;
  }

  /** What a Job needs is not taken by the API server. */
  public static JobRefusedException of(String what, KubernetesClientException e) {
    return new JobRefusedException(
        true, "The API server does not take the %s: %s".formatted(what, ApiErrors.words(e)), e);
  }

  /** What a Job needs is not there, so that it is not asked for. */
  public static JobRefusedException of(String message) {
    return new JobRefusedException(false, message, null);
  }

  /** What a Job needs is not there now, and may come by itself. */
  public static JobRefusedException passing(String message) {
    return new JobRefusedException(true, message, null);
  }

  private boolean namespaceGoes() {
    return getCause() instanceof KubernetesClientException e
        && e.getStatus() != null
        && e.getStatus().getDetails() != null
        && e.getStatus().getDetails().getCauses() != null
        && e.getStatus().getDetails().getCauses().stream()
            .anyMatch(cause -> "NamespaceTerminating".equals(cause.getReason()));
  }

  /** As the planners see it. */
  public JobState.Refused state() {
    return new JobState.Refused(passing, namespaceGoes(), getMessage());
  }
}
