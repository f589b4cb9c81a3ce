package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.BackupLocation;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotStatus;
import java.util.Optional;

/** Looks BackupLocations and VolumeSnapshots up, live. */
public final class Places {
  private final KubernetesClient client;

  public Places(KubernetesClient client) {
    this.client = client;
  }

  /**
   * A snapshot that a volume can be made from, or why none can be now.
   *
   * @param claim of the database: what is not known of the snapshot's own is as there; null: none
   */
  public Place snapshot(String namespace, String name, String claim) {
    VolumeSnapshot snapshot =
        client.resources(VolumeSnapshot.class).inNamespace(namespace).withName(name).get();
    if (snapshot == null) {
      return new Place.Missing(
          Reason.BACKUP_NOT_FOUND,
          "There is no VolumeSnapshot %s in this namespace.".formatted(name));
    }
    VolumeSnapshotStatus status = snapshot.getStatus();
    if (status == null || !Boolean.TRUE.equals(status.getReadyToUse())) {
      return new Place.Missing(
          Reason.SNAPSHOT_NOT_READY,
          "VolumeSnapshot %s is not ready to use. See kubectl describe volumesnapshot %s."
              .formatted(name, name));
    }
    Optional<PersistentVolumeClaim> like =
        claim(namespace, snapshot.getSpec().getSource().getPersistentVolumeClaimName())
            .or(() -> claim(namespace, claim));
    return new Place.InSnapshot(
        name,
        like.map(one -> one.getSpec().getStorageClassName()).orElse(null),
        size(
            status.getRestoreSize(),
            like.map(one -> one.getSpec().getResources().getRequests().get("storage"))
                .orElse(null)),
        status.getCreationTime() == null
            ? snapshot.getMetadata().getCreationTimestamp()
            : status.getCreationTime());
  }

  private Optional<PersistentVolumeClaim> claim(String namespace, String name) {
    return name == null
        ? Optional.empty()
        : Optional.ofNullable(
            client.persistentVolumeClaims().inNamespace(namespace).withName(name).get());
  }

  /** A driver refuses a volume that is smaller than its snapshot, and may say none of its size. */
  static String size(Quantity snapshot, Quantity claim) {
    if (snapshot == null || snapshot.getNumericalAmount().signum() == 0) {
      return claim == null ? "1Gi" : claim.toString();
    }
    return claim != null && claim.getNumericalAmount().compareTo(snapshot.getNumericalAmount()) > 0
        ? claim.toString()
        : snapshot.toString();
  }

  /** A location, or that there is none of that name. */
  public Place location(String namespace, String name) {
    BackupLocation location =
        client.resources(BackupLocation.class).inNamespace(namespace).withName(name).get();
    if (location == null) {
      return new Place.Missing(
          Reason.LOCATION_NOT_FOUND,
          "There is no BackupLocation %s in this namespace.".formatted(name));
    }
    Optional<Condition> ready =
        location.getStatus() == null
            ? Optional.empty()
            : location.getStatus().conditions().stream()
                .filter(condition -> Condition.READY.equals(condition.type()))
                .findFirst();
    return new Place.InLocation(
        name,
        location.getSpec(),
        ready.isEmpty()
            ? Optional.of("it has not been tried yet.")
            : ready
                .filter(condition -> !Condition.TRUE.equals(condition.status()))
                .map(Condition::message));
  }
}
