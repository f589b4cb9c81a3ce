package dev.litehaven.operator.restore;

import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
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

/** Carries a DatabaseRestore out, once: gather, decide, act, record. */
public final class RestoreReconciler implements Reconciler<DatabaseRestore> {
  private final Reborn<DatabaseRestore> reborn = new Reborn<>(DatabaseRestore.class);
  private final TerminatingNamespaces namespaces;
  private final Clock clock;
  private final Settings settings;
  private final LiveResource<DatabaseRestoreStatus, DatabaseRestore> live;
  private final RestoreObserver observer;
  private final RunActor<DatabaseRestoreStatus, DatabaseRestore> actor;
  private final NewClaims claims;
  private final EventRecorder events;

  public RestoreReconciler(
      KubernetesClient client, Clock clock, Settings settings, TerminatingNamespaces namespaces) {
    this.namespaces = namespaces;
    this.clock = clock;
    this.settings = settings;
    this.live = new LiveResource<>(client, DatabaseRestore.class);
    var lock = new VolumeLock(client, clock);
    var jobs = new RunnerJobs(client);
    var snapshots = new Snapshots(client);
    this.observer =
        new RestoreObserver(client, new RunObserver(client, clock, lock, jobs, snapshots));
    this.actor = new RunActor<>(client, clock, live, lock, jobs, snapshots);
    this.claims = new NewClaims(client);
    this.events = new EventRecorder(client, clock, settings.instance());
  }

  @Override
  public List<EventSource<?, DatabaseRestore>> prepareEventSources(
      EventSourceContext<DatabaseRestore> context) {
    return reborn.and(Triggers.ofRestores(context));
  }

  @Override
  public UpdateControl<DatabaseRestore> reconcile(
      DatabaseRestore cached, Context<DatabaseRestore> context) {
    if (namespaces.goes(cached)) {
      return UpdateControl.<DatabaseRestore>noUpdate().rescheduleAfter(TerminatingNamespaces.AGAIN);
    }
    Optional<DatabaseRestore> found = live.read(cached);
    reborn.check(context, found);
    if (found.isEmpty()) {
      return UpdateControl.noUpdate();
    }
    DatabaseRestore restore = found.get();
    RestorePlan plan = decideAndAct(restore, observer.observe(restore));
    // Before the status: whoever goes on after a crash here says them again, under the same name.
    plan.notes().forEach(note -> events.record(restore, note));
    if (!lettingGo(restore, plan)) {
      live.record(restore, plan.status());
    }
    UpdateControl<DatabaseRestore> control = UpdateControl.noUpdate();
    plan.again()
        .map(wait -> wait.isPositive() ? wait : Duration.ofMillis(1))
        .ifPresent(control::rescheduleAfter);
    return control;
  }

  @Override
  public ErrorStatusUpdateControl<DatabaseRestore> updateErrorStatus(
      DatabaseRestore cached, Context<DatabaseRestore> context, Exception failure) {
    return ReconcileFailure.tell(cached, context, failure, told -> tell(cached, told));
  }

  private void tell(DatabaseRestore cached, ReconcileFailure failure) {
    live.read(cached)
        .ifPresent(
            restore -> {
              DatabaseRestoreStatus status =
                  restore.getStatus() == null
                      ? DatabaseRestoreStatus.unobserved()
                      : restore.getStatus();
              if (status.ended()) {
                return; // what is over stays as it was told
              }
              long generation = restore.getMetadata().getGeneration();
              Conditions following =
                  Conditions.following(status.conditions(), generation, clock.instant());
              live.record(
                  restore,
                  status.with(
                      generation,
                      following.undecided(
                          following.reconciling(failure.reason(), failure.message()))));
            });
  }

  private RestorePlan decideAndAct(DatabaseRestore restore, RestoreObserver.Seen seen) {
    RestorePlan plan = RestorePlanner.plan(seen.observation());
    try {
      act(restore, seen, plan);
      return plan;
    } catch (JobRefusedException e) {
      // An answer like any other: decided on, written down, and never in the way of a start.
      RestoreObservation answered = seen.observation().with(e.state());
      RestorePlan instead = RestorePlanner.plan(answered);
      act(
          restore,
          new RestoreObserver.Seen(answered, seen.volume(), seen.own(), seen.database()),
          instead);
      return instead;
    }
  }

  private void act(DatabaseRestore restore, RestoreObserver.Seen seen, RestorePlan plan) {
    if (plan.makeClaim()) {
      claims.make(restore, seen.database());
    }
    actor.apply(
        restore,
        new RunSeen(seen.observation().run(), seen.volume()),
        plan.effects(),
        (database, volume) ->
            RestorePodFactory.pod(seen.observation(), database, volume, seen.own(), settings));
  }

  /** With its finalizer the resource is gone. */
  private static boolean lettingGo(DatabaseRestore restore, RestorePlan plan) {
    return restore.getMetadata().getDeletionTimestamp() != null
        && plan.effects().contains(new Effect.RemoveFinalizer());
  }
}
