package dev.litehaven.operator;

import io.fabric8.kubernetes.client.KubernetesClientException;

/** What the API server answers when it does not do what it was asked. */
public final class ApiErrors {
  /** A field or a patch that it does not take; the JDK has no constant for it. */
  public static final int UNPROCESSABLE = 422;

  private ApiErrors() {}

  /** In the server's own words, where it said any. */
  public static String words(KubernetesClientException e) {
    return e.getStatus() == null || e.getStatus().getMessage() == null
        ? e.getMessage()
        : e.getStatus().getMessage();
  }
}
