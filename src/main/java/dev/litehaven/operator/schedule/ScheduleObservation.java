package dev.litehaven.operator.schedule;

import dev.litehaven.api.v1alpha1.BackupScheduleSpec;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus;
import dev.litehaven.operator.backup.RecordedBackup;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A schedule, what it covers, and what backups there are, seen at one time.
 *
 * @param databases that are backed up, by identity, no more than fit
 * @param leftOut databases that would be covered, and why they are not
 * @param backups all of the namespace
 */
record ScheduleObservation(
    Instant now,
    String namespace,
    String name,
    String uid,
    long generation,
    Instant created,
    BackupScheduleSpec spec,
    BackupScheduleStatus status,
    Optional<String> requestedAt,
    List<Covered> databases,
    List<String> leftOut,
    List<RecordedBackup> backups,
    DrillObservation drill) {

  /**
   * @param busy what else has the database now; empty: nothing does
   * @param keepOperation how many backups of each kind of operation the database keeps
   */
  record Covered(String name, String identity, Optional<String> busy, int keepOperation) {}
}
