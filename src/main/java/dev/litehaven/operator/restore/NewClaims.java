package dev.litehaven.operator.restore;

import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.NewClaim;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.operator.naming.Labels;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;

/**
 * Makes the claims that restores go into. Owned by nobody: what was restored stays when the restore
 * is deleted.
 */
final class NewClaims {
  private final KubernetesClient client;

  NewClaims(KubernetesClient client) {
    this.client = client;
  }

  /** Makes it, unless there is one of that name; whose it is, is looked at again. */
  void make(DatabaseRestore restore, SQLiteDatabase database) {
    String namespace = restore.getMetadata().getNamespace();
    PersistentVolumeClaim like =
        client
            .persistentVolumeClaims()
            .inNamespace(namespace)
            .withName(database.getSpec().claimName())
            .get();
    try {
      client.resource(claim(restore, like == null ? null : like.getSpec())).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  /**
   * @param like the database's own claim; null: there is none
   */
  static PersistentVolumeClaim claim(DatabaseRestore restore, PersistentVolumeClaimSpec like) {
    NewClaim wanted = restore.getSpec().newClaim();
    Quantity size =
        wanted.size() != null
            ? new Quantity(wanted.size())
            : like == null ? new Quantity("1Gi") : like.getResources().getRequests().get("storage");
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withName(wanted.name())
        .withNamespace(restore.getMetadata().getNamespace())
        .addToLabels(Labels.MANAGED_BY, Labels.MANAGER)
        .addToAnnotations(RestoreObserver.RESTORED_BY, restore.getMetadata().getUid())
        .endMetadata()
        .withNewSpec()
        .withAccessModes(
            wanted.accessModes() != null
                ? wanted.accessModes()
                : like == null ? java.util.List.of("ReadWriteOnce") : like.getAccessModes())
        .withStorageClassName(
            wanted.storageClassName() != null
                ? wanted.storageClassName()
                : like == null ? null : like.getStorageClassName())
        .withNewResources()
        .addToRequests("storage", size)
        .endResources()
        .endSpec()
        .build();
  }
}
