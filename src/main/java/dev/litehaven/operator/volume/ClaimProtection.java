package dev.litehaven.operator.volume;

import dev.litehaven.api.v1alpha1.Api;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;

/**
 * A finalizer on a claim whose pods are held: Kubernetes protects only claims that a running pod
 * uses, and deletes one under a gated pod at once.
 */
public final class ClaimProtection {
  static final String FINALIZER = Api.GROUP + "/held";

  private final KubernetesClient client;

  public ClaimProtection(KubernetesClient client) {
    this.client = client;
  }

  public void protect(String namespace, String claim) {
    set(namespace, claim, true);
  }

  public void release(String namespace, String claim) {
    set(namespace, claim, false);
  }

  private void set(String namespace, String name, boolean wanted) {
    var resource = client.persistentVolumeClaims().inNamespace(namespace).withName(name);
    PersistentVolumeClaim claim = resource.get();
    if (claim == null
        || claim.getMetadata().getFinalizers().contains(FINALIZER) == wanted
        || (wanted && claim.getMetadata().getDeletionTimestamp() != null)) {
      return;
    }
    resource.edit(
        live -> {
          if (wanted) {
            live.addFinalizer(FINALIZER);
          } else {
            live.removeFinalizer(FINALIZER);
          }
          return live;
        });
  }
}
