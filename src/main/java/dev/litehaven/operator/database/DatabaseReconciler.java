package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.operator.Settings;
import dev.litehaven.operator.Triggers;
import dev.litehaven.operator.backup.OperationRetention;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.condition.ReconcileFailure;
import dev.litehaven.operator.event.EventRecorder;
import dev.litehaven.operator.job.JobRefusedException;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.lock.VolumeLock;
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

/**
 * Knows what is on a claim and who uses it, and lets waiting pods in while nothing is on: gather,
 * decide, act, record.
 */
public final class DatabaseReconciler implements Reconciler<SQLiteDatabase> {
  private final KubernetesClient client;
  private final Clock clock;
  private final Settings settings;
  private final VolumeLock lock;
  private final RunnerJobs jobs;
  private final DatabaseObserver observer;
  private final WorkloadActor workloads;
  private final EventRecorder events;
  private final OperationRetention retention;

  public DatabaseReconciler(KubernetesClient client, Clock clock, Settings settings) {
    this.client = client;
    this.clock = clock;
    this.settings = settings;
    this.lock = new VolumeLock(client, clock);
    this.jobs = new RunnerJobs(client);
    this.observer = new DatabaseObserver(client, clock, lock, jobs);
    this.workloads = new WorkloadActor(client, clock);
    this.events = new EventRecorder(client, clock, settings.instance());
    this.retention = new OperationRetention(client, clock);
  }

  @Override
  public List<EventSource<?, SQLiteDatabase>> prepareEventSources(
      EventSourceContext<SQLiteDatabase> context) {
    return Triggers.ofDatabases(context);
  }

  @Override
  public UpdateControl<SQLiteDatabase> reconcile(
      SQLiteDatabase cached, Context<SQLiteDatabase> context) {
    SQLiteDatabase database = read(cached);
    if (database == null || database.getMetadata().getDeletionTimestamp() != null) {
      return UpdateControl.noUpdate();
    }
    DatabaseObservation seen = observer.observe(database);
    DatabasePlan plan = decideAndAct(seen);
    // Before the status: whoever goes on after a crash here says them again, under the same name.
    plan.notes().forEach(note -> events.record(database, note));
    record(database, plan.status());
    retention.keep(database);
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
      var status = DatabaseObserver.statusOf(database);
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

  private DatabasePlan decideAndAct(DatabaseObservation seen) {
    DatabasePlan plan = DatabasePlanner.plan(seen);
    try {
      plan.effects().forEach(effect -> apply(seen, effect));
      return plan;
    } catch (JobRefusedException e) {
      DatabasePlan instead = DatabasePlanner.plan(seen.with(e.state()));
      instead.effects().forEach(effect -> apply(seen, effect));
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

  private void apply(DatabaseObservation seen, DatabasePlan.Effect effect) {
    String namespace = seen.namespace();
    switch (effect) {
      case DatabasePlan.Effect.TakeLock _ ->
          lock.take(
              namespace,
              DatabaseObserver.lockName(seen),
              DatabaseObserver.holder(seen.name()),
              seen.status().highestEpoch() == null ? 0 : seen.status().highestEpoch());
      case DatabasePlan.Effect.ReleaseLock _ ->
          lock.release(
              namespace,
              List.of(DatabaseObserver.lockName(seen)),
              DatabaseObserver.holder(seen.name()));
      case DatabasePlan.Effect.StartInspection _ ->
          jobs.start(InspectionPodFactory.pod(seen, settings));
      case DatabasePlan.Effect.CancelInspection _ ->
          jobs.delete(namespace, InspectionPodFactory.jobName(seen));
      case DatabasePlan.Effect.ActOnWorkload act -> workloads.apply(act.ref(), act.actions());
    }
  }
}
