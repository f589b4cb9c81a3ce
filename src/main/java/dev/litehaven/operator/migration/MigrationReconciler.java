package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.operator.LiveResource;
import dev.litehaven.operator.Reborn;
import dev.litehaven.operator.Settings;
import dev.litehaven.operator.TerminatingNamespaces;
import dev.litehaven.operator.Triggers;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.condition.ReconcileFailure;
import dev.litehaven.operator.event.EventRecorder;
import dev.litehaven.operator.job.JobRefusedException;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.lock.VolumeLock;
import dev.litehaven.operator.run.Effect;
import dev.litehaven.operator.run.RunActor;
import dev.litehaven.operator.run.RunObserver;
import dev.litehaven.operator.run.RunSeen;
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

/** Brings a database to the version that a DatabaseMigration names: gather, decide, act, record. */
public final class MigrationReconciler implements Reconciler<DatabaseMigration> {
  private final Reborn<DatabaseMigration> reborn = new Reborn<>(DatabaseMigration.class);
  private final TerminatingNamespaces namespaces;
  private final LiveResource<DatabaseMigrationStatus, DatabaseMigration> live;
  private final Clock clock;
  private final Settings settings;
  private final MigrationObserver observer;
  private final RunActor<DatabaseMigrationStatus, DatabaseMigration> actor;
  private final EventRecorder events;

  public MigrationReconciler(
      KubernetesClient client, Clock clock, Settings settings, TerminatingNamespaces namespaces) {
    this.namespaces = namespaces;
    var lock = new VolumeLock(client, clock);
    var jobs = new RunnerJobs(client);
    var snapshots = new Snapshots(client);
    this.clock = clock;
    this.settings = settings;
    this.observer =
        new MigrationObserver(client, new RunObserver(client, clock, lock, jobs, snapshots));
    this.live = new LiveResource<>(client, DatabaseMigration.class);
    this.actor = new RunActor<>(client, clock, live, lock, jobs, snapshots);
    this.events = new EventRecorder(client, clock, settings.instance());
  }

  @Override
  public List<EventSource<?, DatabaseMigration>> prepareEventSources(
      EventSourceContext<DatabaseMigration> context) {
    return reborn.and(Triggers.ofMigrations(context));
  }

  @Override
  public UpdateControl<DatabaseMigration> reconcile(
      DatabaseMigration cached, Context<DatabaseMigration> context) {
    if (namespaces.goes(cached)) {
      return UpdateControl.<DatabaseMigration>noUpdate()
          .rescheduleAfter(TerminatingNamespaces.AGAIN);
    }
    Optional<DatabaseMigration> found = live.read(cached);
    reborn.check(context, found);
    if (found.isEmpty()) {
      return UpdateControl.noUpdate();
    }
    DatabaseMigration migration = found.get();
    MigrationObserver.Seen seen = observer.observe(migration);
    MigrationPlan plan = decideAndAct(migration, seen);
    // Before the status: whoever goes on after a crash here says them again, under the same name.
    plan.notes().forEach(note -> events.record(migration, note));
    if (!lettingGo(migration, plan)) {
      live.record(migration, plan.status());
    }
    UpdateControl<DatabaseMigration> control = UpdateControl.noUpdate();
    plan.again().map(MigrationReconciler::positive).ifPresent(control::rescheduleAfter);
    return control;
  }

  /** Everything else on status stays as it is true: only that nothing goes on is new. */
  @Override
  public ErrorStatusUpdateControl<DatabaseMigration> updateErrorStatus(
      DatabaseMigration cached, Context<DatabaseMigration> context, Exception failure) {
    return ReconcileFailure.tell(cached, context, failure, told -> tell(cached, told));
  }

  private void tell(DatabaseMigration cached, ReconcileFailure failure) {
    live.read(cached)
        .ifPresent(
            migration -> {
              var status = MigrationObserver.statusOf(migration);
              long generation = migration.getMetadata().getGeneration();
              live.record(
                  migration,
                  status.with(
                      generation,
                      Conditions.following(status.conditions(), generation, clock.instant())
                          .reconciling(failure.reason(), failure.message())));
            });
  }

  private MigrationPlan decideAndAct(DatabaseMigration migration, MigrationObserver.Seen seen) {
    MigrationPlan plan = MigrationPlanner.plan(seen.observation());
    try {
      act(migration, seen, plan);
      return plan;
    } catch (JobRefusedException e) {
      // An answer like any other: decided on, written down, and never in the way of a start.
      var answered = new MigrationObserver.Seen(seen.observation().with(e.state()), seen.volume());
      MigrationPlan instead = MigrationPlanner.plan(answered.observation());
      act(migration, answered, instead);
      return instead;
    }
  }

  private void act(DatabaseMigration migration, MigrationObserver.Seen seen, MigrationPlan plan) {
    actor.apply(
        migration,
        new RunSeen(seen.observation().run(), seen.volume()),
        plan.effects(),
        (database, volume) -> RunnerPodFactory.pod(seen.observation(), database, volume, settings));
  }

  /** With its finalizer the resource is gone. */
  private static boolean lettingGo(DatabaseMigration migration, MigrationPlan plan) {
    return migration.getMetadata().getDeletionTimestamp() != null
        && plan.effects().contains(new Effect.RemoveFinalizer());
  }

  private static Duration positive(Duration wait) {
    return wait.isZero() ? Duration.ofMillis(1) : wait;
  }
}
