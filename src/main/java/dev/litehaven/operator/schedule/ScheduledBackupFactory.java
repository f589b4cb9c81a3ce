package dev.litehaven.operator.schedule;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.BackupScheduleSpec;
import dev.litehaven.api.v1alpha1.BackupScheduleSpec.VolumeSnapshot;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.ScheduledBy;
import dev.litehaven.api.v1alpha1.LocalReference;
import dev.litehaven.operator.naming.Labels;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.schedule.ScheduleObservation.Covered;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;

/** The DatabaseBackup that is one run of a schedule: one key, one name. Pure. */
final class ScheduledBackupFactory {
  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyyMMddHHmm").withZone(ZoneOffset.UTC);

  private ScheduledBackupFactory() {}

  /** With a hash: two schedules and their databases may come to one text otherwise. */
  static String name(String schedule, Covered database, RunKey key) {
    String when =
        switch (key) {
          case RunKey.Scheduled(Instant time) -> MINUTE.format(time);
          case RunKey.Requested _ -> "requested";
        };
    return "%s-%s-%s-%s"
        .formatted(
            schedule,
            database.name(),
            when,
            Names.shortHash(schedule, database.identity(), key.text()));
  }

  static Map<String, String> labels(String schedule, Covered database) {
    return Map.of(
        Labels.MANAGED_BY,
        Labels.MANAGER,
        Api.LABEL_DATABASE,
        database.name(),
        Api.LABEL_SCHEDULE,
        schedule,
        Api.LABEL_BACKUP_TYPE,
        DatabaseBackupSpec.Type.SCHEDULED.text());
  }

  static DatabaseBackupSpec spec(
      String schedule, BackupScheduleSpec asked, Covered database, RunKey key) {
    boolean file = asked.method() == BackupScheduleSpec.Method.FILE;
    VolumeSnapshot snapshot = asked.volumeSnapshot();
    return new DatabaseBackupSpec(
        new LocalReference(database.name()),
        database.identity(),
        DatabaseBackupSpec.Type.SCHEDULED,
        file ? DatabaseBackupSpec.Method.FILE : DatabaseBackupSpec.Method.VOLUME_SNAPSHOT,
        null,
        null,
        file || snapshot == null
            ? null
            : new DatabaseBackupSpec.VolumeSnapshot(
                null, snapshot.className(), snapshot.deadlineSeconds()),
        asked.locationRef(),
        asked.verification().level(),
        file && asked.skipUnchanged(),
        asked.deletionPolicy(),
        switch (key) {
          case RunKey.Scheduled(Instant time) -> new ScheduledBy(schedule, time.toString(), null);
          case RunKey.Requested(String token) -> new ScheduledBy(schedule, null, token);
        });
  }
}
