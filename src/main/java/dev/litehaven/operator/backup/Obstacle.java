package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Method;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec.Mode;
import dev.litehaven.operator.backup.BackupObservation.Database;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.Reason;
import java.util.Optional;

/**
 * Why a backup cannot begin.
 *
 * @param passing whether it may go away by itself, or by what a user does elsewhere
 */
record Obstacle(boolean passing, Reason reason, String message) {
  static Optional<Obstacle> before(BackupObservation seen) {
    if (seen.database().isEmpty()) {
      return Optional.of(
          new Obstacle(
              true,
              Reason.DATABASE_NOT_FOUND,
              "There is no SQLiteDatabase %s in this namespace. Apply it; the backup is made then."
                  .formatted(seen.spec().databaseRef().name())));
    }
    Database database = seen.database().get();
    if (database.spec().mode() == Mode.OBSERVE) {
      return Optional.of(
          new Obstacle(
              true,
              Reason.OBSERVE_ONLY,
              "SQLiteDatabase %s is in mode Observe, in which nothing is written. Set mode: Protect for backups."
                  .formatted(database.name())));
    }
    Optional<VolumeUse.Claim> claim = seen.volume().flatMap(VolumeUse::claim);
    if (claim.isEmpty()) {
      return Optional.of(
          new Obstacle(
              true,
              Reason.CLAIM_NOT_FOUND,
              "There is no PersistentVolumeClaim %s in this namespace, which SQLiteDatabase %s names."
                  .formatted(database.spec().claimName(), database.name())));
    }
    if (claim.get().terminating()) {
      return Optional.of(
          new Obstacle(
              false,
              Reason.CLAIM_TERMINATING,
              "PersistentVolumeClaim %s is being deleted, so nothing new is begun on it."
                  .formatted(claim.get().name())));
    }
    return notReady(database)
        .or(() -> place(seen.place()))
        .or(() -> method(seen, database, claim.get()));
  }

  private static Optional<Obstacle> notReady(Database database) {
    if (!database.observed() || database.files().isEmpty() && database.ready()) {
      return Optional.of(
          new Obstacle(
              true,
              Reason.WAITING_FOR_DATABASE,
              "SQLiteDatabase %s has not been looked at yet.".formatted(database.name())));
    }
    return database.ready()
        ? Optional.empty()
        : Optional.of(
            new Obstacle(
                true,
                Reason.of(database.reason()).orElse(Reason.DATABASE_NOT_READY),
                "SQLiteDatabase %s is not ready: %s"
                    .formatted(database.name(), database.message())));
  }

  private static Optional<Obstacle> place(Place place) {
    return switch (place) {
      case Place.Missing(Reason reason, String message) ->
          Optional.of(new Obstacle(true, reason, message));
      case Place.InLocation location ->
          location
              .notReady()
              .map(
                  why ->
                      new Obstacle(
                          true,
                          Reason.LOCATION_NOT_READY,
                          "BackupLocation %s is not ready: %s".formatted(location.name(), why)));
      case Place.OnVolume _, Place.OnClaim _, Place.InSnapshot _, Place.Nowhere _ ->
          Optional.empty();
    };
  }

  private static Optional<Obstacle> method(
      BackupObservation seen, Database database, VolumeUse.Claim claim) {
    boolean used = seen.volume().orElseThrow().inUse();
    if (seen.spec().method() == Method.FILE) {
      return claim.singlePod() && used
          ? Optional.of(
              new Obstacle(
                  false,
                  Reason.WORKLOAD_NOT_STOPPED,
                  "PersistentVolumeClaim %s is ReadWriteOncePod and the workload is running, so no runner can read it beside the workload. Stop the workload, or back up with method VolumeSnapshot."
                      .formatted(claim.name())))
          : Optional.empty();
    }
    return database.files().size() > 1 && used
        ? Optional.of(
            new Obstacle(
                false,
                Reason.WORKLOAD_NOT_STOPPED,
                "SQLiteDatabase %s has %d files and its workload is running. A snapshot of the volume can have a transaction over several files in one of them and not in another. Stop the workload, or back up with method File."
                    .formatted(database.name(), database.files().size())))
        : Optional.empty();
  }
}
