package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Run;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.DatabaseFile;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A backup, its database, and how far what is being done is, seen at one time.
 *
 * @param held whether it has the finalizer of a run
 * @param keeping whether it has the finalizer of its artifact
 * @param stop why the run is to stop; empty: it is not
 * @param removed why the artifact goes with the record though nobody asked for it in the spec
 * @param database empty: there is none of that name
 * @param volume of the database, or of the claim that an artifact lies on; empty: none is known
 * @param place where the artifact lies, or else is to lie
 * @param job of the present run's step; Absent where there is none
 * @param alive whether a runner of the run may still be at work
 * @param newest the newest verified backup of the database in this place
 */
record BackupObservation(
    Instant now,
    String namespace,
    String name,
    String uid,
    long generation,
    Instant created,
    boolean deleting,
    boolean held,
    boolean keeping,
    Optional<String> stop,
    Optional<String> removed,
    Optional<String> requestedAt,
    DatabaseBackupSpec spec,
    DatabaseBackupStatus status,
    Optional<Database> database,
    Optional<VolumeUse> volume,
    LockState lock,
    Place place,
    JobState job,
    boolean alive,
    SnapshotState snapshot,
    Optional<Newest> newest) {

  /** A pod that waits that long, for a Secret or a place to run, does not start by itself. */
  static final Duration POD_DEADLINE = Duration.ofMinutes(10);

  Run run() {
    return status.run();
  }

  /** Ended, one way or the other. */
  boolean completed() {
    return status.completedAt() != null;
  }

  /** Whether the pod of the present step has had all the time that it may take to start. */
  boolean late() {
    return Instant.parse(run().startedAt()).plus(POD_DEADLINE).isBefore(now);
  }

  BackupObservation with(JobState answer) {
    return new BackupObservation(
        now,
        namespace,
        name,
        uid,
        generation,
        created,
        deleting,
        held,
        keeping,
        stop,
        removed,
        requestedAt,
        spec,
        status,
        database,
        volume,
        lock,
        place,
        answer,
        alive,
        snapshot,
        newest);
  }

  /**
   * @param ready at its present generation
   * @param reason of its Ready condition
   * @param observed whether it has been looked at
   */
  record Database(
      String name,
      String uid,
      String identity,
      SQLiteDatabaseSpec spec,
      List<DatabaseFile> files,
      FileOwner owner,
      long highestEpoch,
      boolean observed,
      boolean ready,
      String reason,
      String message) {}

  /**
   * @param contentHash of what was backed up
   */
  record Newest(String backup, String contentHash) {}
}
