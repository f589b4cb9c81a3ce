package dev.litehaven.operator.snapshot;

import dev.litehaven.operator.naming.Labels;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotClass;
import java.net.HttpURLConnection;

/** Takes VolumeSnapshots and says how far they are. */
public final class Snapshots {
  private final KubernetesClient client;

  public Snapshots(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Whether there is no class of that name. Classes may not be read everywhere: then it is false.
   */
  public boolean classMissing(String className) {
    try {
      return client.resources(VolumeSnapshotClass.class).withName(className).get() == null;
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_FORBIDDEN) {
        throw e;
      }
      return false;
    }
  }

  public SnapshotState look(String namespace, String name) {
    VolumeSnapshot snapshot;
    try {
      snapshot = client.resources(VolumeSnapshot.class).inNamespace(namespace).withName(name).get();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_FORBIDDEN) {
        throw e;
      }
      return new SnapshotState.Impossible("VolumeSnapshots may not be read: " + e.getMessage());
    }
    if (snapshot == null) {
      return client.supports(VolumeSnapshot.class)
          ? new SnapshotState.Absent()
          : new SnapshotState.Impossible(
              "This cluster knows no VolumeSnapshots (snapshot.storage.k8s.io/v1). Install the snapshot controller and its CRDs, or leave out backup.volumeSnapshotClassName: the file backup is made either way.");
    }
    var status = snapshot.getStatus();
    if (status != null && Boolean.TRUE.equals(status.getReadyToUse())) {
      return new SnapshotState.ReadyToUse(name);
    }
    String error =
        status == null || status.getError() == null || status.getError().getMessage() == null
            ? ""
            : status.getError().getMessage();
    return ofMissingClass(error)
        ? new SnapshotState.NoClass(error)
        : new SnapshotState.Pending(name, error);
  }

  /** The snapshot controller says it in words only. */
  private static boolean ofMissingClass(String error) {
    return error.contains("volumesnapshotclass") && error.contains("not found");
  }

  public void create(
      String namespace,
      String name,
      String claim,
      String className,
      String database,
      String runId) {
    var snapshot =
        new VolumeSnapshotBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(namespace)
            .withLabels(Labels.backup(database, runId, "PreMigration"))
            .endMetadata()
            .withNewSpec()
            .withVolumeSnapshotClassName(className)
            .withNewSource()
            .withPersistentVolumeClaimName(claim)
            .endSource()
            .endSpec()
            .build();
    try {
      client.resource(snapshot).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }
}
