package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.BackupScheduleSpec.DeletionPolicy;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Method;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Run;
import dev.litehaven.operator.backup.BackupPlan.Effect;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Decides what is next for a backup. Pure. A backup that is to be carried out waits until its
 * database, its place and the volume's lock are there, and then is made by one run; a record of one
 * that is there is read back or removed when that is asked for, and else left alone.
 */
final class BackupPlanner {
  /** A backup that cannot begin for so long is not the one that was asked for any more. */
  static final Duration STARTING_DEADLINE = Duration.ofHours(1);

  static final int ATTEMPTS = 3;
  static final Duration SOON = Duration.ofSeconds(5);
  static final Duration LATER = Duration.ofSeconds(30);

  private final BackupObservation seen;
  private final BackupDraft draft;

  private BackupPlanner(BackupObservation seen) {
    this.seen = seen;
    this.draft = new BackupDraft(seen);
  }

  static BackupPlan plan(BackupObservation seen) {
    return new BackupPlanner(seen).plan();
  }

  private BackupPlan plan() {
    if (seen.deleting()) {
      return RemovalPlanner.plan(seen, draft);
    }
    if (seen.spec().deletionPolicy() == DeletionPolicy.DELETE && !seen.keeping()) {
      draft.effect(Effect.KEEP_UNTIL_REMOVED);
    }
    if (seen.run() != null) {
      return run(BackupStep.of(seen.run().step()));
    }
    if (seen.completed() || !seen.spec().type().carriedOut()) {
      return record();
    }
    return begin();
  }

  /** What is over is looked at again only when that is asked for. */
  private BackupPlan record() {
    if (seen.held()) {
      draft.effect(Effect.LET_GO);
    }
    String asked = seen.requestedAt().orElse(null);
    boolean anew =
        asked != null
            && !asked.equals(seen.status().lastHandledRequest())
            && seen.status().sameAs() == null;
    if (!anew) {
      return draft.plan();
    }
    draft.handled(asked);
    if (seen.place() instanceof Place.Missing(Reason reason, String message)) {
      return draft.warn(reason, message).plan();
    }
    if (seen.place() instanceof Place.Nowhere) {
      return draft.plan();
    }
    return draft.begin("v-" + Names.shortHash(seen.uid(), asked), BackupStep.READ_BACK).plan();
  }

  private BackupPlan begin() {
    if (seen.stop().isPresent()) {
      return draft.failed(Reason.INTERRUPTED, seen.stop().get()).plan();
    }
    Optional<Obstacle> obstacle = Obstacle.before(seen);
    if (obstacle.isPresent()) {
      Obstacle known = obstacle.get();
      boolean late = seen.created().plus(STARTING_DEADLINE).isBefore(seen.now());
      return known.passing() && !late
          ? draft.under(known.reason(), known.message()).again(LATER).plan()
          : draft
              .failed(
                  known.reason(),
                  late && known.passing()
                      ? "It could not begin within an hour. " + known.message()
                      : known.message())
              .plan();
    }
    BackupStep step = seen.spec().method() == Method.FILE ? BackupStep.BACKUP : BackupStep.SNAPSHOT;
    return draft
        .effect(Effect.HOLD)
        .run(
            new Run(
                "b-" + Names.shortHash(seen.uid()),
                step.text(),
                1,
                null,
                seen.volume().orElseThrow().claim().orElseThrow().uid(),
                BackupDraft.text(seen.now())))
        .under(Reason.PENDING, "The backup begins.")
        .again(Duration.ZERO)
        .plan();
  }

  private BackupPlan run(BackupStep step) {
    if (step == BackupStep.READ_BACK) {
      return ReadBackSteps.plan(seen, draft);
    }
    if (step == BackupStep.PRUNE) {
      // The deletion cannot be taken back: this is not reached but by a status that was edited.
      return draft.run(null).plan();
    }
    if (seen.stop().isPresent()) {
      return stop();
    }
    if (seen.run().epoch() == null) {
      return lock();
    }
    return step == BackupStep.BACKUP
        ? FileBackupSteps.plan(seen, draft)
        : SnapshotSteps.plan(seen, draft);
  }

  private BackupPlan lock() {
    Run run = seen.run();
    switch (seen.lock()) {
      case LockState.Held held -> {
        return draft
            .run(
                new Run(
                    run.id(),
                    run.step(),
                    run.attempt(),
                    held.epoch(),
                    run.claimUid(),
                    run.startedAt()))
            .again(Duration.ZERO)
            .plan();
      }
      case LockState.Free _ -> {
        return draft.effect(Effect.TAKE_LOCK).again(Duration.ZERO).plan();
      }
      case LockState.HeldByOther other -> {
        String message =
            "%s has the volume since %s; the backup is made when it is through."
                .formatted(other.holder(), other.since());
        return Instant.parse(run.startedAt()).plus(STARTING_DEADLINE).isBefore(seen.now())
            ? draft
                .effect(Effect.LET_GO)
                .failed(Reason.DEADLINE_EXCEEDED, "It could not begin within an hour. " + message)
                .plan()
            : draft.under(Reason.WAITING_FOR_LOCK, message).again(SOON).plan();
      }
    }
  }

  private BackupPlan stop() {
    if (seen.alive()) {
      return draft
          .effect(Effect.DELETE_JOB)
          .under(Reason.INTERRUPTED, seen.stop().orElseThrow())
          .again(SOON)
          .plan();
    }
    return end(draft, seen).failed(Reason.INTERRUPTED, seen.stop().orElseThrow()).plan();
  }

  /** The lock goes before the run is struck out of the status: then it belongs to nobody. */
  static BackupDraft end(BackupDraft draft, BackupObservation seen) {
    if (seen.job() instanceof JobState.Reported || seen.job() instanceof JobState.Lost) {
      draft.effect(Effect.EXPIRE_JOB);
    }
    return draft.effect(Effect.RELEASE_LOCK).effect(Effect.LET_GO);
  }
}
