package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.DatabaseMigrationSpec;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.run.RunObservation.Terms;
import dev.litehaven.operator.run.RunObservation.Written;
import dev.litehaven.operator.run.RunObserver;
import dev.litehaven.operator.run.RunStep;
import dev.litehaven.operator.run.Work;
import dev.litehaven.operator.source.SourceReader;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Gathers everything that the planner may know. Reads live; changes nothing. */
final class MigrationObserver {
  private final KubernetesClient client;
  private final RunObserver runs;
  private final SourceReader sources;

  MigrationObserver(KubernetesClient client, RunObserver runs) {
    this.client = client;
    this.runs = runs;
    this.sources = new SourceReader(client);
  }

  /** What the planner sees, and what acting needs beside it. */
  record Seen(MigrationObservation observation, Optional<VolumeUse> volume) {}

  Seen observe(DatabaseMigration migration) {
    var meta = migration.getMetadata();
    var spec = migration.getSpec();
    String namespace = meta.getNamespace();
    DatabaseMigrationStatus status = statusOf(migration);
    Run run = status.run();
    SQLiteDatabase database = runs.database(namespace, spec.databaseRef().name());
    Optional<VolumeUse> volume = runs.volume(namespace, database, run);
    Map<String, String> annotations =
        meta.getAnnotations() == null ? Map.of() : meta.getAnnotations();
    return new Seen(
        new MigrationObservation(
            spec,
            status,
            sources.read(namespace, spec.source()),
            streamOwner(migration),
            Optional.ofNullable(annotations.get(Api.ROLLBACK)),
            backUnlessWritten(meta.getName(), database),
            Optional.ofNullable(annotations.get(Api.FLUX_REQUESTED_AT)),
            runs.observe(
                new RunObserver.Asked(
                    migration,
                    terms(spec),
                    new Written(
                        status.conditions(), status.nextAction(), status.lastHandledRequest()),
                    run,
                    status.currentVersion()),
                database,
                database(migration, database, volume, run),
                volume)),
        volume);
  }

  static Terms terms(DatabaseMigrationSpec spec) {
    return new Terms(
        Work.MIGRATION,
        false,
        spec.databaseRef().name(),
        Duration.ofSeconds(spec.activeDeadlineSeconds()),
        Duration.ofSeconds(spec.rollback().readinessDeadlineSeconds()),
        spec.rollback().onNotReady());
  }

  private static Optional<String> backUnlessWritten(String migration, SQLiteDatabase database) {
    return database == null
            || database.getSpec().onDowngrade()
                != SQLiteDatabaseSpec.OnDowngrade.RESTORE_IF_NO_WRITES
        ? Optional.empty()
        : Optional.ofNullable(SQLiteDatabaseStatus.of(database).downgrade())
            .filter(downgrade -> migration.equals(downgrade.migration()))
            .filter(downgrade -> Boolean.FALSE.equals(downgrade.written()))
            .map(SQLiteDatabaseStatus.Downgrade::run);
  }

  static DatabaseMigrationStatus statusOf(DatabaseMigration migration) {
    return migration.getStatus() != null
        ? migration.getStatus()
        : DatabaseMigrationStatus.unobserved();
  }

  private Optional<String> streamOwner(DatabaseMigration migration) {
    Comparator<DatabaseMigration> age =
        Comparator.<DatabaseMigration, String>comparing(
                other -> other.getMetadata().getCreationTimestamp())
            .thenComparing(other -> other.getMetadata().getUid());
    return client
        .resources(DatabaseMigration.class)
        .inNamespace(migration.getMetadata().getNamespace())
        .list()
        .getItems()
        .stream()
        .filter(other -> other.getSpec() != null)
        .filter(other -> other.getSpec().databaseRef().equals(migration.getSpec().databaseRef()))
        .filter(other -> other.getSpec().history().equals(migration.getSpec().history()))
        .filter(other -> other.getMetadata().getDeletionTimestamp() == null)
        .filter(other -> age.compare(other, migration) < 0)
        .min(age)
        .map(other -> other.getMetadata().getName());
  }

  /**
   * Before a run has its lock, the database must be ready, and must be allowed to be changed until
   * its workload is to be stopped. After that the run goes to its end by what it is.
   */
  static Database database(
      DatabaseMigration migration, SQLiteDatabase database, Optional<VolumeUse> volume, Run run) {
    Optional<RunStep> step = Optional.ofNullable(run).map(Run::step).map(RunStep::valueOf);
    boolean locked = step.filter(now -> now != RunStep.LOCK).isPresent();
    boolean stopped = locked && step.get() != RunStep.PLAN;
    String name = migration.getSpec().databaseRef().name();
    if (database == null) {
      return new Database.Unusable(
          false,
          Reason.DATABASE_NOT_FOUND,
          "There is no SQLiteDatabase %s in this namespace. Apply it; the migration goes on by itself."
              .formatted(name));
    }
    if (volume.isEmpty() || volume.get().claim().isEmpty()) {
      return new Database.Unusable(
          false,
          Reason.CLAIM_NOT_FOUND,
          "There is no PersistentVolumeClaim %s in this namespace, which SQLiteDatabase %s names. Create it, or correct claimName in a new SQLiteDatabase."
              .formatted(database.getSpec().claimName(), name));
    }
    if (locked && !volume.get().claim().get().uid().equals(run.claimUid())) {
      return new Database.Unusable(
          true,
          Reason.CLAIM_NOT_FOUND,
          "PersistentVolumeClaim %s is another one than when the run began."
              .formatted(database.getSpec().claimName()));
    }
    SQLiteDatabaseSpec.Mode mode = database.getSpec().mode();
    if (!stopped && mode != SQLiteDatabaseSpec.Mode.MANAGE) {
      return new Database.Unusable(
          true,
          Reason.OBSERVE_ONLY,
          "SQLiteDatabase %s is in mode %s. Set mode: Manage to run migrations."
              .formatted(
                  name,
                  mode == SQLiteDatabaseSpec.Mode.OBSERVE
                      ? "Observe, in which nothing is stopped or written"
                      : "Protect, in which backups are made and nothing is changed"));
    }
    Optional<Condition> ready =
        database.getStatus() == null
            ? Optional.empty()
            : database.getStatus().conditions().stream()
                .filter(condition -> Condition.READY.equals(condition.type()))
                .filter(
                    condition ->
                        database
                            .getMetadata()
                            .getGeneration()
                            .equals(condition.observedGeneration()))
                .findFirst();
    if (database.getStatus() == null || (!locked && ready.isEmpty())) {
      return new Database.Unusable(
          false,
          Reason.WAITING_FOR_DATABASE,
          "SQLiteDatabase %s has not been looked at yet.".formatted(name));
    }
    if (!locked && !Condition.TRUE.equals(ready.get().status())) {
      boolean stalled =
          database.getStatus().conditions().stream()
              .anyMatch(condition -> Condition.STALLED.equals(condition.type()));
      return new Database.Unusable(
          stalled,
          Reason.of(ready.get().reason()).orElse(Reason.DATABASE_NOT_READY),
          "SQLiteDatabase %s is not ready: %s".formatted(name, ready.get().message()));
    }
    var claim = volume.get().claim().get();
    List<DatabaseFile> files =
        database.getStatus().files().stream()
            .map(file -> new DatabaseFile(file.name(), file.path()))
            .toList();
    if (files.isEmpty()) {
      return new Database.Unusable(
          false,
          Reason.WAITING_FOR_DATABASE,
          "SQLiteDatabase %s has no file that was found yet.".formatted(name));
    }
    Optional<Database> notReplaced =
        locked ? Optional.empty() : RunObserver.notReplaced(database, volume.get());
    if (notReplaced.isPresent()) {
      return notReplaced.get();
    }
    return new Database.Usable(
        name,
        database.getMetadata().getUid(),
        database.getStatus().identity(),
        database.getSpec(),
        claim.uid(),
        claim.singlePod(),
        files,
        FileOwner.of(database.getStatus()),
        database.getStatus().highestEpoch() == null ? 0 : database.getStatus().highestEpoch());
  }
}
