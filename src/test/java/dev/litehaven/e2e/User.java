package dev.litehaven.e2e;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;

/** Who owns the specs. */
public final class User {
  private User() {}

  /** Applies manifests, several documents at once. */
  public static void applies(KubernetesClient client, String namespace, String yaml) {
    client
        .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
        .items()
        .forEach(
            item -> {
              item.getMetadata().setNamespace(namespace);
              client.resource(item).fieldManager("a-user").forceConflicts().serverSideApply();
            });
  }
}
