package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Artifact;
import dev.litehaven.api.v1alpha1.LocalReference;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.job.StoreAccess;
import dev.litehaven.operator.location.LocationTarget;
import dev.litehaven.operator.location.LocationTarget.Keys;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.BackupTarget;
import java.util.function.Function;

/** Says where the artifact of a backup is to lie, and where it lies. Pure. */
public final class PlaceFactory {
  private PlaceFactory() {}

  /**
   * @param locations a place for the name of a BackupLocation
   */
  public static Place toWrite(
      LocalReference asked, SQLiteDatabaseSpec database, Function<String, Place> locations) {
    LocalReference location = asked != null ? asked : database.backup().locationRef();
    if (location != null) {
      return locations.apply(location.name());
    }
    return database.backup().claimName() == null
        ? new Place.OnVolume(database.claimName())
        : new Place.OnClaim(database.backup().claimName(), "/");
  }

  /** Of one that was carried out, or recorded. */
  public static Place of(
      DatabaseBackupSpec spec, Artifact artifact, Function<String, Place> locations) {
    if (artifact != null && artifact.locationRef() != null) {
      return locations.apply(artifact.locationRef());
    }
    if (artifact != null && artifact.claimName() != null) {
      return onClaim(artifact.claimName(), artifact.directory());
    }
    return spec.file() == null
        ? new Place.Nowhere()
        : onClaim(spec.file().claimName(), spec.file().directory());
  }

  private static Place onClaim(String claim, String directory) {
    return Place.ON_VOLUME_DIRECTORY.equals(directory)
        ? new Place.OnVolume(claim)
        : new Place.OnClaim(claim, directory);
  }

  /** What status says of where a runner has written it. */
  static Artifact artifact(Place place, BackupRecord backup) {
    return switch (place) {
      case Place.InLocation location ->
          new Artifact(location.name(), null, null, backup.manifestPath(), backup.id(), null);
      case Place.OnClaim claim ->
          new Artifact(
              null, claim.claimName(), claim.directory(), backup.manifestPath(), backup.id(), null);
      case Place.OnVolume volume ->
          new Artifact(
              null,
              volume.claimName(),
              Place.ON_VOLUME_DIRECTORY,
              backup.manifestPath(),
              backup.id(),
              null);
      case Place.InSnapshot _, Place.Missing _, Place.Nowhere _ ->
          throw new IllegalStateException("a backup was written to " + place);
    };
  }

  /** Whether two artifacts lie in the same place, so that one can stand for the other. */
  static boolean same(Artifact artifact, Place place) {
    return artifact != null
        && switch (place) {
          case Place.InLocation location -> location.name().equals(artifact.locationRef());
          case Place.OnClaim claim ->
              claim.claimName().equals(artifact.claimName())
                  && claim.directory().equals(artifact.directory());
          case Place.OnVolume volume ->
              volume.claimName().equals(artifact.claimName())
                  && Place.ON_VOLUME_DIRECTORY.equals(artifact.directory());
          case Place.InSnapshot _, Place.Missing _, Place.Nowhere _ -> false;
        };
  }

  /** For messages. */
  static String words(Place place) {
    return switch (place) {
      case Place.InLocation location -> "BackupLocation " + location.name();
      case Place.OnClaim claim -> "PersistentVolumeClaim " + claim.claimName();
      case Place.OnVolume volume ->
          "PersistentVolumeClaim %s, beside the database itself".formatted(volume.claimName());
      case Place.InSnapshot snapshot -> "VolumeSnapshot " + snapshot.name();
      case Place.Missing missing -> missing.message();
      case Place.Nowhere _ -> "nowhere";
    };
  }

  /**
   * As a runner is told it, and what its pod mounts for that.
   *
   * @param mount how the workload has its volume, where a snapshot of that has to be, too
   */
  public static LocationTarget target(Place place, Keys keys, VolumeUse.Mount mount) {
    return switch (place) {
      case Place.InLocation location -> LocationTarget.of(location.spec(), keys);
      case Place.OnClaim(String claim, String directory) ->
          new LocationTarget(
              new BackupTarget(
                  directory.equals("/")
                      ? RunnerPod.BACKUP_MOUNT
                      : RunnerPod.BACKUP_MOUNT + "/" + directory,
                  true),
              StoreAccess.ofClaim(claim));
      case Place.OnVolume _ -> new LocationTarget(BackupTarget.ON_VOLUME, StoreAccess.NONE);
      case Place.InSnapshot snapshot ->
          new LocationTarget(
              BackupTarget.of(
                  new BackupTarget.Snapshot(mount.path(), snapshot.name(), snapshot.takenAt())),
              StoreAccess.of(
                  new StoreAccess.SnapshotVolume(
                      snapshot.name(),
                      snapshot.storageClassName(),
                      snapshot.size(),
                      mount.path(),
                      mount.subPath())));
      case Place.Missing _, Place.Nowhere _ ->
          throw new IllegalStateException("no pod can go to " + place);
    };
  }
}
