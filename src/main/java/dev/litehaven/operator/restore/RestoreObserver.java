package dev.litehaven.operator.restore;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseMigrationSpec.OnNotReady;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Mode;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.operator.backup.Places;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.restore.RestoreObservation.Target;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.run.RunObservation.Terms;
import dev.litehaven.operator.run.RunObservation.Written;
import dev.litehaven.operator.run.RunObserver;
import dev.litehaven.operator.run.Work;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Gathers everything that the planner may know of a restore. Reads live; changes nothing. */
final class RestoreObserver {
  /** On a claim: UID of the restore that has made it. */
  static final String RESTORED_BY = Api.GROUP + "/restored-by";

  private final KubernetesClient client;
  private final RunObserver runs;
  private final Places places;

  RestoreObserver(KubernetesClient client, RunObserver runs) {
    this.client = client;
    this.runs = runs;
    this.places = new Places(client);
  }

  /**
   * What the planner sees, and what acting needs beside it.
   *
   * @param own how the workload has the database's volume, and who it is there
   * @param database null: there is none
   */
  record Seen(
      RestoreObservation observation,
      Optional<VolumeUse> volume,
      VolumeUse.Mount own,
      SQLiteDatabase database) {}

  Seen observe(DatabaseRestore restore) {
    var meta = restore.getMetadata();
    String namespace = meta.getNamespace();
    var spec = restore.getSpec();
    DatabaseRestoreStatus status =
        restore.getStatus() == null ? DatabaseRestoreStatus.unobserved() : restore.getStatus();
    Run run = status.run();
    SQLiteDatabase database = runs.database(namespace, spec.databaseRef().name());
    Optional<PersistentVolumeClaim> made =
        spec.mode() == Mode.NEW_CLAIM
            ? Optional.ofNullable(
                client
                    .persistentVolumeClaims()
                    .inNamespace(namespace)
                    .withName(spec.newClaim().name())
                    .get())
            : Optional.empty();
    Optional<VolumeUse> own =
        database == null ? Optional.empty() : runs.volume(namespace, database, run);
    Optional<VolumeUse> volume =
        spec.mode() == Mode.NEW_CLAIM
            ? made.map(claim -> runs.volume(namespace, spec.newClaim().name()))
            : own.or(() -> runs.volume(namespace, null, run));
    return new Seen(
        new RestoreObservation(
            spec,
            status,
            source(namespace, restore, database),
            Optional.ofNullable(database).map(RestoreObserver::database),
            spec.mode() == Mode.NEW_CLAIM
                ? Optional.of(target(made, meta.getUid()))
                : Optional.empty(),
            runs.observe(
                new RunObserver.Asked(
                    restore,
                    terms(spec),
                    new Written(
                        status.conditions(), status.nextAction(), status.lastHandledRequest()),
                    run,
                    SQLiteDatabaseStatus.of(database).schemaVersion()),
                database,
                usable(restore, database, volume, run),
                volume)),
        volume,
        own.map(VolumeUse::mount).orElse(VolumeUse.Mount.DEFAULT),
        database);
  }

  private static Target target(Optional<PersistentVolumeClaim> made, String uid) {
    return made.<Target>map(
            claim ->
                claim.getMetadata().getAnnotations() != null
                        && uid.equals(claim.getMetadata().getAnnotations().get(RESTORED_BY))
                    ? new Target.Ours()
                    : new Target.Foreign())
        .orElseGet(Target.Absent::new);
  }

  private RestoreSource source(String namespace, DatabaseRestore restore, SQLiteDatabase database) {
    if (database == null) {
      return new RestoreSource.Problem(
          false,
          Reason.DATABASE_NOT_FOUND,
          "There is no SQLiteDatabase %s in this namespace. Apply it; the restore goes on by itself."
              .formatted(restore.getSpec().databaseRef().name()));
    }
    return RestoreSourceFactory.of(
        restore.getSpec().source(),
        database.getMetadata().getName(),
        identity(database),
        database.getSpec(),
        client.resources(DatabaseBackup.class).inNamespace(namespace).list().getItems(),
        name -> places.location(namespace, name),
        name -> places.snapshot(namespace, name, database.getSpec().claimName()));
  }

  private static String identity(SQLiteDatabase database) {
    return Names.identity(
        database.getMetadata().getNamespace(),
        database.getMetadata().getName(),
        database.getSpec().identity());
  }

  private static RestoreObservation.Database database(SQLiteDatabase database) {
    return new RestoreObservation.Database(
        database.getMetadata().getName(),
        database.getMetadata().getUid(),
        switch (database.getSpec().mode()) {
          case OBSERVE -> "Observe";
          case PROTECT -> "Protect";
          case MANAGE -> null;
        });
  }

  static Terms terms(DatabaseRestoreSpec spec) {
    return new Terms(
        Work.RESTORE,
        spec.dryRun(),
        spec.databaseRef().name(),
        Duration.ofSeconds(spec.activeDeadlineSeconds()),
        Duration.ofSeconds(spec.readinessDeadlineSeconds()),
        // Where nothing was before, there is nothing to go back to.
        spec.mode() == Mode.IN_PLACE ? spec.onNotReady() : OnNotReady.KEEP);
  }

  /**
   * A restore is for databases that are damaged or gone as well, so they need not be ready; but
   * somebody must have looked, since whose file it is decides who the runner is.
   */
  private static Database usable(
      DatabaseRestore restore, SQLiteDatabase database, Optional<VolumeUse> volume, Run run) {
    String name = restore.getSpec().databaseRef().name();
    if (database == null) {
      return new Database.Unusable(
          false,
          Reason.DATABASE_NOT_FOUND,
          "There is no SQLiteDatabase %s in this namespace. Apply it; the restore goes on by itself."
              .formatted(name));
    }
    SQLiteDatabaseStatus status = SQLiteDatabaseStatus.of(database);
    boolean looked =
        status.conditions().stream()
            .filter(condition -> Condition.READY.equals(condition.type()))
            .anyMatch(
                condition ->
                    database.getMetadata().getGeneration().equals(condition.observedGeneration()));
    if (run == null && !looked) {
      return new Database.Unusable(
          false,
          Reason.WAITING_FOR_DATABASE,
          "SQLiteDatabase %s has not been looked at yet.".formatted(name));
    }
    if (volume.isEmpty() || volume.get().claim().isEmpty()) {
      return new Database.Unusable(
          false,
          Reason.CLAIM_NOT_FOUND,
          "There is no PersistentVolumeClaim %s in this namespace. Create it; the restore goes on by itself."
              .formatted(database.getSpec().claimName()));
    }
    var claim = volume.get().claim().get();
    if (run != null && !claim.uid().equals(run.claimUid())) {
      return new Database.Unusable(
          true,
          Reason.CLAIM_NOT_FOUND,
          "PersistentVolumeClaim %s is another one than when the restore began."
              .formatted(claim.name()));
    }
    boolean replaces = restore.getSpec().mode() == Mode.IN_PLACE && !restore.getSpec().dryRun();
    Optional<Database> notReplaced =
        run == null && replaces
            ? RunObserver.notReplaced(database, volume.get())
            : Optional.empty();
    if (notReplaced.isPresent()) {
      return notReplaced.get();
    }
    return new Database.Usable(
        name,
        database.getMetadata().getUid(),
        identity(database),
        database.getSpec(),
        claim.uid(),
        claim.singlePod(),
        files(database.getSpec(), status),
        FileOwner.of(status),
        restore.getSpec().mode() == Mode.NEW_CLAIM || status.highestEpoch() == null
            ? 0
            : status.highestEpoch());
  }

  /** None: the backup says how its files are called and where they were. */
  private static List<DatabaseFile> files(SQLiteDatabaseSpec spec, SQLiteDatabaseStatus status) {
    return spec.files().isEmpty()
        ? status.files().stream().map(file -> new DatabaseFile(file.name(), file.path())).toList()
        : spec.files().stream().map(file -> new DatabaseFile(file.name(), file.path())).toList();
  }
}
