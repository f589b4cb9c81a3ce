package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Method;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Run;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.operator.TerminatingNamespaces;
import dev.litehaven.operator.Triggers;
import dev.litehaven.operator.backup.BackupObservation.Database;
import dev.litehaven.operator.backup.BackupObservation.Newest;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.lock.VolumeLock;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.snapshot.Snapshots;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.operator.volume.VolumeUseObserver;
import dev.litehaven.protocol.DatabaseFile;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Gathers everything that the planner may know of a backup. Reads live; changes nothing. */
public final class BackupObserver {
  private final KubernetesClient client;
  private final Clock clock;
  private final TerminatingNamespaces namespaces;
  private final VolumeLock lock;
  private final RunnerJobs jobs;
  private final Snapshots snapshots;
  private final VolumeUseObserver volumes;
  private final Places places;

  BackupObserver(
      KubernetesClient client,
      Clock clock,
      TerminatingNamespaces namespaces,
      VolumeLock lock,
      RunnerJobs jobs,
      Snapshots snapshots) {
    this.client = client;
    this.clock = clock;
    this.namespaces = namespaces;
    this.lock = lock;
    this.jobs = jobs;
    this.snapshots = snapshots;
    this.volumes = new VolumeUseObserver(client);
    this.places = new Places(client);
  }

  static String holder(String backup, Run run) {
    return "DatabaseBackup/" + backup + "/" + run.id();
  }

  static DatabaseBackupStatus statusOf(DatabaseBackup backup) {
    return backup.getStatus() != null ? backup.getStatus() : DatabaseBackupStatus.unobserved();
  }

  BackupObservation observe(DatabaseBackup backup) {
    var meta = backup.getMetadata();
    String namespace = meta.getNamespace();
    DatabaseBackupSpec spec = backup.getSpec();
    DatabaseBackupStatus status = statusOf(backup);
    Map<String, String> annotations =
        meta.getAnnotations() == null ? Map.of() : meta.getAnnotations();
    List<String> finalizers = meta.getFinalizers() == null ? List.of() : meta.getFinalizers();
    boolean deleting = meta.getDeletionTimestamp() != null;
    boolean open = spec.type().carriedOut() && status.completedAt() == null;
    boolean goes = deleting && namespaces.goesNow(namespace);
    boolean busy = !goes && (open || deleting || status.run() != null || requested(backup, status));
    Optional<SQLiteDatabase> database = busy ? database(namespace, spec) : Optional.empty();
    Place place =
        snapshotToOpen(backup, status)
            ? places.snapshot(
                namespace,
                snapshotName(spec, status),
                database.map(found -> found.getSpec().claimName()).orElse(null))
            : place(namespace, spec, status, busy, open && !deleting, database);
    Optional<VolumeUse> volume =
        !busy
            ? Optional.empty()
            : place instanceof Place.OnVolume(String claim)
                    && database.filter(one -> one.getSpec().claimName().equals(claim)).isEmpty()
                ? Optional.of(volumes.observe(namespace, claim, List.of()))
                : database.map(found -> volumes.observe(namespace, found.getSpec(), List.of()));
    Run run = status.run();
    return new BackupObservation(
        clock.instant(),
        namespace,
        meta.getName(),
        meta.getUid(),
        meta.getGeneration() == null ? 0 : meta.getGeneration(),
        Instant.parse(meta.getCreationTimestamp()),
        deleting,
        finalizers.contains(Api.FINALIZER),
        finalizers.contains(Api.ARTIFACT_FINALIZER),
        Optional.ofNullable(annotations.get(Api.STOP)),
        Optional.ofNullable(annotations.get(Api.REMOVED_BECAUSE)),
        Triggers.requestedAt(backup),
        spec,
        status,
        database.map(BackupObserver::database),
        volume,
        goes || run == null || run.claimUid() == null
            ? new LockState.Free()
            : lock.look(namespace, Names.claimLease(run.claimUid()), holder(meta.getName(), run)),
        place,
        goes
            ? new JobState.Refused(false, true, "The namespace is being deleted.")
            : job(namespace, run),
        !goes && run != null && jobs.alive(namespace, run.id()),
        !goes && run != null && BackupStep.of(run.step()) == BackupStep.SNAPSHOT
            ? snapshots.look(namespace, Names.snapshot(run.id()))
            : new SnapshotState.Absent(),
        !goes && open && spec.skipUnchanged() && database.isPresent()
            ? newest(namespace, database(database.get()).identity(), place)
            : Optional.empty());
  }

  private Place place(
      String namespace,
      DatabaseBackupSpec spec,
      DatabaseBackupStatus status,
      boolean busy,
      boolean toWrite,
      Optional<SQLiteDatabase> database) {
    if (!busy) {
      return new Place.Nowhere();
    }
    if (!toWrite) {
      return PlaceFactory.of(spec, status.artifact(), name -> places.location(namespace, name));
    }
    return database
        .map(
            found ->
                PlaceFactory.toWrite(
                    spec.locationRef(), found.getSpec(), name -> places.location(namespace, name)))
        .orElse(new Place.Nowhere());
  }

  /** Whether it is a snapshot, and somebody wants to know what is in it. */
  private static boolean snapshotToOpen(DatabaseBackup backup, DatabaseBackupStatus status) {
    return backup.getSpec().method() == Method.VOLUME_SNAPSHOT
        && backup.getMetadata().getDeletionTimestamp() == null
        && snapshotName(backup.getSpec(), status) != null
        && (status.run() == null
            ? requested(backup, status)
            : BackupStep.of(status.run().step()) == BackupStep.READ_BACK);
  }

  /** Of one that was taken; null: none was. */
  public static String snapshotName(DatabaseBackupSpec spec, DatabaseBackupStatus status) {
    if (status.artifact() != null && status.artifact().volumeSnapshotName() != null) {
      return status.artifact().volumeSnapshotName();
    }
    return spec.volumeSnapshot() == null ? null : spec.volumeSnapshot().name();
  }

  private static boolean requested(DatabaseBackup backup, DatabaseBackupStatus status) {
    return Triggers.requestedAt(backup)
        .filter(asked -> !asked.equals(status.lastHandledRequest()))
        .isPresent();
  }

  private Optional<SQLiteDatabase> database(String namespace, DatabaseBackupSpec spec) {
    return Optional.ofNullable(
        client
            .resources(SQLiteDatabase.class)
            .inNamespace(namespace)
            .withName(spec.databaseRef().name())
            .get());
  }

  private JobState job(String namespace, Run run) {
    if (run == null) {
      return new JobState.Absent();
    }
    String name = BackupPodFactory.jobName(run);
    return name == null
        ? new JobState.Absent()
        : jobs.look(
            namespace,
            name,
            new RunnerJobs.Expected(
                run.id(), BackupStep.of(run.step()).runner().orElseThrow(), run.epoch()));
  }

  private static Database database(SQLiteDatabase database) {
    var meta = database.getMetadata();
    SQLiteDatabaseStatus status = SQLiteDatabaseStatus.of(database);
    Optional<Condition> ready =
        status.conditions().stream()
            .filter(condition -> Condition.READY.equals(condition.type()))
            .filter(condition -> meta.getGeneration().equals(condition.observedGeneration()))
            .findFirst();
    return new Database(
        meta.getName(),
        meta.getUid(),
        identity(database),
        database.getSpec(),
        status.files().stream().map(file -> new DatabaseFile(file.name(), file.path())).toList(),
        FileOwner.of(status),
        status.highestEpoch() == null ? 0 : status.highestEpoch(),
        ready.isPresent(),
        ready.filter(condition -> Condition.TRUE.equals(condition.status())).isPresent(),
        ready.map(Condition::reason).orElse(""),
        ready.map(Condition::message).orElse(""));
  }

  public static String identity(SQLiteDatabase database) {
    return Names.identity(
        database.getMetadata().getNamespace(),
        database.getMetadata().getName(),
        database.getSpec().identity());
  }

  private Optional<Newest> newest(String namespace, String identity, Place place) {
    return client.resources(DatabaseBackup.class).inNamespace(namespace).list().getItems().stream()
        .filter(backup -> backup.getMetadata().getDeletionTimestamp() == null)
        .filter(backup -> backup.getStatus() != null)
        .filter(backup -> Boolean.TRUE.equals(backup.getStatus().verified()))
        .filter(backup -> identity.equals(backup.getStatus().identity()))
        .filter(backup -> PlaceFactory.same(backup.getStatus().artifact(), place))
        .filter(backup -> backup.getStatus().contentHash() != null)
        .max(Comparator.comparing(backup -> backup.getStatus().createdAt()))
        .map(
            backup -> new Newest(backup.getMetadata().getName(), backup.getStatus().contentHash()));
  }
}
