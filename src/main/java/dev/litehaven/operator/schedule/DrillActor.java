package dev.litehaven.operator.schedule;

import dev.litehaven.api.v1alpha1.BackupSchedule;
import dev.litehaven.api.v1alpha1.BackupScheduleSpec.RestoreDrill;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.DrillRun;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.operator.Settings;
import dev.litehaven.operator.backup.Place;
import dev.litehaven.operator.backup.PlaceFactory;
import dev.litehaven.operator.backup.Places;
import dev.litehaven.operator.backup.RecordedBackup;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.job.JobRefusedException;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.volume.VolumeUseObserver;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Carries out a restore drill, one effect after the other. */
final class DrillActor {
  private final KubernetesClient client;
  private final RunnerJobs jobs;
  private final Settings settings;
  private final VolumeUseObserver volumes;
  private final Places places;

  DrillActor(KubernetesClient client, RunnerJobs jobs, Settings settings) {
    this.client = client;
    this.jobs = jobs;
    this.settings = settings;
    this.volumes = new VolumeUseObserver(client);
    this.places = new Places(client);
  }

  DrillPlanner.Plan next(BackupSchedule schedule, ScheduleObservation seen, CronSchedule cron) {
    var before = seen.status().restoreDrill();
    DrillPlanner.Plan plan = DrillPlanner.plan(cron, before, seen.drill(), seen.uid(), seen.now());
    try {
      plan.effects().forEach(effect -> apply(schedule, seen, effect));
      return plan;
    } catch (JobRefusedException e) {
      return DrillPlanner.plan(cron, before, seen.drill().with(e.state()), seen.uid(), seen.now());
    } catch (GoneException e) {
      return DrillPlanner.gone(
          cron, before, seen.drill(), seen.uid(), seen.now(), e.reason, e.getMessage());
    }
  }

  private void apply(
      BackupSchedule schedule, ScheduleObservation seen, DrillPlanner.Effect effect) {
    DrillRun run = seen.status().restoreDrill().run();
    RestoreDrill drill = seen.spec().verification().restoreDrill();
    switch (effect) {
      case CREATE_CLAIM -> {
        long bytes = seen.drill().candidate().map(DrillObservation.Candidate::bytes).orElse(0L);
        try {
          client
              .resource(
                  DrillPodFactory.claim(seen.namespace(), run.id(), drill, bytes, owner(schedule)))
              .create();
        } catch (KubernetesClientException e) {
          if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
            throw JobRefusedException.of("scratch volume", e);
          }
          if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
            throw e;
          }
        }
      }
      case START_JOB -> jobs.start(DrillPodFactory.pod(run, subject(seen, run), drill, settings));
      case REMOVE_ALL -> removeAll(seen.namespace(), run);
    }
  }

  /**
   * The Jobs first: a claim stays as long as there is a pod that names it, a finished one as well.
   */
  private void removeAll(String namespace, DrillRun run) {
    Stream.of(DrillPlanner.Step.FETCH, DrillPlanner.Step.RESTORE, DrillPlanner.Step.VERIFY)
        .map(
            step ->
                new DrillRun(
                    run.id(), step.text(), null, run.database(), run.startedAt(), null, null))
        .forEach(step -> jobs.delete(namespace, DrillPodFactory.jobName(step)));
    client
        .persistentVolumeClaims()
        .inNamespace(namespace)
        .withName(DrillPodFactory.claimName(run.id()))
        .delete();
  }

  /** What a step needs is not there any more. */
  private static final class GoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    GoneException(Reason reason, String message) {
      super(message);
      this.reason = reason;
    }
  }

  private DrillPodFactory.Subject subject(ScheduleObservation seen, DrillRun run) {
    Optional<RecordedBackup> backup =
        seen.backups().stream().filter(one -> one.name().equals(run.backup())).findFirst();
    SQLiteDatabase database =
        client
            .resources(SQLiteDatabase.class)
            .inNamespace(seen.namespace())
            .withName(run.database())
            .get();
    if (database == null || database.getStatus() == null) {
      throw new GoneException(
          Reason.DATABASE_NOT_FOUND, "SQLiteDatabase %s is gone.".formatted(run.database()));
    }
    if (backup.isEmpty()) {
      throw new GoneException(
          Reason.BACKUP_NOT_FOUND, "DatabaseBackup %s is gone.".formatted(run.backup()));
    }
    Place place =
        PlaceFactory.of(
            backup.get().spec(),
            backup.get().status().artifact(),
            name -> places.location(seen.namespace(), name));
    if (place instanceof Place.Missing(Reason reason, String message)) {
      throw new GoneException(reason, message);
    }
    if (place instanceof Place.Nowhere) {
      throw new GoneException(
          Reason.BACKUP_NOT_FOUND,
          "DatabaseBackup %s does not say where it lies.".formatted(run.backup()));
    }
    var files = database.getStatus().files();
    RunnerPod.Identity user =
        volumes
            .observe(seen.namespace(), database.getSpec(), List.of())
            .mount()
            .runner(FileOwner.of(database.getStatus()), database.getSpec().runner().allowRoot());
    return new DrillPodFactory.Subject(
        seen.namespace(),
        seen.name(),
        backup.get().identity(seen.namespace()),
        files.stream().map(file -> new DatabaseFile(file.name(), file.path())).toList(),
        backup.get().status().artifact().id(),
        place,
        user);
  }

  /** A schedule that is deleted takes what its drill has made with it. */
  private static OwnerReference owner(BackupSchedule schedule) {
    return new OwnerReferenceBuilder()
        .withApiVersion(schedule.getApiVersion())
        .withKind(schedule.getKind())
        .withName(schedule.getMetadata().getName())
        .withUid(schedule.getMetadata().getUid())
        .build();
  }
}
