package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.workload.WorkloadActor.Outcome;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Keeps a claim from being removed while its pods are held. Kubernetes protects a claim only while
 * a pod past its gates uses it: the claim of a gated pod is deleted at once, with its data.
 */
public final class ClaimGuard {
  /** The finalizer that a held claim carries. */
  public static final String FINALIZER = "litehaven.dev/held";

  private final KubernetesClient client;

  public ClaimGuard(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Puts the finalizer on, before the workload is stopped. Can be repeated.
   *
   * @return {@code STALE} when the claim is not there, is being deleted already, or changed at the
   *     same time
   */
  public Outcome guard(String namespace, String claim) {
    PersistentVolumeClaim found = get(namespace, claim);
    if (found == null) {
      return Outcome.STALE;
    }
    if (found.getMetadata().getFinalizers().contains(FINALIZER)) {
      return Outcome.DONE;
    }
    if (found.getMetadata().getDeletionTimestamp() != null) {
      return Outcome.STALE;
    }
    var finalizers = new ArrayList<>(found.getMetadata().getFinalizers());
    finalizers.add(FINALIZER);
    return patch(found, finalizers);
  }

  /**
   * Takes the finalizer off, once the workload runs or the run is over. Can be repeated; a claim
   * that is gone needs nothing.
   */
  public Outcome letGo(String namespace, String claim) {
    PersistentVolumeClaim found = get(namespace, claim);
    if (found == null || !found.getMetadata().getFinalizers().contains(FINALIZER)) {
      return Outcome.DONE;
    }
    var finalizers = new ArrayList<>(found.getMetadata().getFinalizers());
    finalizers.remove(FINALIZER);
    return patch(found, finalizers);
  }

  private PersistentVolumeClaim get(String namespace, String claim) {
    return client.persistentVolumeClaims().inNamespace(namespace).withName(claim).get();
  }

  private Outcome patch(PersistentVolumeClaim claim, List<String> finalizers) {
    var meta = claim.getMetadata();
    try {
      client
          .persistentVolumeClaims()
          .inNamespace(meta.getNamespace())
          .withName(meta.getName())
          .patch(
              new PatchContext.Builder()
                  .withPatchType(PatchType.JSON_MERGE)
                  .withFieldManager(Api.WORKLOAD_FIELD_MANAGER)
                  .build(),
              QuiescedFormat.json(
                  Map.of(
                      "metadata",
                      Map.of(
                          "uid", meta.getUid(),
                          "resourceVersion", meta.getResourceVersion(),
                          "finalizers", finalizers))));
      return Outcome.DONE;
    } catch (KubernetesClientException e) {
      if (e.getCode() == 404 || e.getCode() == 409) {
        return Outcome.STALE;
      }
      throw e;
    }
  }
}
