package dev.litehaven.operator.restore;

import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Method;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Type;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.InLocation;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Source;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.backup.BackupObserver;
import dev.litehaven.operator.backup.Place;
import dev.litehaven.operator.backup.PlaceFactory;
import dev.litehaven.protocol.Reason;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Finds what a restore asks for among the backups that are known. Pure. */
final class RestoreSourceFactory {
  /** States that somebody, or a rollback, has left behind. */
  private static final Set<Type> GIVEN_UP =
      EnumSet.of(Type.FAILED_STATE, Type.PRE_RESTORE, Type.PRE_ROLLBACK);

  private RestoreSourceFactory() {}

  /**
   * @param identity of the database
   * @param backups of the namespace
   * @param locations a place for the name of a BackupLocation
   * @param snapshots a place for the name of a VolumeSnapshot
   */
  static RestoreSource of(
      Source asked,
      String database,
      String identity,
      SQLiteDatabaseSpec spec,
      List<DatabaseBackup> backups,
      Function<String, Place> locations,
      Function<String, Place> snapshots) {
    if (asked.volumeSnapshotRef() != null) {
      return snapshot(asked.volumeSnapshotRef().name(), identity, snapshots);
    }
    if (asked.location() != null) {
      InLocation location = asked.location();
      return usable(
          new RestoreSource.Found(
              locations.apply(location.locationRef().name()),
              location.identity() == null ? identity : location.identity(),
              location.backupId(),
              location.pointInTime(),
              location.backupId() == null));
    }
    if (asked.backupRef() != null) {
      return backup(asked.backupRef().name(), identity, backups, locations, snapshots);
    }
    return newest(asked.pointInTime(), database, identity, spec, backups, locations);
  }

  private static RestoreSource snapshot(
      String name, String identity, Function<String, Place> snapshots) {
    return usable(new RestoreSource.Found(snapshots.apply(name), identity, name, null, false));
  }

  private static RestoreSource backup(
      String name,
      String identity,
      List<DatabaseBackup> backups,
      Function<String, Place> locations,
      Function<String, Place> snapshots) {
    Optional<DatabaseBackup> named = named(name, backups);
    if (named.isEmpty()) {
      return new RestoreSource.Problem(
          false,
          Reason.BACKUP_NOT_FOUND,
          "There is no DatabaseBackup %s in this namespace. kubectl get dbb lists them."
              .formatted(name));
    }
    DatabaseBackup backup = named.get();
    DatabaseBackupStatus status = backup.getStatus();
    if (status == null || status.completedAt() == null) {
      return new RestoreSource.Problem(
          false,
          Reason.BACKUP_NOT_FOUND,
          "DatabaseBackup %s is not finished yet; it is restored when it is.".formatted(name));
    }
    if (status.sameAs() != null && !status.sameAs().equals(name)) {
      return backup(status.sameAs(), identity, backups, locations, snapshots);
    }
    if (backup.getSpec().method() == Method.VOLUME_SNAPSHOT) {
      // Also one that nobody has opened yet: it is, before anything is replaced.
      String snapshot = BackupObserver.snapshotName(backup.getSpec(), status);
      return snapshot == null
          ? new RestoreSource.Problem(
              true,
              Reason.BACKUP_NOT_FOUND,
              "DatabaseBackup %s has no VolumeSnapshot: it failed. kubectl describe dbb %s says why."
                  .formatted(name, name))
          : snapshot(snapshot, identityOf(backup, identity), snapshots);
    }
    if (!Boolean.TRUE.equals(status.verified())) {
      return new RestoreSource.Problem(
          true,
          Reason.NOTHING_VERIFIED,
          "DatabaseBackup %s is not verified, so nothing is restored from it. Name another one, or latest: Verified."
              .formatted(name));
    }
    return usable(
        new RestoreSource.Found(
            PlaceFactory.of(backup.getSpec(), status.artifact(), locations),
            identityOf(backup, identity),
            id(backup),
            null,
            false));
  }

  private static RestoreSource newest(
      String notAfter,
      String database,
      String identity,
      SQLiteDatabaseSpec spec,
      List<DatabaseBackup> backups,
      Function<String, Place> locations) {
    Optional<DatabaseBackup> newest =
        backups.stream()
            .filter(backup -> identity.equals(identityOf(backup, "")))
            .filter(backup -> backup.getMetadata().getDeletionTimestamp() == null)
            .filter(RestoreSourceFactory::countsAsGood)
            .filter(backup -> notAfter == null || !taken(backup).isAfter(Instant.parse(notAfter)))
            .max(Comparator.comparing(RestoreSourceFactory::taken));
    Place place =
        newest
            .map(
                backup ->
                    PlaceFactory.of(backup.getSpec(), backup.getStatus().artifact(), locations))
            .orElseGet(() -> PlaceFactory.toWrite(null, spec, locations));
    if (newest.isEmpty() && place instanceof Place.Nowhere) {
      return new RestoreSource.Problem(
          false,
          Reason.BACKUP_NOT_FOUND,
          "There is no verified backup of database %s%s."
              .formatted(database, notAfter == null ? "" : " from " + notAfter + " or before"));
    }
    return usable(new RestoreSource.Found(place, identity, null, notAfter, true));
  }

  /** A state that was given up is kept, and is not what anybody means by the latest. */
  private static boolean countsAsGood(DatabaseBackup backup) {
    DatabaseBackupStatus status = backup.getStatus();
    return status != null
        && Boolean.TRUE.equals(status.verified())
        && status.createdAt() != null
        && status.sameAs() == null
        && backup.getSpec().method() == Method.FILE
        && !GIVEN_UP.contains(backup.getSpec().type());
  }

  private static Instant taken(DatabaseBackup backup) {
    return Instant.parse(backup.getStatus().createdAt());
  }

  private static Optional<DatabaseBackup> named(String name, List<DatabaseBackup> backups) {
    return backups.stream()
        .filter(backup -> backup.getMetadata().getName().equals(name))
        .findFirst();
  }

  private static String identityOf(DatabaseBackup backup, String otherwise) {
    if (backup.getStatus() != null && backup.getStatus().identity() != null) {
      return backup.getStatus().identity();
    }
    return backup.getSpec().identity() == null ? otherwise : backup.getSpec().identity();
  }

  /** The directory of the manifest is called like the backup. */
  private static String id(DatabaseBackup backup) {
    var artifact = backup.getStatus().artifact();
    if (artifact != null && artifact.id() != null) {
      return artifact.id();
    }
    String[] parts = backup.getSpec().file().path().split("/", -1);
    return parts.length < 2 ? backup.getSpec().file().path() : parts[parts.length - 2];
  }

  private static RestoreSource usable(RestoreSource.Found found) {
    return switch (found.place()) {
      case Place.Missing(Reason reason, String message) ->
          new RestoreSource.Problem(false, reason, message);
      case Place.Nowhere _ ->
          new RestoreSource.Problem(
              true,
              Reason.BACKUP_NOT_FOUND,
              "Nothing says where the backup lies. Name its BackupLocation in spec.source.location.");
      case Place.InLocation location ->
          location.notReady().isPresent()
              ? new RestoreSource.Problem(
                  false,
                  Reason.LOCATION_NOT_READY,
                  "BackupLocation %s is not ready: %s"
                      .formatted(location.name(), location.notReady().get()))
              : found;
      case Place.OnClaim _, Place.OnVolume _, Place.InSnapshot _ -> found;
    };
  }
}
