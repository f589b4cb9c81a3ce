package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.operator.Triggers;
import dev.litehaven.operator.database.DatabaseObservation.Backup;
import dev.litehaven.operator.database.DatabaseObservation.Migration;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.lock.LockHolders;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.lock.VolumeLock;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.run.RunStep;
import dev.litehaven.operator.source.Source;
import dev.litehaven.operator.source.SourceReader;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.operator.volume.VolumeUseObserver;
import dev.litehaven.operator.workload.HandOver;
import dev.litehaven.operator.workload.WorkloadObservation;
import dev.litehaven.operator.workload.WorkloadRef;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Gathers everything that the planner may know. Reads live; changes nothing. */
final class DatabaseObserver {
  private final KubernetesClient client;
  private final Clock clock;
  private final VolumeLock lock;
  private final RunnerJobs jobs;
  private final VolumeUseObserver volumes;
  private final SourceReader sources;
  private final BootstrapRestores restores;

  DatabaseObserver(KubernetesClient client, Clock clock, VolumeLock lock, RunnerJobs jobs) {
    this.client = client;
    this.clock = clock;
    this.lock = lock;
    this.jobs = jobs;
    this.volumes = new VolumeUseObserver(client);
    this.sources = new SourceReader(client);
    this.restores = new BootstrapRestores(client);
  }

  /** A recovery takes the workloads too, and nobody may pass their gates meanwhile. */
  static String holder(String database, SQLiteDatabaseStatus status) {
    return "SQLiteDatabase/"
        + database
        + (status.recovery() == null ? LockHolders.INSPECTION : LockHolders.RECOVERY);
  }

  /** Everything that is locked, in the order in which everybody takes them. */
  static List<String> lockNames(SQLiteDatabaseStatus status, VolumeUse volume) {
    Stream<String> claim = volume.claim().stream().map(found -> Names.claimLease(found.uid()));
    return status.recovery() == null
        ? claim.toList()
        : Stream.concat(
                claim,
                volume.workloads().stream()
                    .map(WorkloadObservation::uid)
                    .sorted()
                    .map(Names::workloadLease))
            .toList();
  }

  /** As the one of the claim is, when all of them are held. */
  private LockState lockState(String namespace, List<String> names, String holder) {
    LockState first = new LockState.Free();
    for (String name : names) {
      LockState state = lock.look(namespace, name, holder);
      if (!(state instanceof LockState.Held)) {
        return state;
      }
      first = first instanceof LockState.Held ? first : state;
    }
    return first;
  }

  DatabaseObservation observe(SQLiteDatabase database) {
    var meta = database.getMetadata();
    String namespace = meta.getNamespace();
    long generation = meta.getGeneration() == null ? 0 : meta.getGeneration();
    SQLiteDatabaseStatus status = SQLiteDatabaseStatus.of(database);
    Optional<String> requestedAt = Triggers.requestedAt(database);
    VolumeUse volume = volumes.observe(namespace, database.getSpec());
    LockState held =
        lockState(namespace, lockNames(status, volume), holder(meta.getName(), status));
    // After the lock: who has it has said so in its status before.
    List<DatabaseMigration> migrations =
        client.resources(DatabaseMigration.class).inNamespace(namespace).list().getItems();
    List<DatabaseBackup> backups = backups(namespace, meta.getName());
    Map<String, String> annotations =
        meta.getAnnotations() == null ? Map.of() : meta.getAnnotations();
    DatabaseObservation seen =
        new DatabaseObservation(
            clock.instant(),
            namespace,
            meta.getName(),
            meta.getUid(),
            generation,
            database.getSpec(),
            status,
            volume,
            held,
            held instanceof LockState.HeldByOther other
                && exclusive(namespace, migrations, other.holder()),
            new JobState.Absent(),
            ofDatabases(migrations, Set.of(meta.getName())),
            ofDatabases(migrations, sharing(database, volume)),
            backups.stream()
                .filter(DatabaseObserver::verified)
                .map(DatabaseObserver::backup)
                .toList(),
            backups.stream()
                .filter(DatabaseObserver::succeeded)
                .map(DatabaseObserver::backup)
                .findFirst(),
            requestedAt,
            Optional.ofNullable(annotations.get(Api.ADMIT)),
            abandoned(volume, held),
            Bootstrap.pending(database.getSpec(), status)
                ? restores.find(namespace, Bootstrap.restore(meta.getName(), meta.getUid()))
                : Optional.empty(),
            meta.getDeletionTimestamp() != null);
    return volume.claim().isPresent() ? seen.with(job(seen)) : seen;
  }

  private List<WorkloadRef> abandoned(VolumeUse volume, LockState held) {
    return held instanceof LockState.HeldByOther
        ? List.of()
        : volume.workloads().stream()
            .filter(workload -> workload.heldBy().filter(run -> !HandOver.is(run)).isPresent())
            .filter(
                workload ->
                    lock.look(workload.ref().namespace(), Names.workloadLease(workload.uid()), "")
                        instanceof LockState.Free)
            .map(WorkloadObservation::ref)
            .toList();
  }

  /** Of a run whose resource is gone only a runner can be left, which still has the volume. */
  private boolean exclusive(String namespace, List<DatabaseMigration> migrations, String holder) {
    String[] parts = holder.split("/", -1);
    if (parts.length == 3 && parts[0].equals("DatabaseRestore")) {
      DatabaseRestore restore =
          client.resources(DatabaseRestore.class).inNamespace(namespace).withName(parts[1]).get();
      return restore == null
          || restore.getStatus() == null
          || restore.getStatus().run() == null
          || RunStep.keepsOthersOff(restore.getStatus().run());
    }
    if (parts.length != 3 || !parts[0].equals("DatabaseMigration")) {
      return false;
    }
    return migrations.stream()
        .filter(migration -> migration.getMetadata().getName().equals(parts[1]))
        .map(DatabaseMigration::getStatus)
        .filter(status -> status != null && status.run() != null)
        .findFirst()
        .map(status -> RunStep.keepsOthersOff(status.run()))
        .orElse(true);
  }

  /** Under whatever epoch: by now the lock may have been let go again. */
  private JobState job(DatabaseObservation seen) {
    return jobs.look(
        seen.namespace(),
        DatabasePodFactory.jobName(seen),
        new RunnerJobs.Expected(
            DatabasePodFactory.runId(seen), DatabasePodFactory.step(seen), null));
  }

  /** Other databases that a workload of this one uses as well: its code must fit them all. */
  private Set<String> sharing(SQLiteDatabase database, VolumeUse volume) {
    Set<WorkloadRef> own =
        volume.workloads().stream().map(WorkloadObservation::ref).collect(Collectors.toSet());
    String namespace = database.getMetadata().getNamespace();
    return client.resources(SQLiteDatabase.class).inNamespace(namespace).list().getItems().stream()
        .filter(
            other ->
                !other.getMetadata().getName().equals(database.getMetadata().getName())
                    && SQLiteDatabaseStatus.of(other).workloads().stream()
                        .anyMatch(
                            workload ->
                                own.stream()
                                    .anyMatch(
                                        ref ->
                                            ref.kind().text().equals(workload.kind())
                                                && ref.name().equals(workload.name()))))
        .map(other -> other.getMetadata().getName())
        .collect(Collectors.toSet());
  }

  private List<Migration> ofDatabases(List<DatabaseMigration> migrations, Set<String> databases) {
    return migrations.stream()
        .filter(migration -> databases.contains(migration.getSpec().databaseRef().name()))
        .filter(migration -> migration.getMetadata().getDeletionTimestamp() == null)
        .map(
            migration ->
                MigrationReading.of(
                    migration, MigrationReading.ready(migration) && upToDate(migration)))
        .toList();
  }

  /** A ConfigMap may have new migrations that the migration itself has not been told of yet. */
  private boolean upToDate(DatabaseMigration migration) {
    var source = migration.getSpec().source();
    return source.configMapRef() == null
        || sources.read(migration.getMetadata().getNamespace(), source)
                instanceof Source.Resolved resolved
            && resolved.digest().equals(migration.getStatus().sourceDigest());
  }

  /** All that succeeded, newest first, whoever made them. */
  private List<DatabaseBackup> backups(String namespace, String database) {
    return client.resources(DatabaseBackup.class).inNamespace(namespace).list().getItems().stream()
        .filter(backup -> backup.getSpec().databaseRef().name().equals(database))
        .filter(backup -> backup.getMetadata().getDeletionTimestamp() == null)
        .filter(backup -> backup.getStatus() != null)
        .filter(backup -> backup.getStatus().createdAt() != null)
        .sorted(
            Comparator.<DatabaseBackup, String>comparing(backup -> backup.getStatus().createdAt())
                .reversed())
        .toList();
  }

  private static boolean verified(DatabaseBackup backup) {
    return Boolean.TRUE.equals(backup.getStatus().verified());
  }

  private static boolean succeeded(DatabaseBackup backup) {
    return backup.getStatus().conditions().stream()
        .anyMatch(
            condition ->
                Condition.SUCCEEDED.equals(condition.type())
                    && Condition.TRUE.equals(condition.status()));
  }

  private static Backup backup(DatabaseBackup backup) {
    return new Backup(
        backup.getMetadata().getName(),
        backup.getStatus().createdAt(),
        backup.getSpec().type() == DatabaseBackupSpec.Type.PRE_MIGRATION,
        backup.getSpec().runId(),
        backup.getStatus().schemaVersion());
  }
}
