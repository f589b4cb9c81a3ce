package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.operator.Reborn;
import dev.litehaven.operator.Settings;
import dev.litehaven.operator.TerminatingNamespaces;
import dev.litehaven.operator.Triggers;
import dev.litehaven.operator.backup.OperationRetention;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.condition.ReconcileFailure;
import dev.litehaven.operator.event.EventRecorder;
import dev.litehaven.operator.job.JobRefusedException;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.lock.VolumeLock;
import dev.litehaven.operator.workload.ClaimGuard;
import dev.litehaven.operator.workload.WorkloadActor;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Knows what is on a claim and who uses it, and lets waiting pods in while nothing is on: gather,
 * decide, act, record.
 */
public final class DatabaseReconciler implements Reconciler<SQLiteDatabase> {
  private final Reborn<SQLiteDatabase> reborn = new Reborn<>(SQLiteDatabase.class);
  private final TerminatingNamespaces namespaces;
  private final KubernetesClient client;
  private final Clock clock;
  private final Settings settings;
  private final VolumeLock lock;
  private final RunnerJobs jobs;
  private final DatabaseObserver observer;
  private final WorkloadActor workloads;
  private final ClaimGuard claims;
  private final EventRecorder events;
  private final OperationRetention retention;
  private final BootstrapRestores restores;

  public DatabaseReconciler(
      KubernetesClient client, Clock clock, Settings settings, TerminatingNamespaces namespaces) {
    this.namespaces = namespaces;
    this.client = client;
    this.clock = clock;
    this.settings = settings;
    this.lock = new VolumeLock(client, clock);
    this.jobs = new RunnerJobs(client);
    this.observer = new DatabaseObserver(client, clock, lock, jobs);
    this.workloads = new WorkloadActor(client, clock);
    this.claims = new ClaimGuard(client);
    this.events = new EventRecorder(client, clock, settings.instance());
    this.restores = new BootstrapRestores(client);
    this.retention = new OperationRetention(client, clock);
  }

  @Override
  public List<EventSource<?, SQLiteDatabase>> prepareEventSources(
      EventSourceContext<SQLiteDatabase> context) {
    return reborn.and(Triggers.ofDatabases(context));
  }

  @Override
  public UpdateControl<SQLiteDatabase> reconcile(
      SQLiteDatabase cached, Context<SQLiteDatabase> context) {
    if (namespaces.goes(cached)) {
      return UpdateControl.<SQLiteDatabase>noUpdate().rescheduleAfter(TerminatingNamespaces.AGAIN);
    }
    SQLiteDatabase database = read(cached);
    reborn.check(context, Optional.ofNullable(database));
    if (database == null || (deleting(database) && !recovering(database))) {
      return UpdateControl.noUpdate();
    }
    DatabaseObservation seen = observer.observe(database);
    DatabasePlan plan = decideAndAct(database, seen);
    // Before the status: whoever goes on after a crash here says them again, under the same name.
    plan.notes().forEach(note -> events.record(database, note));
    if (!plan.effects().contains(new DatabasePlan.Effect.RemoveFinalizer())
        || !deleting(database)) {
      record(database, plan.status());
      retention.keep(database);
    }
    return UpdateControl.<SQLiteDatabase>noUpdate()
        .rescheduleAfter(plan.again().isZero() ? Duration.ofMillis(1) : plan.again());
  }

  /** Everything else on status stays as it is true: only that nothing goes on is new. */
  @Override
  public ErrorStatusUpdateControl<SQLiteDatabase> updateErrorStatus(
      SQLiteDatabase cached, Context<SQLiteDatabase> context, Exception failure) {
    return ReconcileFailure.tell(cached, context, failure, told -> tell(cached, told));
  }

  private void tell(SQLiteDatabase cached, ReconcileFailure failure) {
    SQLiteDatabase database = read(cached);
    if (database != null && database.getMetadata().getDeletionTimestamp() == null) {
      var status = SQLiteDatabaseStatus.of(database);
      long generation = database.getMetadata().getGeneration();
      record(
          database,
          status.with(
              generation,
              Conditions.following(status.conditions(), generation, clock.instant())
                  .reconciling(failure.reason(), failure.message())));
    }
  }

  private SQLiteDatabase read(SQLiteDatabase cached) {
    return client
        .resources(SQLiteDatabase.class)
        .inNamespace(cached.getMetadata().getNamespace())
        .withName(cached.getMetadata().getName())
        .get();
  }

  private DatabasePlan decideAndAct(SQLiteDatabase database, DatabaseObservation seen) {
    DatabasePlan plan = DatabasePlanner.plan(seen);
    try {
      plan.effects().forEach(effect -> apply(database, seen, effect));
      return plan;
    } catch (JobRefusedException e) {
      DatabasePlan instead = DatabasePlanner.plan(seen.with(e.state()));
      instead.effects().forEach(effect -> apply(database, seen, effect));
      return instead;
    }
  }

  private void record(SQLiteDatabase database, SQLiteDatabaseStatus status) {
    if (status.equals(database.getStatus())) {
      return;
    }
    database.setStatus(status);
    try {
      client.resource(database).updateStatus();
    } catch (KubernetesClientException e) {
      // Deleted while it was looked at: there is nothing to say any more.
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  private void apply(
      SQLiteDatabase database, DatabaseObservation seen, DatabasePlan.Effect effect) {
    String namespace = seen.namespace();
    switch (effect) {
      case DatabasePlan.Effect.TakeLock _ -> takeLocks(seen);
      case DatabasePlan.Effect.ReleaseLock _ ->
          lock.release(
              namespace,
              DatabaseObserver.lockNames(seen.status(), seen.volume()),
              DatabaseObserver.holder(seen.name(), seen.status()));
      case DatabasePlan.Effect.RaiseEpoch _ ->
          lock.raise(
              namespace,
              DatabaseObserver.lockNames(seen.status(), seen.volume()).getFirst(),
              DatabaseObserver.holder(seen.name(), seen.status()));
      case DatabasePlan.Effect.StartInspection _, DatabasePlan.Effect.StartRecovery _ ->
          jobs.start(DatabasePodFactory.pod(seen, settings));
      case DatabasePlan.Effect.CancelInspection _ ->
          jobs.delete(namespace, DatabasePodFactory.jobName(seen));
      case DatabasePlan.Effect.ProtectClaim _ -> claims.guard(namespace, seen.spec().claimName());
      case DatabasePlan.Effect.UnprotectClaim _ -> letGo(namespace, seen.spec().claimName());
      case DatabasePlan.Effect.AddFinalizer _ -> finalizer(database, true);
      case DatabasePlan.Effect.RemoveFinalizer _ -> finalizer(database, false);
      case DatabasePlan.Effect.MakeRestore(String name) ->
          restores.make(BootstrapRestoreFactory.restore(name, seen));
      case DatabasePlan.Effect.ActOnWorkload act -> workloads.apply(act.ref(), act.actions());
    }
  }

  /** In order: whoever holds the first waits for the second, and nobody the other way round. */
  private void takeLocks(DatabaseObservation seen) {
    long least = seen.status().highestEpoch() == null ? 0 : seen.status().highestEpoch();
    String holder = DatabaseObserver.holder(seen.name(), seen.status());
    for (String name : DatabaseObserver.lockNames(seen.status(), seen.volume())) {
      if (!(lock.take(seen.namespace(), name, holder, least) instanceof LockState.Held)) {
        return;
      }
    }
  }

  private void letGo(String namespace, String claim) {
    if (claims.letGo(namespace, claim) == WorkloadActor.Outcome.STALE) {
      // The status is not written yet, so this is done again.
      throw new IllegalStateException("claim " + claim + " changed while it was let go");
    }
  }

  private static boolean deleting(SQLiteDatabase database) {
    return database.getMetadata().getDeletionTimestamp() != null;
  }

  private static boolean recovering(SQLiteDatabase database) {
    return database.getMetadata().getFinalizers().contains(Api.FINALIZER);
  }

  private void finalizer(SQLiteDatabase database, boolean wanted) {
    var meta = database.getMetadata();
    if (meta.getFinalizers().contains(Api.FINALIZER) == wanted) {
      return;
    }
    SQLiteDatabase changed =
        client
            .resources(SQLiteDatabase.class)
            .inNamespace(meta.getNamespace())
            .withName(meta.getName())
            .edit(
                live -> {
                  if (wanted) {
                    live.addFinalizer(Api.FINALIZER);
                  } else {
                    live.removeFinalizer(Api.FINALIZER);
                  }
                  return live;
                });
    // The status is written next, guarded by the version that this made.
    meta.setResourceVersion(changed.getMetadata().getResourceVersion());
  }
}
