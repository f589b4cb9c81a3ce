package dev.litehaven.operator.schedule;

import dev.litehaven.api.v1alpha1.BackupScheduleSpec;
import dev.litehaven.api.v1alpha1.BackupScheduleSpec.Method;
import dev.litehaven.api.v1alpha1.BackupScheduleSpec.Retention;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.ScheduledBy;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Type;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Artifact;
import dev.litehaven.api.v1alpha1.LocalReference;
import dev.litehaven.operator.backup.RecordedBackup;
import dev.litehaven.operator.schedule.ScheduleObservation.Covered;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A schedule and the backups that there are, as values. */
final class ScheduleFixture {
  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  Instant now = START;
  Retention retention = new Retention(2, null, null, null, null, null, null, null, null);
  Method method = Method.FILE;
  int maxConcurrent = 3;
  boolean suspend;
  BackupScheduleStatus status = BackupScheduleStatus.unobserved();
  List<Covered> databases = new ArrayList<>(List.of(covered("db")));
  List<RecordedBackup> backups = new ArrayList<>();

  static Covered covered(String name) {
    return new Covered(name, "shop/" + name, Optional.empty(), 5);
  }

  ScheduleObservation seen() {
    return new ScheduleObservation(
        now,
        "shop",
        "nightly",
        "uid-nightly",
        1,
        START,
        new BackupScheduleSpec(
            new LocalReference("db"),
            null,
            "@daily",
            null,
            null,
            null,
            maxConcurrent,
            suspend,
            method,
            null,
            null,
            null,
            retention,
            null,
            null),
        status,
        Optional.empty(),
        databases,
        List.of(),
        backups,
        DrillObservation.NONE);
  }

  /** As many days before now as the number says. */
  ScheduleFixture backup(String name, int daysAgo, Reason reason) {
    return backup(name, "nightly", "db", Type.SCHEDULED, daysAgo, reason);
  }

  ScheduleFixture backup(
      String name, String schedule, String database, Type type, int daysAgo, Reason reason) {
    Instant taken = START.minus(Duration.ofDays(daysAgo));
    boolean ok = reason == Reason.SUCCEEDED || reason == Reason.UNCHANGED;
    boolean written = reason == Reason.SUCCEEDED;
    backups.add(
        new RecordedBackup(
            name,
            "uid-" + name,
            taken,
            false,
            false,
            new DatabaseBackupSpec(
                new LocalReference(database),
                "shop/" + database,
                type,
                method == Method.FILE
                    ? DatabaseBackupSpec.Method.FILE
                    : DatabaseBackupSpec.Method.VOLUME_SNAPSHOT,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                type == Type.SCHEDULED ? new ScheduledBy(schedule, taken.toString(), null) : null),
            new DatabaseBackupStatus(
                1L,
                List.of(
                    new Condition(
                        Condition.SUCCEEDED,
                        ok ? "True" : "False",
                        1L,
                        taken.toString(),
                        reason.text(),
                        "")),
                written && method == Method.FILE,
                null,
                null,
                null,
                null,
                "hash",
                null,
                null,
                written ? taken.toString() : null,
                null,
                written ? taken.toString() : null,
                taken.toString(),
                "shop/" + database,
                written ? new Artifact("s3", null, null, "p", name, null) : null,
                null,
                null,
                null),
            Optional.empty()));
    return this;
  }

  void deleting(String name) {
    backups.replaceAll(
        one ->
            one.name().equals(name)
                ? new RecordedBackup(
                    one.name(),
                    one.uid(),
                    one.created(),
                    true,
                    one.announced(),
                    one.spec(),
                    one.status(),
                    one.inUse())
                : one);
  }

  void inUse(String name, String by) {
    backups.replaceAll(
        one ->
            one.name().equals(name)
                ? new RecordedBackup(
                    one.name(),
                    one.uid(),
                    one.created(),
                    one.deleting(),
                    one.announced(),
                    one.spec(),
                    one.status(),
                    Optional.of(by))
                : one);
  }

  /** The plan is on status from now on. */
  void said(BackupScheduleStatus.Retention told) {
    status =
        new BackupScheduleStatus(
            1L, null, null, null, null, null, null, null, null, null, null, null, null, null, told,
            null, null);
  }
}
