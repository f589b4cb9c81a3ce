package dev.litehaven.operator.restore;

import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Mode;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.restore.RestoreObservation.Database;
import dev.litehaven.operator.restore.RestoreObservation.Target;
import dev.litehaven.operator.run.Effect;
import dev.litehaven.operator.run.RunDraft;
import dev.litehaven.operator.run.RunObservation;
import dev.litehaven.operator.run.RunObservation.Obstacle;
import dev.litehaven.operator.run.RunPlan;
import dev.litehaven.operator.run.RunPlan.Telling;
import dev.litehaven.operator.run.RunPlanner;
import dev.litehaven.operator.run.Work;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.Sha256;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides what to do for a DatabaseRestore. Pure: the same observation gives the same plan. It is
 * carried out once: what has ended, well or not, is never begun again.
 */
public final class RestorePlanner {
  private static final Duration SOON = Duration.ofMillis(500);
  private static final Duration WAITING = Duration.ofSeconds(10);
  private static final Duration IDLE = Duration.ofMinutes(5);

  private RestorePlanner() {}

  static RestorePlan plan(RestoreObservation seen) {
    if (seen.status().run() != null) {
      return told(seen, new RunPlanner(seen.run(), changed(seen)).plan());
    }
    if (seen.status().ended() || seen.run().deleting()) {
      return new RestorePlan(
          false,
          seen.run().finalizer() ? List.of(new Effect.RemoveFinalizer()) : List.of(),
          seen.status(),
          List.of(),
          Optional.empty());
    }
    if (seen.source() instanceof RestoreSource.Problem problem) {
      return waits(seen, problem.stalled(), problem.reason(), problem.message());
    }
    Optional<Obstacle> notAllowed = notAllowed(seen);
    if (notAllowed.isPresent()) {
      return waits(seen, true, notAllowed.get().reason(), notAllowed.get().message());
    }
    if (seen.target().filter(Target.Absent.class::isInstance).isPresent()) {
      return new RestorePlan(
          true,
          List.of(),
          new RestoreDraft(seen)
              .underWay(
                  "Pending",
                  Reason.PENDING,
                  "Making PersistentVolumeClaim %s.".formatted(seen.spec().newClaim().name()))
              .build(),
          List.of(),
          Optional.of(SOON));
    }
    return switch (seen.run().database()) {
      case RunObservation.Database.Unusable problem ->
          waits(seen, problem.stalled(), problem.reason(), problem.message());
      case RunObservation.Database.Usable database ->
          seen.run()
              .inTheWay()
              .map(found -> waits(seen, true, found.reason(), found.message()))
              .orElseGet(() -> begin(seen, database));
    };
  }

  /** Why what the run was begun for does not stand any more. */
  private static Optional<Obstacle> changed(RestoreObservation seen) {
    return seen.run().database() instanceof RunObservation.Database.Usable usable
            && !key(seen, usable).equals(seen.status().run().key())
        ? Optional.of(Obstacle.planChanged(Work.RESTORE))
        : Optional.empty();
  }

  /** What decides what a run does, but for what the runner looks at itself: backup and files. */
  private static String key(RestoreObservation seen, RunObservation.Database.Usable database) {
    return Sha256.of(
        Serialization.asJson(
            List.of(
                digest(seen),
                database.spec().migrationPolicy(),
                database.files(),
                database.claimUid(),
                database.uid(),
                seen.run().requestedAt().orElse(""))));
  }

  private static String digest(RestoreObservation seen) {
    return Sha256.of(Serialization.asJson(seen.spec()));
  }

  /** What the resources say against it, whatever the volume is like. */
  private static Optional<Obstacle> notAllowed(RestoreObservation seen) {
    if (seen.database().isEmpty()) {
      return Optional.empty(); // said by the observation of the run
    }
    Database database = seen.database().get();
    boolean changes = seen.spec().mode() != Mode.NEW_CLAIM && !seen.spec().dryRun();
    if (changes && database.protectedMode() != null) {
      return Optional.of(
          new Obstacle(
              Reason.OBSERVE_ONLY,
              "SQLiteDatabase %s is in mode %s, in which its database is not replaced. Set mode: Manage to restore in place, or restore with mode NewClaim."
                  .formatted(database.name(), database.protectedMode())));
    }
    String named = seen.spec().databaseUid();
    if (seen.spec().mode() == Mode.IN_PLACE
        && !seen.spec().dryRun()
        && !database.uid().equals(named)) {
      return Optional.of(
          new Obstacle(
              Reason.DATABASE_CHANGED,
              "The restore names the database with UID %s, and SQLiteDatabase %s has %s: it was made for another one, whose place this one has taken. Nothing is replaced. If this one is meant, apply a new DatabaseRestore with databaseUid: %s."
                  .formatted(named, database.name(), database.uid(), database.uid())));
    }
    return seen.target()
        .filter(Target.Foreign.class::isInstance)
        .map(
            foreign ->
                new Obstacle(
                    Reason.TARGET_NOT_EMPTY,
                    "There is a PersistentVolumeClaim %s already, which this restore has not made. Remove it, or name another one in a new DatabaseRestore."
                        .formatted(seen.spec().newClaim().name())));
  }

  private static RestorePlan begin(
      RestoreObservation seen, RunObservation.Database.Usable database) {
    // One run for one restore: a repeated begin makes the same one.
    RunDraft run =
        RunDraft.begin(
            "r-" + Names.shortHash(seen.run().uid()),
            seen.run().generation(),
            key(seen, database),
            digest(seen),
            database.claimUid(),
            seen.target().isPresent() ? seen.spec().newClaim().name() : database.spec().claimName(),
            database.uid(),
            seen.run().now());
    return new RestorePlan(
        false,
        List.of(new Effect.AddFinalizer()),
        new RestoreDraft(seen)
            .run(run.build())
            .underWay(
                "Locking",
                Reason.WAITING_FOR_LOCK,
                "Waiting for the volume of database %s.".formatted(database.name()))
            .build(),
        List.of(),
        Optional.of(Duration.ZERO));
  }

  /** The plan of the run, told as a restore. */
  private static RestorePlan told(RestoreObservation seen, RunPlan plan) {
    RestoreDraft draft = new RestoreDraft(seen);
    if (seen.run().job() instanceof JobState.Reported reported) {
      draft.found(reported.report().restore());
    }
    return switch (plan.telling()) {
      case Telling.UnderWay now -> {
        draft.run(plan.run()).told(now.phase(), now.conditions(), now.nextAction());
        yield new RestorePlan(false, plan.effects(), draft.build(), plan.notes(), plan.again());
      }
      case Telling.Ended end -> ended(seen, plan, end, draft);
    };
  }

  private static RestorePlan ended(
      RestoreObservation seen, RunPlan plan, Telling.Ended end, RestoreDraft draft) {
    boolean success = succeeded(end.reason());
    draft.ended(end, success, success ? null : next(end));
    String key = end.run().id() + ":end";
    var notes = new ArrayList<>(plan.notes());
    notes.add(
        success
            ? EventNote.normal(key, end.reason(), end.message())
            : EventNote.warning(key, end.reason(), end.message()));
    return new RestorePlan(false, plan.effects(), draft.build(), notes, Optional.empty());
  }

  private static boolean succeeded(Reason reason) {
    return switch (reason) {
      case SUCCEEDED, UP_TO_DATE, UNCHANGED, DRY_RUN, ALREADY_RESTORED -> true;
      default -> false;
    };
  }

  private static String next(Telling.Ended end) {
    boolean swapped = Boolean.TRUE.equals(end.run().swapped());
    String kept =
        end.run().backups().isEmpty()
            ? ""
            : " The state before is DatabaseBackup %s."
                .formatted(String.join(", ", end.run().backups()));
    if (swapped && end.reason() != Reason.ROLLED_BACK) {
      return "The restored database is in place."
          + kept
          + " Look at the workload's pods; to go back, restore that backup.";
    }
    return "The database is as it was before. Correct what the message names and apply a new DatabaseRestore of another name: this one is not begun again.";
  }

  private static RestorePlan waits(
      RestoreObservation seen, boolean stalled, Reason reason, String message) {
    RestoreDraft draft = new RestoreDraft(seen);
    return new RestorePlan(
        false,
        seen.run().finalizer() ? List.of(new Effect.RemoveFinalizer()) : List.of(),
        (stalled
                ? draft.waitsForHuman("Stalled", reason, message)
                : draft.underWay("Waiting", reason, message))
            .build(),
        stalled
            ? List.of(
                EventNote.warning(
                    seen.run().generation() + ":" + message.hashCode(), reason, message))
            : List.of(),
        Optional.of(stalled ? IDLE : WAITING));
  }
}
