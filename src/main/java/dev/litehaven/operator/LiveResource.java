package dev.litehaven.operator;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Optional;

/** A resource past the caches: a status that is one write old would take a step twice. */
public final class LiveResource<S, R extends CustomResource<?, S>> {
  private final KubernetesClient client;
  private final Class<R> kind;

  public LiveResource(KubernetesClient client, Class<R> kind) {
    this.client = client;
    this.kind = kind;
  }

  public Optional<R> read(R cached) {
    return Optional.ofNullable(
        client
            .resources(kind)
            .inNamespace(cached.getMetadata().getNamespace())
            .withName(cached.getMetadata().getName())
            .get());
  }

  /**
   * Guarded by the version that was observed: of two writers, one has to look again. A resource
   * that has gone meanwhile has nothing to say any more.
   */
  public void record(R resource, S status) {
    if (status.equals(resource.getStatus())) {
      return;
    }
    resource.setStatus(status);
    try {
      R written = client.resource(resource).updateStatus();
      resource.getMetadata().setResourceVersion(written.getMetadata().getResourceVersion());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  /** Adds or removes a finalizer, where that is needed. */
  public void finalizer(R resource, String name, boolean wanted) {
    boolean there =
        resource.getMetadata().getFinalizers() != null
            && resource.getMetadata().getFinalizers().contains(name);
    if (there == wanted) {
      return;
    }
    try {
      R changed =
          client
              .resources(kind)
              .inNamespace(resource.getMetadata().getNamespace())
              .withName(resource.getMetadata().getName())
              .edit(
                  live -> {
                    if (wanted) {
                      live.addFinalizer(name);
                    } else {
                      live.removeFinalizer(name);
                    }
                    return live;
                  });
      // The status is written next, guarded by the version that this made.
      resource.setMetadata(changed.getMetadata());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }
}
