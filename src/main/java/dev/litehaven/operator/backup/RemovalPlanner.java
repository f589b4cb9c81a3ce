package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.BackupScheduleSpec.DeletionPolicy;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Method;
import dev.litehaven.operator.backup.BackupPlan.Effect;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.time.Duration;
import java.time.Instant;

/**
 * A backup whose resource is deleted. What is being made stops first. Then the artifact goes, where
 * that is asked for, and the record last: one that cannot be removed keeps its record, which says
 * why, unless the namespace goes, or nothing is left to remove it from. Pure.
 */
final class RemovalPlanner {
  private static final Duration RETRY = Duration.ofMinutes(1);

  private final BackupObservation seen;
  private final BackupDraft draft;

  private RemovalPlanner(BackupObservation seen, BackupDraft draft) {
    this.seen = seen;
    this.draft = draft;
  }

  static BackupPlan plan(BackupObservation seen, BackupDraft draft) {
    return new RemovalPlanner(seen, draft).plan();
  }

  private BackupPlan plan() {
    // Whatever is on there goes too, and with it, perhaps, the right to do more than this.
    if (seen.job() instanceof JobState.Refused refused && refused.namespaceGoes()) {
      return draft.effect(Effect.LET_GO).effect(Effect.REMOVED).plan();
    }
    if (seen.run() != null && BackupStep.of(seen.run().step()) == BackupStep.READ_BACK) {
      draft.effect(Effect.EXPIRE_JOB); // what it finds, nobody asks for any more
    }
    if (seen.held()) {
      return stopRun();
    }
    if (!seen.keeping()) {
      return draft.plan();
    }
    boolean asked =
        seen.spec().deletionPolicy() == DeletionPolicy.DELETE || seen.removed().isPresent();
    if (!asked) {
      return gone(); // the policy was changed to Retain in time
    }
    String snapshot =
        seen.status().artifact() == null ? null : seen.status().artifact().volumeSnapshotName();
    if (seen.spec().method() == Method.VOLUME_SNAPSHOT || snapshot != null) {
      return draft.effect(Effect.DELETE_SNAPSHOT).effect(Effect.REMOVED).plan();
    }
    return file();
  }

  private BackupPlan stopRun() {
    boolean running = seen.run() != null && BackupStep.of(seen.run().step()).locks();
    if (running && seen.alive()) {
      return draft.effect(Effect.DELETE_JOB).again(BackupPlanner.SOON).plan();
    }
    if (running) {
      draft.effect(Effect.RELEASE_LOCK);
    }
    return draft.effect(Effect.LET_GO).run(null).again(Duration.ZERO).plan();
  }

  private BackupPlan file() {
    switch (seen.place()) {
      case Place.Nowhere _ -> {
        return gone(); // nothing was written
      }
      case Place.Missing(Reason reason, String message) -> {
        return left(reason, message);
      }
      case Place.OnVolume(String claim) -> {
        if (claimMissing()) {
          return left(Reason.CLAIM_NOT_FOUND, "PersistentVolumeClaim " + claim + " is gone.");
        }
      }
      case Place.OnClaim _, Place.InLocation _, Place.InSnapshot _ -> {}
    }
    if (seen.run() == null || !BackupStep.PRUNE.text().equals(seen.run().step())) {
      return draft
          .begin("d-" + Names.shortHash(seen.uid(), BackupDraft.text(seen.now())), BackupStep.PRUNE)
          .plan();
    }
    return switch (seen.job()) {
      case JobState.Absent _ ->
          draft
              .effect(Effect.START_JOB)
              .under(
                  Reason.REMOVING,
                  "Removing the artifact from %s.".formatted(PlaceFactory.words(seen.place())))
              .again(BackupPlanner.SOON)
              .plan();
      case JobState.Active active -> active(active);
      case JobState.Reported(RunnerReport report) -> reported(report);
      case JobState.Lost lost -> again(Reason.RUNNER_FAILED, lost.message());
      case JobState.Refused refused ->
          refused.namespaceGoes() ? gone() : again(Reason.API_REFUSED, refused.message());
    };
  }

  private boolean claimMissing() {
    return seen.volume().flatMap(VolumeUse::claim).isEmpty();
  }

  private BackupPlan active(JobState.Active active) {
    return seen.late() && !active.started()
        ? again(Reason.DEADLINE_EXCEEDED, active.message())
        : draft.again(BackupPlanner.SOON).plan();
  }

  private BackupPlan reported(RunnerReport report) {
    if (report.outcome() == Outcome.SUCCEEDED || report.reason() == Reason.BACKUP_NOT_FOUND) {
      return gone();
    }
    return again(report.reason(), report.message());
  }

  private BackupPlan again(Reason reason, String message) {
    Instant next = Instant.parse(seen.run().startedAt()).plus(RETRY);
    String told = "The artifact could not be removed, so the record stays: %s".formatted(message);
    if (next.isAfter(seen.now())) {
      return draft
          .under(reason, told)
          .again(Duration.between(seen.now(), next).plusSeconds(1))
          .plan();
    }
    return draft
        .effect(Effect.DELETE_JOB)
        .warn(reason, told)
        .under(reason, told)
        .run(null)
        .again(BackupPlanner.SOON)
        .plan();
  }

  /** The way to the artifact is gone: a record that waits for it would wait for ever. */
  private BackupPlan left(Reason reason, String message) {
    return draft
        .warn(
            reason,
            "The record goes, and its artifact was not removed, if it is still there: %s"
                .formatted(message))
        .effect(Effect.REMOVED)
        .plan();
  }

  private BackupPlan gone() {
    if (seen.run() != null && seen.job() instanceof JobState.Reported) {
      draft.effect(Effect.EXPIRE_JOB);
    }
    return draft.effect(Effect.REMOVED).plan();
  }
}
