package dev.litehaven.operator.snapshot;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotClass;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.net.HttpURLConnection;
import java.util.Map;

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
      return new SnapshotState.ReadyToUse(
          name, goesWithNamespace(status.getBoundVolumeSnapshotContentName()));
    }
    String error =
        status == null || status.getError() == null || status.getError().getMessage() == null
            ? ""
            : status.getError().getMessage();
    return ofMissingClass(error)
        ? new SnapshotState.NoClass(error)
        : new SnapshotState.Pending(name, error);
  }

  private boolean goesWithNamespace(String content) {
    if (content == null) {
      return false;
    }
    try {
      VolumeSnapshotContent found =
          client.resources(VolumeSnapshotContent.class).withName(content).get();
      return found != null && "Delete".equals(found.getSpec().getDeletionPolicy());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_FORBIDDEN) {
        throw e;
      }
      return false;
    }
  }

  /** What becomes of the storage's snapshot is up to its content's deletionPolicy. */
  public void delete(String namespace, String name) {
    client.resources(VolumeSnapshot.class).inNamespace(namespace).withName(name).delete();
  }

  /** The snapshot controller says it in words only. */
  private static boolean ofMissingClass(String error) {
    return error.contains("volumesnapshotclass") && error.contains("not found");
  }

  /**
   * @param className null: the driver's default
   */
  public void create(
      String namespace, String name, String claim, String className, Map<String, String> labels) {
    var snapshot =
        new VolumeSnapshotBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(namespace)
            .withLabels(labels)
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
