package dev.litehaven.operator.schedule;

import dev.litehaven.api.v1alpha1.BackupSchedule;
import dev.litehaven.api.v1alpha1.BackupScheduleSpec;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.Drill;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.Goes;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.operator.LiveResource;
import dev.litehaven.operator.Reborn;
import dev.litehaven.operator.Settings;
import dev.litehaven.operator.Triggers;
import dev.litehaven.operator.backup.RecordedBackup;
import dev.litehaven.operator.backup.RecordedBackups;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.condition.ReconcileFailure;
import dev.litehaven.operator.event.EventRecorder;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.schedule.ScheduleObservation.Covered;
import dev.litehaven.operator.schedule.SchedulePlan.Start;
import dev.litehaven.operator.schedule.SchedulePlan.Stop;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
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
import java.util.stream.Stream;

/**
 * Starts backups when they are due and removes those that are not kept: gather, decide, act,
 * record. Runs are started before the state is written, so that none is lost; backups are removed
 * after it was written that they go, so that none is missed.
 */
public final class ScheduleReconciler implements Reconciler<BackupSchedule> {
  private final Reborn<BackupSchedule> reborn = new Reborn<>(BackupSchedule.class);
  private static final Duration NOTHING = Duration.ofMinutes(10);

  private final KubernetesClient client;
  private final Clock clock;
  private final LiveResource<BackupScheduleStatus, BackupSchedule> live;
  private final RecordedBackups backups;
  private final ScheduleObserver observer;
  private final DrillActor drills;
  private final EventRecorder events;

  public ScheduleReconciler(KubernetesClient client, Clock clock, Settings settings) {
    this.client = client;
    this.clock = clock;
    this.live = new LiveResource<>(client, BackupSchedule.class);
    this.backups = new RecordedBackups(client);
    var jobs = new RunnerJobs(client);
    this.observer = new ScheduleObserver(client, clock, jobs, backups);
    this.drills = new DrillActor(client, jobs, settings);
    this.events = new EventRecorder(client, clock, settings.instance());
  }

  @Override
  public List<EventSource<?, BackupSchedule>> prepareEventSources(
      EventSourceContext<BackupSchedule> context) {
    return reborn.and(Triggers.ofSchedules(context));
  }

  @Override
  public UpdateControl<BackupSchedule> reconcile(
      BackupSchedule cached, Context<BackupSchedule> context) {
    Optional<BackupSchedule> found = live.read(cached);
    reborn.check(context, found);
    if (found.isEmpty() || found.get().getMetadata().getDeletionTimestamp() != null) {
      return UpdateControl.noUpdate();
    }
    BackupSchedule schedule = found.get();
    ScheduleObservation seen = observer.observe(schedule);
    var draft = new SchedulePlanDraft(seen);
    ScheduleSpec asked;
    Optional<CronSchedule> drillCron;
    try {
      asked = spec(seen);
      drillCron = drillCron(seen);
    } catch (InvalidScheduleException e) {
      live.record(schedule, draft.invalid(e));
      return UpdateControl.noUpdate();
    }
    SchedulePlan plan =
        SchedulePlanner.plan(
            asked, ScheduleStatusFactory.state(seen.status()), runs(seen), seen.now());
    plan.starts().forEach(start -> start(seen, start));
    plan.stops().forEach(stop -> stop(seen, stop));
    Optional<DrillPlanner.Plan> drill =
        drillCron
            .filter(_ -> !seen.spec().suspend())
            .map(cron -> drills.next(schedule, seen, cron));
    RetentionTurn.Turn retention = RetentionTurn.plan(seen, asked.cron().zone());
    retention.removals().forEach(going -> remove(seen, going));
    drill.ifPresent(next -> next.notes().forEach(note -> events.record(schedule, note)));
    BackupScheduleStatus status =
        draft.of(
            plan,
            retention.told(),
            drill.map(DrillPlanner.Plan::drill).orElse(kept(seen, drillCron)));
    boolean news = !status.equals(schedule.getStatus());
    live.record(schedule, status);
    return UpdateControl.<BackupSchedule>noUpdate()
        .rescheduleAfter(again(seen, plan, retention, drill, news));
  }

  @Override
  public ErrorStatusUpdateControl<BackupSchedule> updateErrorStatus(
      BackupSchedule cached, Context<BackupSchedule> context, Exception failure) {
    return ReconcileFailure.tell(cached, context, failure, told -> tell(cached, told));
  }

  private void tell(BackupSchedule cached, ReconcileFailure failure) {
    live.read(cached)
        .filter(schedule -> schedule.getMetadata().getDeletionTimestamp() == null)
        .ifPresent(
            schedule -> {
              var status = ScheduleObserver.statusOf(schedule);
              long generation = schedule.getMetadata().getGeneration();
              live.record(
                  schedule,
                  status.with(
                      generation,
                      Conditions.following(status.conditions(), generation, clock.instant())
                          .reconciling(failure.reason(), failure.message())));
            });
  }

  private static ScheduleSpec spec(ScheduleObservation seen) {
    BackupScheduleSpec spec = seen.spec();
    return new ScheduleSpec(
        CronSchedule.of(spec.schedule(), spec.timeZone(), seen.uid()),
        Optional.ofNullable(spec.startingDeadlineSeconds()).map(Duration::ofSeconds),
        switch (spec.concurrencyPolicy()) {
          case FORBID -> ScheduleSpec.ConcurrencyPolicy.FORBID;
          case REPLACE -> ScheduleSpec.ConcurrencyPolicy.REPLACE;
        },
        spec.maxConcurrent(),
        spec.suspend(),
        seen.requestedAt(),
        seen.created());
  }

  private static Optional<CronSchedule> drillCron(ScheduleObservation seen) {
    return Optional.ofNullable(seen.spec().verification().restoreDrill())
        .map(
            drill ->
                CronSchedule.of(drill.schedule(), seen.spec().timeZone(), seen.uid() + "/drill"));
  }

  /** While suspended the last drill is still what it was; without a drill there is none. */
  private static Drill kept(ScheduleObservation seen, Optional<CronSchedule> cron) {
    return cron.isPresent() ? seen.status().restoreDrill() : null;
  }

  private static List<DatabaseRuns> runs(ScheduleObservation seen) {
    List<RecordedBackup> own =
        seen.backups().stream().filter(backup -> backup.scheduledBy(seen.name())).toList();
    return seen.databases().stream()
        .map(
            database ->
                new DatabaseRuns(
                    database.identity(),
                    own.stream()
                        .filter(
                            backup -> backup.identity(seen.namespace()).equals(database.identity()))
                        .map(RecordedRunFactory::run)
                        .toList(),
                    database.busy()))
        .toList();
  }

  private void start(ScheduleObservation seen, Start start) {
    Covered database =
        seen.databases().stream()
            .filter(one -> one.identity().equals(start.identity()))
            .findFirst()
            .orElseThrow();
    var backup = new DatabaseBackup();
    backup.setMetadata(
        new ObjectMetaBuilder()
            .withName(ScheduledBackupFactory.name(seen.name(), database, start.key()))
            .withNamespace(seen.namespace())
            .withLabels(ScheduledBackupFactory.labels(seen.name(), database))
            .build());
    backup.setSpec(ScheduledBackupFactory.spec(seen.name(), seen.spec(), database, start.key()));
    try {
      client.resource(backup).create();
    } catch (KubernetesClientException e) {
      // There already: this run was started before the state was written.
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  private void stop(ScheduleObservation seen, Stop stop) {
    seen.backups().stream()
        .filter(backup -> backup.scheduledBy(seen.name()))
        .filter(backup -> backup.identity(seen.namespace()).equals(stop.identity()))
        .filter(backup -> RecordedRunFactory.run(backup).key().equals(stop.key()))
        .forEach(
            backup ->
                backups.stop(
                    seen.namespace(),
                    backup.name(),
                    "Stopped, since the next run was due and concurrencyPolicy is Replace."));
  }

  private void remove(ScheduleObservation seen, Goes going) {
    seen.backups().stream()
        .filter(backup -> backup.name().equals(going.backup()))
        .forEach(
            backup ->
                backups.remove(
                    seen.namespace(),
                    backup.name(),
                    backup.uid(),
                    "BackupSchedule/%s: %s".formatted(seen.name(), going.message())));
  }

  private static Duration again(
      ScheduleObservation seen,
      SchedulePlan plan,
      RetentionTurn.Turn retention,
      Optional<DrillPlanner.Plan> drill,
      boolean news) {
    boolean more = retention.told().goesTotal() > 0;
    return Stream.of(
            plan.wakeAt().map(at -> Duration.between(seen.now(), at)),
            drill.flatMap(DrillPlanner.Plan::wakeAt).map(at -> Duration.between(seen.now(), at)),
            more ? Optional.of(Duration.ofSeconds(news ? 1 : 10)) : Optional.<Duration>empty())
        .flatMap(Optional::stream)
        .map(wait -> wait.compareTo(Duration.ofMillis(1)) < 0 ? Duration.ofMillis(1) : wait)
        .min(Duration::compareTo)
        .orElse(NOTHING);
  }
}
