package dev.litehaven.operator.location;

import dev.litehaven.api.v1alpha1.BackupLocation;
import dev.litehaven.api.v1alpha1.BackupLocationStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.operator.LiveResource;
import dev.litehaven.operator.Reborn;
import dev.litehaven.operator.Settings;
import dev.litehaven.operator.Triggers;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.condition.ReconcileFailure;
import dev.litehaven.operator.event.EventRecorder;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.job.JobRefusedException;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.volume.VolumeUseObserver;
import dev.litehaven.protocol.RunnerStep;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Tries places for backups and says whether they work: gather, decide, act, record. */
public final class LocationReconciler implements Reconciler<BackupLocation> {
  private final Reborn<BackupLocation> reborn = new Reborn<>(BackupLocation.class);
  private final KubernetesClient client;
  private final Clock clock;
  private final Settings settings;
  private final LiveResource<BackupLocationStatus, BackupLocation> live;
  private final RunnerJobs jobs;
  private final VolumeUseObserver volumes;
  private final EventRecorder events;

  public LocationReconciler(KubernetesClient client, Clock clock, Settings settings) {
    this.client = client;
    this.clock = clock;
    this.settings = settings;
    this.live = new LiveResource<>(client, BackupLocation.class);
    this.jobs = new RunnerJobs(client);
    this.volumes = new VolumeUseObserver(client);
    this.events = new EventRecorder(client, clock, settings.instance());
  }

  @Override
  public List<EventSource<?, BackupLocation>> prepareEventSources(
      EventSourceContext<BackupLocation> context) {
    return reborn.and(Triggers.ofLocations(context));
  }

  @Override
  public UpdateControl<BackupLocation> reconcile(
      BackupLocation cached, Context<BackupLocation> context) {
    Optional<BackupLocation> found = live.read(cached);
    reborn.check(context, found);
    if (found.isEmpty() || found.get().getMetadata().getDeletionTimestamp() != null) {
      return UpdateControl.noUpdate();
    }
    BackupLocation location = found.get();
    LocationPlan plan = decideAndAct(observe(location));
    plan.notes().forEach(note -> events.record(location, note));
    live.record(location, plan.status());
    return UpdateControl.<BackupLocation>noUpdate()
        .rescheduleAfter(plan.again().isPositive() ? plan.again() : Duration.ofMillis(1));
  }

  @Override
  public ErrorStatusUpdateControl<BackupLocation> updateErrorStatus(
      BackupLocation cached, Context<BackupLocation> context, Exception failure) {
    return ReconcileFailure.tell(cached, context, failure, told -> tell(cached, told));
  }

  private void tell(BackupLocation cached, ReconcileFailure failure) {
    live.read(cached)
        .filter(location -> location.getMetadata().getDeletionTimestamp() == null)
        .ifPresent(
            location -> {
              var status = statusOf(location);
              long generation = location.getMetadata().getGeneration();
              live.record(
                  location,
                  new BackupLocationStatus(
                      generation,
                      Conditions.following(status.conditions(), generation, clock.instant())
                          .reconciling(failure.reason(), failure.message()),
                      status.checks(),
                      status.lastProbeTime(),
                      status.probeKey(),
                      status.probeRun(),
                      status.consecutiveFailures(),
                      status.lastHandledRequest()));
            });
  }

  private LocationPlan decideAndAct(LocationObservation seen) {
    LocationPlan plan = LocationPlanner.plan(seen);
    try {
      plan.effects().forEach(effect -> apply(seen, effect));
      return plan;
    } catch (JobRefusedException e) {
      return LocationPlanner.plan(seen.with(e.state()));
    }
  }

  private void apply(LocationObservation seen, LocationPlan.Effect effect) {
    String job = ProbePodFactory.jobName(seen.status().probeRun().id());
    switch (effect) {
      case START_PROBE -> jobs.start(ProbePodFactory.pod(seen, settings));
      case CANCEL_PROBE -> jobs.delete(seen.namespace(), job);
      case EXPIRE_PROBE -> jobs.expire(seen.namespace(), job);
    }
  }

  private LocationObservation observe(BackupLocation location) {
    var meta = location.getMetadata();
    String namespace = meta.getNamespace();
    BackupLocationStatus status = statusOf(location);
    String claim = location.getSpec().claim() == null ? null : location.getSpec().claim().name();
    var run = status.probeRun();
    return new LocationObservation(
        clock.instant(),
        namespace,
        meta.getName(),
        meta.getUid(),
        meta.getGeneration() == null ? 0 : meta.getGeneration(),
        location.getSpec(),
        status,
        claim != null
            && client.persistentVolumeClaims().inNamespace(namespace).withName(claim).get() == null,
        run == null
            ? new JobState.Absent()
            : jobs.look(
                namespace,
                ProbePodFactory.jobName(run.id()),
                new RunnerJobs.Expected(run.id(), RunnerStep.PROBE, null)),
        claim == null || run == null ? RunnerPod.Identity.UNKNOWN : identity(location),
        claim == null || run == null ? null : nodeOf(namespace, claim),
        Triggers.requestedAt(location));
  }

  private static BackupLocationStatus statusOf(BackupLocation location) {
    return location.getStatus() != null ? location.getStatus() : BackupLocationStatus.unobserved();
  }

  /** Whoever writes backups to a claim is the database's own user; the probe tries it as such. */
  private RunnerPod.Identity identity(BackupLocation location) {
    String namespace = location.getMetadata().getNamespace();
    Comparator<SQLiteDatabase> namedFirst =
        Comparator.<SQLiteDatabase, Boolean>comparing(
                database ->
                    database.getSpec().backup().locationRef() == null
                        || !database
                            .getSpec()
                            .backup()
                            .locationRef()
                            .name()
                            .equals(location.getMetadata().getName()))
            .thenComparing(database -> database.getMetadata().getName());
    return client.resources(SQLiteDatabase.class).inNamespace(namespace).list().getItems().stream()
        .min(namedFirst)
        .map(
            database ->
                volumes
                    .observe(namespace, database.getSpec(), List.of())
                    .mount()
                    .runner(
                        FileOwner.of(database.getStatus()),
                        database.getSpec().runner().allowRoot()))
        .orElse(RunnerPod.Identity.UNKNOWN);
  }

  /** A volume that one node has is not to be had on another. */
  private String nodeOf(String namespace, String claim) {
    return client.pods().inNamespace(namespace).list().getItems().stream()
        .filter(pod -> pod.getSpec().getNodeName() != null)
        .filter(pod -> pod.getStatus() != null && "Running".equals(pod.getStatus().getPhase()))
        .filter(pod -> mounts(pod, claim))
        .map(pod -> pod.getSpec().getNodeName())
        .findFirst()
        .orElse(null);
  }

  private static boolean mounts(Pod pod, String claim) {
    return pod.getSpec().getVolumes().stream()
        .anyMatch(
            volume ->
                volume.getPersistentVolumeClaim() != null
                    && claim.equals(volume.getPersistentVolumeClaim().getClaimName()));
  }
}
