package dev.litehaven.operator.schedule;

import dev.litehaven.api.v1alpha1.BackupSchedule;
import dev.litehaven.api.v1alpha1.BackupScheduleSpec;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.DrillRun;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec.Mode;
import dev.litehaven.operator.Triggers;
import dev.litehaven.operator.backup.BackupObserver;
import dev.litehaven.operator.backup.RecordedBackup;
import dev.litehaven.operator.backup.RecordedBackups;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.schedule.DrillObservation.Candidate;
import dev.litehaven.operator.schedule.ScheduleObservation.Covered;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/** Gathers everything that a schedule's planners may know. Reads live; changes nothing. */
final class ScheduleObserver {
  private final KubernetesClient client;
  private final Clock clock;
  private final RunnerJobs jobs;
  private final RecordedBackups backups;

  ScheduleObserver(KubernetesClient client, Clock clock, RunnerJobs jobs, RecordedBackups backups) {
    this.client = client;
    this.clock = clock;
    this.jobs = jobs;
    this.backups = backups;
  }

  static BackupScheduleStatus statusOf(BackupSchedule schedule) {
    return schedule.getStatus() != null ? schedule.getStatus() : BackupScheduleStatus.unobserved();
  }

  ScheduleObservation observe(BackupSchedule schedule) {
    var meta = schedule.getMetadata();
    String namespace = meta.getNamespace();
    BackupScheduleSpec spec = schedule.getSpec();
    BackupScheduleStatus status = statusOf(schedule);
    var covered = new ArrayList<Covered>();
    var leftOut = new ArrayList<String>();
    cover(databases(namespace, spec), covered, leftOut);
    List<RecordedBackup> recorded = backups.list(namespace);
    return new ScheduleObservation(
        clock.instant(),
        namespace,
        meta.getName(),
        meta.getUid(),
        meta.getGeneration() == null ? 0 : meta.getGeneration(),
        Instant.parse(meta.getCreationTimestamp()),
        spec,
        status,
        Triggers.requestedAt(schedule),
        covered,
        leftOut,
        recorded,
        spec.verification().restoreDrill() == null
            ? DrillObservation.NONE
            : drill(namespace, status, covered, recorded));
  }

  private List<SQLiteDatabase> databases(String namespace, BackupScheduleSpec spec) {
    var all = client.resources(SQLiteDatabase.class).inNamespace(namespace);
    List<SQLiteDatabase> found =
        spec.databaseRef() != null
            ? Optional.ofNullable(all.withName(spec.databaseRef().name()).get()).stream().toList()
            : all.withLabelSelector(spec.selector()).list().getItems();
    return found.stream()
        .filter(database -> database.getMetadata().getDeletionTimestamp() == null)
        .sorted(Comparator.comparing(BackupObserver::identity).thenComparing(ScheduleObserver::age))
        .toList();
  }

  private static String age(SQLiteDatabase database) {
    return database.getMetadata().getCreationTimestamp();
  }

  /** Two databases with one identity would take each other's backups for their own. */
  private static void cover(
      List<SQLiteDatabase> databases, List<Covered> covered, List<String> leftOut) {
    var identities = new HashSet<String>();
    for (SQLiteDatabase database : databases) {
      String name = database.getMetadata().getName();
      String identity = BackupObserver.identity(database);
      if (database.getSpec().mode() == Mode.OBSERVE) {
        leftOut.add(
            "SQLiteDatabase %s is in mode Observe; set mode: Protect for backups.".formatted(name));
      } else if (!identities.add(identity)) {
        leftOut.add(
            "SQLiteDatabase %s has the identity %s, as an older one has; give it its own."
                .formatted(name, identity));
      } else if (covered.size() == BackupScheduleSpec.MAX_DATABASES) {
        leftOut.add(
            "SQLiteDatabase %s is one more than the %d of a schedule; use a second one."
                .formatted(name, BackupScheduleSpec.MAX_DATABASES));
      } else {
        covered.add(
            new Covered(
                name,
                identity,
                busy(database),
                database.getSpec().backup().operationRetention().keepLast()));
      }
    }
  }

  private static Optional<String> busy(SQLiteDatabase database) {
    var operation = database.getStatus() == null ? null : database.getStatus().operation();
    return operation != null && Boolean.TRUE.equals(operation.exclusive())
        ? Optional.of(operation.holder())
        : Optional.empty();
  }

  private DrillObservation drill(
      String namespace,
      BackupScheduleStatus status,
      List<Covered> covered,
      List<RecordedBackup> recorded) {
    DrillRun run = status.restoreDrill() == null ? null : status.restoreDrill().run();
    if (run == null) {
      return new DrillObservation(
          false, new JobState.Absent(), next(namespace, status, covered, recorded));
    }
    boolean claim =
        client
                .persistentVolumeClaims()
                .inNamespace(namespace)
                .withName(DrillPodFactory.claimName(run.id()))
                .get()
            != null;
    boolean pods =
        switch (DrillPlanner.Step.of(run.step())) {
          case CLAIM, CLEAN -> false;
          case FETCH, RESTORE, VERIFY -> true;
        };
    return new DrillObservation(
        claim,
        pods
            ? jobs.look(
                namespace,
                DrillPodFactory.jobName(run),
                new RunnerJobs.Expected(run.id(), DrillPodFactory.step(run), null))
            : new JobState.Absent(),
        recorded.stream()
            .filter(backup -> backup.name().equals(run.backup()))
            .findFirst()
            .map(backup -> candidate(backup, backup.identity(namespace))));
  }

  /** The database after the one of the last drill, if it has what can be restored. */
  private static Optional<Candidate> next(
      String namespace,
      BackupScheduleStatus status,
      List<Covered> covered,
      List<RecordedBackup> recorded) {
    List<Candidate> candidates =
        covered.stream()
            .flatMap(database -> newest(namespace, database, recorded).stream())
            .toList();
    String last = status.restoreDrill() == null ? null : status.restoreDrill().backup();
    Optional<String> after =
        recorded.stream()
            .filter(backup -> backup.name().equals(last))
            .findFirst()
            .map(backup -> backup.identity(namespace));
    return candidates.stream()
        .filter(one -> after.isPresent() && one.identity().compareTo(after.get()) > 0)
        .findFirst()
        .or(() -> candidates.stream().findFirst());
  }

  private static Optional<Candidate> newest(
      String namespace, Covered database, List<RecordedBackup> recorded) {
    return recorded.stream()
        .filter(RecordedBackup::restorableElsewhere)
        .filter(backup -> backup.identity(namespace).equals(database.identity()))
        .max(Comparator.comparing(RecordedBackup::taken))
        .map(backup -> candidate(backup, database.identity()));
  }

  private static Candidate candidate(RecordedBackup backup, String identity) {
    return new Candidate(
        backup.name(),
        backup.spec().databaseRef().name(),
        identity,
        backup.status().databaseBytes() == null ? 0 : backup.status().databaseBytes());
  }
}
