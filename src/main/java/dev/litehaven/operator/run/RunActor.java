package dev.litehaven.operator.run;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.LiveResource;
import dev.litehaven.operator.backup.BackupRecords;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.lock.VolumeLock;
import dev.litehaven.operator.naming.Labels;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.snapshot.Snapshots;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.operator.workload.ClaimGuard;
import dev.litehaven.operator.workload.WorkloadActor;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the effects of a run. Each finds what an earlier try of it has done.
 *
 * @param <S> status of the resource that asked for the run
 * @param <R> that resource
 */
public final class RunActor<S, R extends CustomResource<?, S>> {
  private static final Logger LOG = LoggerFactory.getLogger(RunActor.class);

  /** Unauthorized, timeout, conflict, too many requests. */
  private static final Set<Integer> RETRIED = Set.of(401, 408, 409, 429);

  private final LiveResource<S, R> live;
  private final VolumeLock lock;
  private final RunnerJobs jobs;
  private final Snapshots snapshots;
  private final WorkloadActor workloads;
  private final ClaimGuard claims;
  private final BackupRecords backups;

  /** The pod of a run's current step. */
  @FunctionalInterface
  public interface Pods {
    RunnerPod of(Database.Usable database, VolumeUse volume);
  }

  public RunActor(
      KubernetesClient client,
      Clock clock,
      LiveResource<S, R> live,
      VolumeLock lock,
      RunnerJobs jobs,
      Snapshots snapshots) {
    this.live = live;
    this.lock = lock;
    this.jobs = jobs;
    this.snapshots = snapshots;
    this.workloads = new WorkloadActor(client, clock);
    this.claims = new ClaimGuard(client);
    this.backups = new BackupRecords(client, clock);
  }

  /**
   * @param asked the resource that asked for the run
   */
  public void apply(R asked, RunSeen seen, List<Effect> effects, Pods pods) {
    for (Effect effect : effects) {
      apply(asked, seen, effect, pods);
    }
  }

  private void apply(R asked, RunSeen seen, Effect effect, Pods pods) {
    RunObservation observation = seen.observation();
    String namespace = observation.namespace();
    Run run = observation.run();
    switch (effect) {
      case Effect.AddFinalizer _ -> live.finalizer(asked, Api.FINALIZER, true);
      case Effect.RemoveFinalizer _ -> live.finalizer(asked, Api.FINALIZER, false);
      case Effect.TakeLocks _ -> takeLocks(asked, seen, run);
      case Effect.RaiseEpoch _ ->
          lock.raise(namespace, Names.claimLease(run.claimUid()), RunLocks.holder(asked, run));
      case Effect.ReleaseLocks _ ->
          lock.release(namespace, RunLocks.names(run, seen.volume()), RunLocks.holder(asked, run));
      case Effect.ProtectClaim _ ->
          seen.volume()
              .flatMap(VolumeUse::claim)
              .ifPresent(claim -> guard(namespace, claim.name(), run));
      case Effect.UnprotectClaim _ -> letGo(namespace, run.claimName());
      case Effect.StartJob _ ->
          jobs.start(pods.of(usable(observation), seen.volume().orElseThrow()));
      case Effect.DeleteJob _ ->
          Optional.ofNullable(RunLocks.jobName(run, observation.terms().work()))
              .ifPresent(name -> jobs.delete(namespace, name));
      case Effect.ExpireJob _ ->
          Optional.ofNullable(RunLocks.jobName(run, observation.terms().work()))
              .ifPresent(name -> jobs.expire(namespace, name));
      case Effect.ActOnWorkload act -> workloads.apply(act.ref(), act.actions());
      case Effect.CreateSnapshot _ -> {
        Database.Usable database = usable(observation);
        snapshots.create(
            namespace,
            Names.snapshot(run.id()),
            database.spec().claimName(),
            database.spec().backup().volumeSnapshotClassName(),
            Labels.backup(database.name(), run.id(), "PreMigration"));
      }
      case Effect.RecordBackups record -> {
        Database.Usable database = usable(observation);
        record
            .backups()
            .forEach(
                backup ->
                    recording(
                        () ->
                            backups.file(
                                namespace,
                                BackupNames.of(run.id(), backup),
                                database.name(),
                                database.identity(),
                                run.id(),
                                backupPlace(database.spec()),
                                backup)));
      }
      case Effect.RecordSnapshot record -> {
        Database.Usable database = usable(observation);
        recording(
            () ->
                backups.snapshot(
                    namespace,
                    BackupNames.ofSnapshot(run.id()),
                    database.name(),
                    database.identity(),
                    run.id(),
                    record.name()));
      }
    }
  }

  private static List<String> backupPlace(SQLiteDatabaseSpec spec) {
    return spec.backup().claimName() == null
        ? List.of(spec.claimName(), ".litehaven/backups")
        : List.of(spec.backup().claimName(), "/");
  }

  /** A record that is refused for good must not keep a stopped workload from its start. */
  private static void recording(Runnable record) {
    try {
      record.run();
    } catch (KubernetesClientException e) {
      if (e.getCode() < 400 || e.getCode() >= 500 || RETRIED.contains(e.getCode())) {
        throw e;
      }
      LOG.error("a backup was made and cannot be recorded as a DatabaseBackup", e);
    }
  }

  private void guard(String namespace, String claim, Run run) {
    if (claims.guard(namespace, claim) == WorkloadActor.Outcome.STALE && run.stoppedAt() == null) {
      // Without its pods an unprotected claim would be gone, so nothing is stopped: look again.
      throw new IllegalStateException("claim " + claim + " changed while it was to be protected");
    }
  }

  private void letGo(String namespace, String claim) {
    if (claims.letGo(namespace, claim) == WorkloadActor.Outcome.STALE) {
      // The status is not written yet, so this is done again.
      throw new IllegalStateException("claim " + claim + " changed while it was let go");
    }
  }

  private void takeLocks(R asked, RunSeen seen, Run run) {
    String holder = RunLocks.holder(asked, run);
    long least =
        Math.max(
            seen.observation().database() instanceof Database.Usable usable
                ? usable.highestEpoch()
                : 0,
            run.epoch() == null ? 0 : run.epoch());
    for (String name : RunLocks.names(run, seen.volume())) {
      // In order: whoever holds the first waits for the second, and nobody the other way round.
      if (!(lock.take(seen.observation().namespace(), name, holder, least)
          instanceof LockState.Held)) {
        return;
      }
    }
  }

  private static Database.Usable usable(RunObservation seen) {
    if (seen.database() instanceof Database.Usable usable) {
      return usable;
    }
    throw new IllegalStateException(
        "the database of " + seen.name() + " is not usable any more: " + seen.database());
  }
}
