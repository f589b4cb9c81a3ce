package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.run.Effect;
import dev.litehaven.operator.run.RunDraft;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.run.RunObservation.Obstacle;
import dev.litehaven.operator.run.RunPlan;
import dev.litehaven.operator.run.RunPlan.Telling;
import dev.litehaven.operator.run.RunPlanner;
import dev.litehaven.operator.run.RunStep;
import dev.litehaven.operator.run.Work;
import dev.litehaven.operator.source.Source;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.Sha256;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Decides what to do for a DatabaseMigration. Pure: the same observation gives the same plan. */
public final class MigrationPlanner {
  /** How long to go without looking where nothing is expected. */
  static final Duration IDLE = Duration.ofMinutes(5);

  private MigrationPlanner() {}

  public static MigrationPlan plan(MigrationObservation seen) {
    return seen.status().run() != null
        ? told(seen, new RunPlanner(seen.run(), changed(seen)).plan())
        : idle(seen);
  }

  /** The plan of the run, told as a migration. */
  private static MigrationPlan told(MigrationObservation seen, RunPlan plan) {
    var draft = new StatusDraft(seen).run(plan.run());
    var notes = new ArrayList<>(plan.notes());
    plan.versions().ifPresent(known -> draft.versions(known.current(), known.target()));
    plan.report().ifPresent(draft::plan);
    switch (plan.telling()) {
      case Telling.UnderWay now ->
          draft.phase(now.phase()).conditions(now.conditions()).nextAction(now.nextAction());
      case Telling.Ended end -> new RunEnd(seen, end, draft, notes).write();
    }
    return new MigrationPlan(plan.effects(), draft.build(), notes, plan.again());
  }

  /** Why what the run was begun for does not stand any more. */
  private static Optional<Obstacle> changed(MigrationObservation seen) {
    return switch (seen.source()) {
      case Source.Problem problem -> Optional.of(new Obstacle(problem.reason(), problem.message()));
      case Source.Resolved source ->
          seen.run().database() instanceof Database.Usable usable
                  && !key(seen, source, usable).equals(seen.status().run().key())
              ? Optional.of(Obstacle.planChanged(Work.MIGRATION))
              : Optional.empty();
    };
  }

  private static MigrationPlan idle(MigrationObservation seen) {
    if (seen.run().deleting()) {
      return new MigrationPlan(
          seen.run().finalizer() ? List.of(new Effect.RemoveFinalizer()) : List.of(),
          seen.status(),
          List.of(),
          Optional.empty());
    }
    return switch (seen.source()) {
      case Source.Problem problem ->
          refused(seen, problem.stalled(), problem.reason(), problem.message());
      case Source.Resolved source ->
          switch (seen.run().database()) {
            case Database.Unusable problem ->
                refused(seen, problem.stalled(), problem.reason(), problem.message());
            case Database.Usable database -> consider(seen, source, database);
          };
    };
  }

  private static MigrationPlan consider(
      MigrationObservation seen, Source.Resolved source, Database.Usable database) {
    if (seen.streamOwner().isPresent()) {
      return refused(
          seen,
          true,
          Reason.STREAM_OWNED,
          "Stream %s of database %s belongs to the older DatabaseMigration %s. Append the migrations to that one, or give this one a history.stream of its own."
              .formatted(
                  seen.spec().history().stream(), database.name(), seen.streamOwner().get()));
    }
    String key = key(seen, source, database);
    if (Undo.wanted(seen).isPresent()
        && !seen.spec().suspend()
        && seen.run().inTheWay().isEmpty()) {
      return begin(seen, source, database, key, Undo.wanted(seen));
    }
    if (key.equals(seen.status().succeededKey())) {
      return settled(seen, true);
    }
    if (seen.spec().suspend()) {
      return refused(
          seen,
          true,
          Reason.SUSPENDED,
          "Suspended: nothing is run until spec.suspend is false. The database is at version "
              + Work.orNone(seen.status().currentVersion())
              + ".");
    }
    if (key.equals(seen.status().failedKey()) && !newTemplate(seen)) {
      return settled(seen, false);
    }
    if (seen.run().inTheWay().isPresent()) {
      var obstacle = seen.run().inTheWay().get();
      return refused(seen, true, obstacle.reason(), obstacle.message());
    }
    return begin(seen, source, database, key, Optional.empty());
  }

  /** Another pod template than the one that failed waits at the gate. */
  private static boolean newTemplate(MigrationObservation seen) {
    String waiting = seen.run().waitingTemplate();
    return !waiting.isEmpty() && !waiting.equals(orEmpty(seen.status().failedTemplate()));
  }

  private static MigrationPlan begin(
      MigrationObservation seen,
      Source.Resolved source,
      Database.Usable database,
      String key,
      Optional<Undo> undo) {
    String previous = seen.status().runs().isEmpty() ? "" : seen.status().runs().getFirst().id();
    // From what came before, so that a repeated begin makes the same run.
    String id =
        undo.map(found -> found.id(seen))
            .orElseGet(() -> "m-" + Names.shortHash(seen.run().uid(), key, previous));
    RunDraft run =
        RunDraft.begin(
            id,
            seen.run().generation(),
            key,
            source.digest(),
            database.claimUid(),
            database.spec().claimName(),
            database.uid(),
            seen.run().now());
    undo.ifPresent(wanted -> run.undoing(wanted.ended(), wanted.force()));
    var draft = new StatusDraft(seen);
    String message =
        "Waiting for the volume of database %s%s."
            .formatted(
                database.name(),
                undo.map(found -> " to undo run " + found.ended().id()).orElse(""));
    draft
        .run(run.build())
        .phase(RunStep.LOCK.phase())
        .nextAction(null)
        .conditions(draft.following().reconciling(Reason.WAITING_FOR_LOCK, message));
    return new MigrationPlan(
        List.of(new Effect.AddFinalizer()), draft.build(), List.of(), Optional.of(Duration.ZERO));
  }

  /**
   * What decides what a run does. Deadlines and suspension do not, nor does what the runner looks
   * at itself: the file.
   */
  private static String key(
      MigrationObservation seen, Source.Resolved source, Database.Usable database) {
    var spec = seen.spec();
    return Sha256.of(
        Serialization.asJson(
            List.of(
                source.digest(),
                spec.policy(),
                Objects.requireNonNullElse(spec.targetVersion(), ""),
                spec.strategy(),
                spec.verify(),
                spec.history(),
                database.spec().migrationPolicy(),
                database.files(),
                database.claimUid(),
                database.uid(),
                seen.run().requestedAt().orElse(""),
                seen.fluxRequestedAt().orElse(""))));
  }

  /**
   * Says again how the run for this input ended. Something else may have been said meanwhile: that
   * the source was gone for a while, or how a run for another input ended.
   */
  private static MigrationPlan settled(MigrationObservation seen, boolean success) {
    var draft = new StatusDraft(seen);
    Optional<EndedRun> last =
        seen.status().runs().stream().filter(run -> RunEnd.succeeded(run) == success).findFirst();
    if (success) {
      draft
          .phase("Succeeded")
          .nextAction(null)
          .conditions(
              draft
                  .following()
                  .ready(
                      last.map(RunEnd::reason).orElse(Reason.SUCCEEDED),
                      last.map(EndedRun::message)
                          .orElseGet(
                              () ->
                                  Work.MIGRATION.success(
                                      seen.spec().databaseRef().name(),
                                      null,
                                      seen.status().currentVersion()))));
    } else {
      Reason reason = last.map(RunEnd::reason).orElse(Reason.INTERNAL_ERROR);
      boolean swapped = Boolean.TRUE.equals(seen.status().failedSwapped());
      draft
          .phase(RunEnd.phase(reason))
          .nextAction(RunEnd.next(seen, seen.status().runs(), reason, swapped))
          .conditions(
              draft
                  .following()
                  .stalled(
                      reason, last.map(EndedRun::message).orElse("The last run of this failed.")));
    }
    return new MigrationPlan(
        seen.run().finalizer() ? List.of(new Effect.RemoveFinalizer()) : List.of(),
        draft.build(),
        List.of(),
        Optional.of(IDLE));
  }

  private static MigrationPlan refused(
      MigrationObservation seen, boolean stalled, Reason reason, String message) {
    var draft = new StatusDraft(seen);
    var conditions =
        stalled
            ? draft.following().stalled(reason, message)
            : draft.following().reconciling(reason, message);
    draft
        .phase(stalled ? "Stalled" : "Waiting")
        .conditions(conditions)
        .nextAction(stalled ? message : null);
    return new MigrationPlan(
        seen.run().finalizer() ? List.of(new Effect.RemoveFinalizer()) : List.of(),
        draft.build(),
        stalled
            ? List.of(
                EventNote.warning(
                    seen.run().generation() + ":" + message.hashCode(), reason, message))
            : List.of(),
        Optional.of(stalled ? IDLE : Duration.ofSeconds(10)));
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }
}
