package dev.litehaven.operator.run;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.lock.VolumeLock;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.run.RunObservation.Obstacle;
import dev.litehaven.operator.run.RunObservation.Terms;
import dev.litehaven.operator.run.RunObservation.Workload;
import dev.litehaven.operator.run.RunObservation.Written;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.snapshot.Snapshots;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.operator.volume.VolumeUseObserver;
import dev.litehaven.operator.workload.WorkloadRef;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gathers what the planner of a run may know, whatever the run is for. Reads live; changes nothing.
 */
public final class RunObserver {
  private final KubernetesClient client;
  private final Clock clock;
  private final VolumeUseObserver volumes;
  private final VolumeLock lock;
  private final RunnerJobs jobs;
  private final Snapshots snapshots;

  public RunObserver(
      KubernetesClient client, Clock clock, VolumeLock lock, RunnerJobs jobs, Snapshots snapshots) {
    this.client = client;
    this.clock = clock;
    this.volumes = new VolumeUseObserver(client);
    this.lock = lock;
    this.jobs = jobs;
    this.snapshots = snapshots;
  }

  /**
   * Who asks for a run, and what is read off that resource.
   *
   * @param run that is under way; null: none
   * @param currentVersion that the database is known to be at; null: none
   */
  public record Asked(
      CustomResource<?, ?> resource,
      Terms terms,
      Written written,
      Run run,
      String currentVersion) {}

  /** Null: there is none of this name. */
  public SQLiteDatabase database(String namespace, String name) {
    return client.resources(SQLiteDatabase.class).inNamespace(namespace).withName(name).get();
  }

  /**
   * What a run works on is known from the run, also when the database is gone or says otherwise.
   *
   * @param database null: there is none
   * @param run null: none is under way
   */
  public Optional<VolumeUse> volume(String namespace, SQLiteDatabase database, Run run) {
    return database != null
        ? Optional.of(volumes.observe(namespace, database.getSpec(), held(namespace, run)))
        : run == null
            ? Optional.empty()
            : Optional.of(volumes.observe(namespace, run.claimName(), held(namespace, run)));
  }

  /** The volume of a claim that is no database's yet. */
  public VolumeUse volume(String namespace, String claimName) {
    return volumes.observe(namespace, claimName, List.of());
  }

  private static List<WorkloadRef> held(String namespace, Run run) {
    return run == null
        ? List.of()
        : run.workloads().stream()
            .flatMap(
                workload ->
                    Arrays.stream(WorkloadRef.Kind.values())
                        .filter(kind -> kind.text().equals(workload.kind()))
                        .map(kind -> new WorkloadRef(kind, namespace, workload.name())))
            .distinct()
            .toList();
  }

  /**
   * @param database null: there is none
   * @param usable the same as a run of this kind may have it
   */
  public RunObservation observe(
      Asked asked, SQLiteDatabase database, Database usable, Optional<VolumeUse> volume) {
    var meta = asked.resource().getMetadata();
    String namespace = meta.getNamespace();
    Run run = asked.run();
    Work work = asked.terms().work();
    String job = run == null ? null : RunLocks.jobName(run, work);
    Map<String, String> annotations =
        meta.getAnnotations() == null ? Map.of() : meta.getAnnotations();
    List<Workload> workloads =
        volume.stream()
            .flatMap(use -> use.workloads().stream())
            .map(seen -> RunWorkloads.of(seen, run, SQLiteDatabaseStatus.of(database), work))
            .toList();
    return new RunObservation(
        clock.instant(),
        namespace,
        meta.getName(),
        meta.getUid(),
        meta.getGeneration() == null ? 0 : meta.getGeneration(),
        meta.getDeletionTimestamp() != null,
        meta.getFinalizers() != null && meta.getFinalizers().contains(Api.FINALIZER),
        Optional.ofNullable(annotations.get(Api.REQUESTED_AT)),
        asked.terms(),
        asked.written(),
        run,
        asked.currentVersion(),
        usable,
        run == null
            ? new LockState.Free()
            : RunLocks.state(lock, namespace, RunLocks.holder(asked.resource(), run), run, volume),
        workloads,
        volume.map(VolumeUse::undeclared).orElse(List.of()),
        run != null && run.stoppedAt() != null
            ? Optional.empty()
            : beforeStop(work, database, volume),
        run != null && barred(database, run),
        job == null
            ? new JobState.Absent()
            : jobs.look(namespace, job, RunLocks.expected(run, work)),
        run != null && jobs.alive(namespace, run.id()),
        run != null && RunStep.valueOf(run.step()) == RunStep.SNAPSHOT
            ? snapshots.look(namespace, Names.snapshot(run.id()))
            : new SnapshotState.Absent());
  }

  private Optional<Obstacle> beforeStop(
      Work work, SQLiteDatabase database, Optional<VolumeUse> volume) {
    return switch (work) {
      case MIGRATION ->
          database == null
              ? Optional.empty()
              : terminating(work, volume).or(() -> noSnapshotClass(database));
      case RESTORE -> terminating(work, volume);
    };
  }

  private static Optional<Obstacle> terminating(Work work, Optional<VolumeUse> volume) {
    return volume
        .flatMap(VolumeUse::claim)
        .filter(VolumeUse.Claim::terminating)
        .map(claim -> new Obstacle(Reason.CLAIM_TERMINATING, work.terminating(claim.name())));
  }

  private Optional<Obstacle> noSnapshotClass(SQLiteDatabase database) {
    String snapshotClass = database.getSpec().backup().volumeSnapshotClassName();
    return snapshotClass != null && snapshots.classMissing(snapshotClass)
        ? Optional.of(
            new Obstacle(
                Reason.SNAPSHOT_CLASS_NOT_FOUND,
                "There is no VolumeSnapshotClass %s, which backup.volumeSnapshotClassName of SQLiteDatabase %s names. Correct it, or leave it out: the file backup is made either way."
                    .formatted(snapshotClass, database.getMetadata().getName())))
        : Optional.empty();
  }

  private static boolean barred(SQLiteDatabase database, Run run) {
    var operation = SQLiteDatabaseStatus.of(database).operation();
    return operation != null
        && run.id().equals(operation.runId())
        && Boolean.TRUE.equals(operation.exclusive());
  }

  /** Why a run cannot put another file in the place of the database's; empty: it can. */
  public static Optional<Database> notReplaced(SQLiteDatabase database, VolumeUse volume) {
    SQLiteDatabaseStatus status = SQLiteDatabaseStatus.of(database);
    return volume.mount().byGroupOnly(FileOwner.of(status), database.getSpec().runner().allowRoot())
        ? Optional.of(
            new Database.Unusable(
                true,
                Reason.WRONG_OWNER,
                VolumeUse.Mount.notReplaced(status.files().getFirst().path())))
        : Optional.empty();
  }
}
