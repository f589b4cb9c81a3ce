package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Method;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus;
import dev.litehaven.operator.retention.Backup;
import dev.litehaven.operator.retention.Backup.Origin;
import dev.litehaven.operator.retention.Backup.Verification;
import dev.litehaven.protocol.Reason;
import java.time.Instant;
import java.util.Optional;

/**
 * A DatabaseBackup as schedules and retention see it.
 *
 * @param created when the resource was made, by the API server's time
 * @param deleting whether it is on its way out
 * @param announced whether it says itself that retention is about to remove it
 * @param inUse by what; empty: by nothing
 */
public record RecordedBackup(
    String name,
    String uid,
    Instant created,
    boolean deleting,
    boolean announced,
    DatabaseBackupSpec spec,
    DatabaseBackupStatus status,
    Optional<String> inUse) {

  /**
   * Of the database, as far as it is known: that of one that failed early is what its name says.
   */
  public String identity(String namespace) {
    return status.identity() != null
        ? status.identity()
        : spec.identity() != null ? spec.identity() : namespace + "/" + spec.databaseRef().name();
  }

  /** Whether it is a run of that schedule, or of an earlier one of its name. */
  public boolean scheduledBy(String schedule) {
    return spec.scheduledBy() != null && spec.scheduledBy().name().equals(schedule);
  }

  /** Ended, one way or the other. */
  public boolean completed() {
    return status.completedAt() != null;
  }

  /** Whether it ended well. */
  public boolean succeeded() {
    return status.conditions().stream()
        .anyMatch(
            condition ->
                Condition.SUCCEEDED.equals(condition.type())
                    && Condition.TRUE.equals(condition.status()));
  }

  /** Nothing was written: the content was that of another. */
  public boolean unchanged() {
    return status.conditions().stream()
        .anyMatch(condition -> Reason.UNCHANGED.text().equals(condition.reason()));
  }

  /** Whether there is, or was, something to keep. */
  public boolean counts() {
    return completed() && !deleting && !unchanged();
  }

  /**
   * Whether it is verified, and lies where the database's own volume is not needed to get at it.
   */
  public boolean restorableElsewhere() {
    return counts()
        && Boolean.TRUE.equals(status.verified())
        && status.artifact() != null
        && status.artifact().id() != null
        && !Place.ON_VOLUME_DIRECTORY.equals(status.artifact().directory());
  }

  /** The instant whose state it holds. */
  public Instant taken() {
    return status.createdAt() == null ? created : Instant.parse(status.createdAt());
  }

  /** A snapshot before a migration is opened by nobody: one that is ready to use is a good one. */
  public Backup asBackup(String identity) {
    boolean good =
        spec.method() == Method.VOLUME_SNAPSHOT
            ? succeeded()
            : Boolean.TRUE.equals(status.verified());
    return new Backup(
        name,
        identity,
        taken(),
        switch (spec.type()) {
          case MANUAL, IMPORTED -> Origin.MANUAL;
          case SCHEDULED -> Origin.SCHEDULED;
          case PRE_MIGRATION -> Origin.PRE_MIGRATION;
          case FAILED_STATE -> Origin.FAILED_STATE;
          case PRE_RESTORE -> Origin.PRE_RESTORE;
          case PRE_ROLLBACK -> Origin.PRE_ROLLBACK;
        },
        good ? Verification.VERIFIED : Verification.FAILED,
        inUse,
        Optional.empty());
  }
}
