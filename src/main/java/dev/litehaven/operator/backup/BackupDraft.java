package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Artifact;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Run;
import dev.litehaven.operator.backup.BackupPlan.Effect;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A plan while it is being worked out. Everything not said stays as it was. */
final class BackupDraft {
  private final BackupObservation seen;
  private final Conditions following;
  private final List<Effect> effects = new ArrayList<>();
  private final List<EventNote> notes = new ArrayList<>();
  private DatabaseBackupStatus status;
  private Optional<Duration> again = Optional.empty();

  BackupDraft(BackupObservation seen) {
    this.seen = seen;
    this.status = seen.status();
    this.following =
        Conditions.following(seen.status().conditions(), seen.generation(), seen.now());
  }

  BackupDraft effect(Effect effect) {
    effects.add(effect);
    return this;
  }

  BackupDraft warn(Reason reason, String message) {
    notes.add(EventNote.warning(seen.uid() + ":" + key(), reason, message));
    return this;
  }

  BackupDraft tell(Reason reason, String message) {
    notes.add(EventNote.normal(seen.uid() + ":" + key(), reason, message));
    return this;
  }

  private String key() {
    return seen.run() == null ? "" : seen.run().id();
  }

  BackupDraft again(Duration in) {
    again = Optional.of(in);
    return this;
  }

  /** Something is being done, or waited for; Succeeded is not known yet. */
  BackupDraft under(Reason reason, String message) {
    return conditions(following.underWay(reason, message));
  }

  /** Nothing goes on, and what is known of the backup stays: only this is said beside it. */
  BackupDraft conditions(List<Condition> conditions) {
    status = with(status.run(), conditions, status.completedAt());
    return this;
  }

  BackupDraft run(Run run) {
    status = with(run, status.conditions(), status.completedAt());
    return this;
  }

  /** A run that needs neither the lock nor the database's own claim. */
  BackupDraft begin(String id, BackupStep step) {
    return run(new Run(id, step.text(), 1, null, null, text(seen.now()))).again(Duration.ZERO);
  }

  /** The present step once more, after its runner was lost. */
  BackupDraft tryAgain(String lost) {
    Run run = seen.run();
    return warn(Reason.INTERRUPTED, lost + " It is tried again.")
        .run(
            new Run(
                run.id(),
                run.step(),
                run.attempt() + 1,
                run.epoch(),
                run.claimUid(),
                text(seen.now())))
        .again(Duration.ZERO);
  }

  BackupDraft handled(String request) {
    status =
        new DatabaseBackupStatus(
            seen.generation(),
            status.conditions(),
            status.verified(),
            status.size(),
            status.sizeBytes(),
            status.databaseBytes(),
            status.sha256(),
            status.contentHash(),
            status.rows(),
            status.schemaVersion(),
            status.createdAt(),
            status.sameFailureDomain(),
            status.verifiedAt(),
            status.completedAt(),
            status.identity(),
            status.artifact(),
            status.sameAs(),
            status.run(),
            request);
    return this;
  }

  /** The run ended without an artifact. */
  BackupDraft failed(Reason reason, String message) {
    status = with(null, following.ended(false, reason, message), text(seen.now()));
    return warn(reason, message);
  }

  /** The artifact is there. */
  BackupDraft made(BackupRecord backup, Artifact artifact, String identity, String message) {
    boolean verified = backup.verified();
    Reason reason = verified ? Reason.SUCCEEDED : Reason.BACKUP_FAILED;
    String told = verified ? message : "It was written and could not be read back: " + message;
    status =
        new DatabaseBackupStatus(
            seen.generation(),
            following.ended(verified, reason, told),
            verified,
            BackupRecords.size(backup.sizeBytes()),
            backup.sizeBytes(),
            backup.databaseBytes(),
            backup.sha256(),
            backup.contentHash(),
            backup.rows(),
            backup.schemaVersion(),
            backup.createdAt(),
            backup.sameVolume(),
            verified ? text(seen.now()) : null,
            text(seen.now()),
            identity,
            artifact,
            null,
            null,
            status.lastHandledRequest());
    return verified ? tell(reason, told) : warn(reason, told);
  }

  /** A snapshot is there, and is to be opened before it counts. */
  BackupDraft snapshot(String name, String identity, String message) {
    status =
        new DatabaseBackupStatus(
            seen.generation(),
            following.underWay(Reason.VERIFYING, message),
            false,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            text(seen.now()),
            null,
            null,
            null,
            identity,
            new Artifact(null, null, null, null, null, name),
            null,
            null,
            status.lastHandledRequest());
    return tell(Reason.VERIFYING, message);
  }

  /** What was found in a snapshot that was opened. */
  BackupDraft contents(BackupRecord found) {
    status =
        new DatabaseBackupStatus(
            seen.generation(),
            status.conditions(),
            status.verified(),
            status.size(),
            status.sizeBytes(),
            found.databaseBytes(),
            status.sha256(),
            found.contentHash(),
            found.rows(),
            found.schemaVersion(),
            status.createdAt() == null ? found.createdAt() : status.createdAt(),
            found.sameVolume(),
            status.verifiedAt(),
            status.completedAt(),
            status.identity(),
            status.artifact(),
            status.sameAs(),
            status.run(),
            status.lastHandledRequest());
    return this;
  }

  /** Nothing was written, since the content is that of another backup. */
  BackupDraft unchanged(String sameAs, String contentHash, String identity, String message) {
    status =
        new DatabaseBackupStatus(
            seen.generation(),
            following.ended(true, Reason.UNCHANGED, message),
            null,
            null,
            null,
            null,
            null,
            contentHash,
            null,
            null,
            null,
            null,
            null,
            text(seen.now()),
            identity,
            null,
            sameAs,
            null,
            status.lastHandledRequest());
    return tell(Reason.UNCHANGED, message);
  }

  /** It was read back again. */
  BackupDraft readBack(boolean whole, Reason reason, String message) {
    status =
        new DatabaseBackupStatus(
            seen.generation(),
            following.ended(whole, reason, message),
            whole,
            status.size(),
            status.sizeBytes(),
            status.databaseBytes(),
            status.sha256(),
            status.contentHash(),
            status.rows(),
            status.schemaVersion(),
            status.createdAt(),
            status.sameFailureDomain(),
            whole ? text(seen.now()) : status.verifiedAt(),
            status.completedAt() == null ? text(seen.now()) : status.completedAt(),
            status.identity(),
            status.artifact(),
            status.sameAs(),
            null,
            status.lastHandledRequest());
    return whole ? tell(reason, message) : warn(reason, message);
  }

  private DatabaseBackupStatus with(Run run, List<Condition> conditions, String completedAt) {
    return new DatabaseBackupStatus(
        seen.generation(),
        conditions,
        status.verified(),
        status.size(),
        status.sizeBytes(),
        status.databaseBytes(),
        status.sha256(),
        status.contentHash(),
        status.rows(),
        status.schemaVersion(),
        status.createdAt(),
        status.sameFailureDomain(),
        status.verifiedAt(),
        completedAt,
        status.identity(),
        status.artifact(),
        status.sameAs(),
        run,
        status.lastHandledRequest());
  }

  BackupPlan plan() {
    return new BackupPlan(effects, status, notes, again);
  }

  static String text(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
