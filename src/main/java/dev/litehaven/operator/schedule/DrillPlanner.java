package dev.litehaven.operator.schedule;

import dev.litehaven.api.v1alpha1.BackupScheduleStatus.Drill;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.DrillRun;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides what is next for a restore drill. Pure. A claim is made, a pod with the credentials
 * brings the newest verified backup there, one without them puts it in place as a restore does, a
 * third one opens it and runs the assertions, and all of it is removed again, however it ends. Of
 * several databases, each drill takes the next.
 */
final class DrillPlanner {
  private static final Duration POD_DEADLINE = Duration.ofMinutes(10);
  private static final Duration SOON = Duration.ofSeconds(5);

  /** In the order of a drill that succeeds. */
  enum Step {
    CLAIM("Claim"),
    FETCH("Fetch"),
    RESTORE("Restore"),
    VERIFY("Verify"),
    CLEAN("Clean");

    private final String text;

    Step(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }

    static Step of(String text) {
      for (Step step : values()) {
        if (step.text.equals(text)) {
          return step;
        }
      }
      throw new IllegalArgumentException("no step of a drill: " + text);
    }
  }

  /** About the run of the status as it was seen. */
  enum Effect {
    CREATE_CLAIM,
    START_JOB,
    REMOVE_ALL
  }

  record Plan(List<Effect> effects, Drill drill, List<EventNote> notes, Optional<Instant> wakeAt) {
    Plan {
      effects = List.copyOf(effects);
      notes = List.copyOf(notes);
    }
  }

  private final CronSchedule cron;
  private final Drill before;
  private final DrillObservation seen;
  private final String uid;
  private final Instant now;
  private final List<Effect> effects = new ArrayList<>();
  private final List<EventNote> notes = new ArrayList<>();

  private DrillPlanner(
      CronSchedule cron, Drill before, DrillObservation seen, String uid, Instant now) {
    this.cron = cron;
    this.before = before;
    this.seen = seen;
    this.uid = uid;
    this.now = now;
  }

  /**
   * @param before null: no drill was looked at yet
   * @param uid of the schedule, for names
   */
  static Plan plan(
      CronSchedule cron, Drill before, DrillObservation seen, String uid, Instant now) {
    Drill known =
        before == null
            ? new Drill(cron.key(), now.toString(), null, null, null, null, null, null, null, null)
            : before;
    return new DrillPlanner(cron, known, seen, uid, now).plan();
  }

  /** The same where something is gone that the run's present step needs. */
  static Plan gone(
      CronSchedule cron,
      Drill before,
      DrillObservation seen,
      String uid,
      Instant now,
      Reason reason,
      String message) {
    return new DrillPlanner(cron, before, seen, uid, now).failed(before.run(), reason, message);
  }

  private Plan plan() {
    DrillRun run = before.run();
    if (run == null) {
      return idle();
    }
    return switch (Step.of(run.step())) {
      case CLAIM -> {
        if (seen.job() instanceof JobState.Refused refused) {
          yield failed(run, Reason.API_REFUSED, refused.message());
        }
        effects.add(Effect.CREATE_CLAIM);
        yield to(run, Step.FETCH);
      }
      case FETCH, RESTORE, VERIFY -> job(run);
      case CLEAN -> clean(run);
    };
  }

  private Plan idle() {
    boolean edited = !cron.key().equals(before.cron());
    Instant decided = edited ? now : Instant.parse(before.decided());
    Optional<Instant> due = cron.last(decided, now);
    if (due.isEmpty()) {
      return stays(decided);
    }
    if (seen.candidate().isEmpty()) {
      String message =
          "No database has a verified backup outside of its own claim. Ask for one (litehaven.dev/requestedAt on the schedule), or see why those that there are could not be read back.";
      notes.add(EventNote.warning("drill:" + due.get(), Reason.NOTHING_VERIFIED, message));
      return result(due.get(), false, null, Reason.NOTHING_VERIFIED, message);
    }
    var candidate = seen.candidate().get();
    return with(
        due.get(),
        new DrillRun(
            "r-" + Names.shortHash(uid, due.get().toString()),
            Step.CLAIM.text(),
            candidate.backup(),
            candidate.database(),
            now.toString(),
            null,
            null),
        now);
  }

  private Plan job(DrillRun run) {
    Step step = Step.of(run.step());
    return switch (seen.job()) {
      case JobState.Absent _ -> {
        effects.add(Effect.START_JOB);
        yield same(run);
      }
      case JobState.Active active ->
          !active.started() && Instant.parse(run.startedAt()).plus(POD_DEADLINE).isBefore(now)
              ? failed(run, Reason.DEADLINE_EXCEEDED, active.message())
              : same(run);
      case JobState.Lost lost -> failed(run, Reason.RUNNER_FAILED, lost.message());
      case JobState.Refused refused -> failed(run, Reason.API_REFUSED, refused.message());
      case JobState.Reported(RunnerReport report) -> {
        if (report.outcome() != RunnerReport.Outcome.SUCCEEDED) {
          yield failed(run, report.reason(), report.message());
        }
        yield step == Step.VERIFY
            ? ended(
                run,
                Reason.SUCCEEDED,
                "%s was restored into a volume of its own and opened there. %s"
                    .formatted(run.backup(), report.message()))
            : to(run, step == Step.FETCH ? Step.RESTORE : Step.VERIFY);
      }
    };
  }

  private Plan clean(DrillRun run) {
    if (seen.claim()) {
      effects.add(Effect.REMOVE_ALL);
      return same(run);
    }
    boolean succeeded = Reason.SUCCEEDED.text().equals(run.reason());
    Reason reason = Reason.of(run.reason()).orElse(Reason.INTERNAL_ERROR);
    notes.add(
        succeeded
            ? EventNote.normal(run.id(), reason, run.message())
            : EventNote.warning(run.id(), reason, "Restore drill: " + run.message()));
    return result(Instant.parse(before.decided()), succeeded, run.backup(), reason, run.message());
  }

  private Plan failed(DrillRun run, Reason reason, String said) {
    return ended(
        run, reason, DrillFailure.message(Step.of(run.step()), run.backup(), reason, said));
  }

  private Plan ended(DrillRun run, Reason reason, String message) {
    effects.add(Effect.REMOVE_ALL);
    return with(
        Instant.parse(before.decided()),
        new DrillRun(
            run.id(),
            Step.CLEAN.text(),
            run.backup(),
            run.database(),
            run.startedAt(),
            reason.text(),
            Conditions.bounded(message)),
        now);
  }

  private Plan to(DrillRun run, Step next) {
    return with(
        Instant.parse(before.decided()),
        new DrillRun(
            run.id(), next.text(), run.backup(), run.database(), now.toString(), null, null),
        now);
  }

  private Plan same(DrillRun run) {
    return with(Instant.parse(before.decided()), run, now.plus(SOON));
  }

  private Plan stays(Instant decided) {
    return new Plan(
        effects,
        new Drill(
            cron.key(),
            decided.toString(),
            before.lastTime(),
            cron.next(now).toString(),
            before.succeeded(),
            before.backup(),
            before.reason(),
            before.message(),
            before.lastSucceededTime(),
            null),
        notes,
        Optional.of(cron.next(now)));
  }

  private Plan with(Instant decided, DrillRun run, Instant wakeAt) {
    return new Plan(
        effects,
        new Drill(
            cron.key(),
            decided.toString(),
            before.lastTime(),
            cron.next(now).toString(),
            before.succeeded(),
            before.backup(),
            before.reason(),
            before.message(),
            before.lastSucceededTime(),
            run),
        notes,
        Optional.of(wakeAt));
  }

  private Plan result(
      Instant decided, boolean succeeded, String backup, Reason reason, String message) {
    return new Plan(
        effects,
        new Drill(
            cron.key(),
            decided.toString(),
            now.toString(),
            cron.next(now).toString(),
            succeeded,
            backup,
            reason.text(),
            Conditions.bounded(message),
            succeeded ? now.toString() : before.lastSucceededTime(),
            null),
        notes,
        Optional.of(cron.next(now)));
  }
}
