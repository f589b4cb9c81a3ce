package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Run;
import dev.litehaven.operator.LiveResource;
import dev.litehaven.operator.Reborn;
import dev.litehaven.operator.Settings;
import dev.litehaven.operator.TerminatingNamespaces;
import dev.litehaven.operator.Triggers;
import dev.litehaven.operator.backup.BackupObservation.Database;
import dev.litehaven.operator.backup.BackupPlan.Effect;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.condition.ReconcileFailure;
import dev.litehaven.operator.event.EventRecorder;
import dev.litehaven.operator.job.JobRefusedException;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.lock.VolumeLock;
import dev.litehaven.operator.naming.Labels;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.snapshot.Snapshots;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Carries backups out, reads them back, and removes them: gather, decide, act, record. */
public final class BackupReconciler implements Reconciler<DatabaseBackup> {
  private final Reborn<DatabaseBackup> reborn = new Reborn<>(DatabaseBackup.class);
  private final Clock clock;
  private final Settings settings;
  private final TerminatingNamespaces namespaces;
  private final LiveResource<DatabaseBackupStatus, DatabaseBackup> live;
  private final VolumeLock lock;
  private final RunnerJobs jobs;
  private final Snapshots snapshots;
  private final BackupObserver observer;
  private final EventRecorder events;

  public BackupReconciler(
      KubernetesClient client, Clock clock, Settings settings, TerminatingNamespaces namespaces) {
    this.clock = clock;
    this.settings = settings;
    this.namespaces = namespaces;
    this.live = new LiveResource<>(client, DatabaseBackup.class);
    this.lock = new VolumeLock(client, clock);
    this.jobs = new RunnerJobs(client);
    this.snapshots = new Snapshots(client);
    this.observer = new BackupObserver(client, clock, namespaces, lock, jobs, snapshots);
    this.events = new EventRecorder(client, clock, settings.instance());
  }

  @Override
  public List<EventSource<?, DatabaseBackup>> prepareEventSources(
      EventSourceContext<DatabaseBackup> context) {
    return reborn.and(Triggers.ofBackups(context));
  }

  @Override
  public UpdateControl<DatabaseBackup> reconcile(
      DatabaseBackup cached, Context<DatabaseBackup> context) {
    if (namespaces.goes(cached)) {
      return UpdateControl.<DatabaseBackup>noUpdate().rescheduleAfter(TerminatingNamespaces.AGAIN);
    }
    Optional<DatabaseBackup> found = live.read(cached);
    reborn.check(context, found);
    if (found.isEmpty()) {
      return UpdateControl.noUpdate();
    }
    DatabaseBackup backup = found.get();
    BackupPlan plan = decideAndAct(backup, observer.observe(backup));
    // Before the status: whoever goes on after a crash here says them again, under the same name.
    plan.notes().forEach(note -> events.record(backup, note));
    // An empty status says nothing: what there is to say of a record is said by whoever makes it.
    if (!plan.status().equals(BackupObserver.statusOf(backup))) {
      live.record(backup, plan.status());
    }
    UpdateControl<DatabaseBackup> control = UpdateControl.noUpdate();
    plan.again()
        .map(wait -> wait.isPositive() ? wait : Duration.ofMillis(1))
        .ifPresent(control::rescheduleAfter);
    return control;
  }

  @Override
  public ErrorStatusUpdateControl<DatabaseBackup> updateErrorStatus(
      DatabaseBackup cached, Context<DatabaseBackup> context, Exception failure) {
    return ReconcileFailure.tell(cached, context, failure, told -> tell(cached, told));
  }

  /** One that has ended stays as it ended, whatever may go wrong with looking at it. */
  private void tell(DatabaseBackup cached, ReconcileFailure failure) {
    live.read(cached)
        .filter(backup -> BackupObserver.statusOf(backup).completedAt() == null)
        .filter(backup -> backup.getSpec().type().carriedOut())
        .ifPresent(
            backup -> {
              var status = BackupObserver.statusOf(backup);
              var conditions =
                  Conditions.following(
                          status.conditions(),
                          backup.getMetadata().getGeneration(),
                          clock.instant())
                      .underWay(failure.reason(), failure.message());
              live.record(backup, status.with(backup.getMetadata().getGeneration(), conditions));
            });
  }

  private BackupPlan decideAndAct(DatabaseBackup backup, BackupObservation seen) {
    BackupPlan plan = BackupPlanner.plan(seen);
    try {
      plan.effects().forEach(effect -> apply(backup, seen, effect));
      return plan;
    } catch (JobRefusedException e) {
      BackupPlan instead = BackupPlanner.plan(seen.with(e.state()));
      instead.effects().forEach(effect -> apply(backup, seen, effect));
      return instead;
    }
  }

  private void apply(DatabaseBackup backup, BackupObservation seen, Effect effect) {
    String namespace = seen.namespace();
    Run run = seen.run();
    switch (effect) {
      case HOLD -> live.finalizer(backup, Api.FINALIZER, true);
      case LET_GO -> live.finalizer(backup, Api.FINALIZER, false);
      case KEEP_UNTIL_REMOVED -> live.finalizer(backup, Api.ARTIFACT_FINALIZER, true);
      case REMOVED -> live.finalizer(backup, Api.ARTIFACT_FINALIZER, false);
      case TAKE_LOCK ->
          lock.take(
              namespace,
              Names.claimLease(run.claimUid()),
              BackupObserver.holder(seen.name(), run),
              seen.database().map(Database::highestEpoch).orElse(0L));
      case RELEASE_LOCK ->
          lock.release(
              namespace,
              List.of(Names.claimLease(run.claimUid())),
              BackupObserver.holder(seen.name(), run));
      case START_JOB -> jobs.start(BackupPodFactory.pod(seen, settings));
      case DELETE_JOB ->
          Optional.ofNullable(BackupPodFactory.jobName(run))
              .ifPresent(name -> jobs.delete(namespace, name));
      case EXPIRE_JOB ->
          Optional.ofNullable(BackupPodFactory.jobName(run))
              .ifPresent(name -> jobs.expire(namespace, name));
      case TAKE_SNAPSHOT ->
          snapshots.create(
              namespace,
              Names.snapshot(run.id()),
              seen.database().orElseThrow().spec().claimName(),
              seen.spec().volumeSnapshot() == null
                  ? null
                  : seen.spec().volumeSnapshot().className(),
              Labels.backup(seen.spec().databaseRef().name(), run.id(), seen.spec().type().text()));
      case DELETE_SNAPSHOT -> deleteSnapshot(seen);
    }
  }

  private void deleteSnapshot(BackupObservation seen) {
    String taken = BackupObserver.snapshotName(seen.spec(), seen.status());
    String name = taken != null || seen.run() == null ? taken : Names.snapshot(seen.run().id());
    if (name != null) {
      snapshots.delete(seen.namespace(), name);
    }
  }
}
