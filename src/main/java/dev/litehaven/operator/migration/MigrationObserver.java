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
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.lock.VolumeLock;
import dev.litehaven.operator.migration.RunObservation.Database;
import dev.litehaven.operator.migration.RunObservation.Obstacle;
import dev.litehaven.operator.migration.RunObservation.Terms;
import dev.litehaven.operator.migration.RunObservation.Workload;
import dev.litehaven.operator.migration.RunObservation.Written;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.snapshot.Snapshots;
import dev.litehaven.operator.source.SourceReader;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.operator.volume.VolumeUseObserver;
import dev.litehaven.operator.workload.WorkloadRef;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Gathers everything that the planner may know. Reads live; changes nothing. */
final class MigrationObserver {
  private final KubernetesClient client;
  private final Clock clock;
  private final VolumeUseObserver volumes;
  private final VolumeLock lock;
  private final RunnerJobs jobs;
  private final Snapshots snapshots;
  private final SourceReader sources;

  MigrationObserver(
      KubernetesClient client, Clock clock, VolumeLock lock, RunnerJobs jobs, Snapshots snapshots) {
    this.client = client;
    this.clock = clock;
    this.volumes = new VolumeUseObserver(client);
    this.lock = lock;
    this.jobs = jobs;
    this.snapshots = snapshots;
    this.sources = new SourceReader(client);
  }

  /** What the planner sees, and what acting needs beside it. */
  record Seen(MigrationObservation observation, Optional<VolumeUse> volume) {}

  Seen observe(DatabaseMigration migration) {
    var meta = migration.getMetadata();
    String namespace = meta.getNamespace();
    DatabaseMigrationStatus status = statusOf(migration);
    Run run = status.run();
    SQLiteDatabase database =
        client
            .resources(SQLiteDatabase.class)
            .inNamespace(namespace)
            .withName(migration.getSpec().databaseRef().name())
            .get();
    Optional<VolumeUse> volume = volume(namespace, database, run);
    List<Workload> workloads =
        volume
            .map(
                use ->
                    use.workloads().stream()
                        .map(seen -> RunWorkloads.of(seen, run, statusOf(database), Work.MIGRATION))
                        .toList())
            .orElse(List.of());
    String job = run == null ? null : RunLocks.jobName(run, Work.MIGRATION);
    Map<String, String> annotations =
        meta.getAnnotations() == null ? Map.of() : meta.getAnnotations();
    var spec = migration.getSpec();
    RunObservation observed =
        new RunObservation(
            clock.instant(),
            namespace,
            meta.getName(),
            meta.getUid(),
            meta.getGeneration() == null ? 0 : meta.getGeneration(),
            meta.getDeletionTimestamp() != null,
            meta.getFinalizers() != null && meta.getFinalizers().contains(Api.FINALIZER),
            Optional.ofNullable(annotations.get(Api.REQUESTED_AT)),
            terms(spec),
            new Written(status.conditions(), status.nextAction(), status.lastHandledRequest()),
            run,
            status.currentVersion(),
            database(migration, database, volume, run),
            run == null
                ? new LockState.Free()
                : RunLocks.state(lock, namespace, RunLocks.holder(migration, run), run, volume),
            workloads,
            volume.map(VolumeUse::undeclared).orElse(List.of()),
            beforeStop(database, volume, run),
            run != null && barred(database, run),
            job == null
                ? new JobState.Absent()
                : jobs.look(namespace, job, RunLocks.expected(run, Work.MIGRATION)),
            run != null && jobs.alive(namespace, run.id()),
            run != null && RunStep.valueOf(run.step()) == RunStep.SNAPSHOT
                ? snapshots.look(namespace, Names.snapshot(run.id()))
                : new SnapshotState.Absent());
    return new Seen(
        new MigrationObservation(
            spec,
            status,
            sources.read(namespace, spec.source()),
            streamOwner(migration),
            Optional.ofNullable(annotations.get(Api.ROLLBACK)),
            backUnlessWritten(meta.getName(), database),
            Optional.ofNullable(annotations.get(Api.FLUX_REQUESTED_AT)),
            observed),
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

  private Optional<Obstacle> beforeStop(
      SQLiteDatabase database, Optional<VolumeUse> volume, Run run) {
    if (database == null || (run != null && run.stoppedAt() != null)) {
      return Optional.empty();
    }
    String claim = database.getSpec().claimName();
    if (volume.flatMap(VolumeUse::claim).filter(VolumeUse.Claim::terminating).isPresent()) {
      return Optional.of(
          new Obstacle(
              Reason.CLAIM_TERMINATING,
              "PersistentVolumeClaim %s is being deleted, so no run begins on it: without its pods it would be gone."
                  .formatted(claim)));
    }
    String snapshotClass = database.getSpec().backup().volumeSnapshotClassName();
    return snapshotClass != null && snapshots.classMissing(snapshotClass)
        ? Optional.of(
            new Obstacle(
                Reason.SNAPSHOT_CLASS_NOT_FOUND,
                "There is no VolumeSnapshotClass %s, which backup.volumeSnapshotClassName of SQLiteDatabase %s names. Correct it, or leave it out: the file backup is made either way."
                    .formatted(snapshotClass, database.getMetadata().getName())))
        : Optional.empty();
  }

  private static Optional<String> backUnlessWritten(String migration, SQLiteDatabase database) {
    return database == null
            || database.getSpec().onDowngrade()
                != SQLiteDatabaseSpec.OnDowngrade.RESTORE_IF_NO_WRITES
        ? Optional.empty()
        : Optional.ofNullable(statusOf(database).downgrade())
            .filter(downgrade -> migration.equals(downgrade.migration()))
            .filter(downgrade -> Boolean.FALSE.equals(downgrade.written()))
            .map(SQLiteDatabaseStatus.Downgrade::run);
  }

  private static boolean barred(SQLiteDatabase database, Run run) {
    var operation =
        database == null || database.getStatus() == null ? null : database.getStatus().operation();
    return operation != null
        && run.id().equals(operation.runId())
        && Boolean.TRUE.equals(operation.exclusive());
  }

  /**
   * What a run works on is known from the run, also when the database is gone or says otherwise.
   */
  private Optional<VolumeUse> volume(String namespace, SQLiteDatabase database, Run run) {
    List<WorkloadRef> held =
        run == null
            ? List.of()
            : run.workloads().stream()
                .flatMap(
                    workload ->
                        Arrays.stream(WorkloadRef.Kind.values())
                            .filter(kind -> kind.text().equals(workload.kind()))
                            .map(kind -> new WorkloadRef(kind, namespace, workload.name())))
                .distinct()
                .toList();
    return database != null
        ? Optional.of(volumes.observe(namespace, database.getSpec(), held))
        : run == null
            ? Optional.empty()
            : Optional.of(volumes.observe(namespace, run.claimName(), held));
  }

  private static SQLiteDatabaseStatus statusOf(SQLiteDatabase database) {
    return database == null || database.getStatus() == null
        ? SQLiteDatabaseStatus.unobserved()
        : database.getStatus();
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
    FileOwner owner = FileOwner.of(database.getStatus());
    if (!locked
        && volume.get().mount().byGroupOnly(owner, database.getSpec().runner().allowRoot())) {
      return new Database.Unusable(
          true, Reason.WRONG_OWNER, VolumeUse.Mount.notReplaced(files.getFirst().path()));
    }
    return new Database.Usable(
        name,
        database.getMetadata().getUid(),
        database.getStatus().identity(),
        database.getSpec(),
        claim.uid(),
        claim.singlePod(),
        files,
        owner,
        database.getStatus().highestEpoch() == null ? 0 : database.getStatus().highestEpoch());
  }
}
