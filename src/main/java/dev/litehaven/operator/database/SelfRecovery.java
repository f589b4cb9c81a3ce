package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.Operation;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.Recovery;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.database.DatabasePlan.Effect;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.workload.HandOver;
import dev.litehaven.operator.workload.WorkloadGoal;
import dev.litehaven.operator.workload.WorkloadObservation;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.operator.workload.WorkloadPlanner;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Finishes or undoes what a run has left half done on a volume, when nothing else is left of that
 * run: its workloads are kept stopped, a pod recovers the volume from its own record, and what was
 * stopped is started again. Pure; how far it is stands on the database's status.
 */
final class SelfRecovery {
  /** So long a workload may take to get ready; then it is let go as it is. */
  static final Duration READINESS = Duration.ofMinutes(5);

  private static final Duration SOON = DatabasePlanner.SOON;
  private static final Duration MAX_PAUSE = Duration.ofMinutes(5);

  enum Step {
    STOPPING,
    RECOVERING,
    /** The volume needs a human, and the workloads stay stopped. */
    HALTED,
    STARTING,
    RELEASING;

    /** Whether nobody but the recovery may come onto the claim. */
    boolean stopped() {
      return this == STOPPING || this == RECOVERING || this == HALTED;
    }
  }

  private final DatabaseObservation seen;
  private final StatusDraft draft;
  private final Conditions following;
  private final Consumer<Duration> look;
  private final List<Effect> effects = new ArrayList<>();
  private final List<EventNote> notes = new ArrayList<>();
  private final Recovery now;

  /**
   * @param look told when to look again
   */
  SelfRecovery(
      DatabaseObservation seen, StatusDraft draft, Conditions following, Consumer<Duration> look) {
    this.seen = seen;
    this.draft = draft;
    this.following = following;
    this.look = look;
    this.now = seen.status().recovery();
  }

  List<Effect> effects() {
    return effects;
  }

  List<EventNote> notes() {
    return notes;
  }

  /** Whether one is under way on the claim that is there. */
  static boolean underWay(DatabaseObservation seen) {
    return seen.status().recovery() != null
        && seen.volume()
            .claim()
            .filter(claim -> claim.uid().equals(seen.status().claimUid()))
            .isPresent();
  }

  /** Writes down that one is to be made: the lock is taken anew, above what the volume has seen. */
  List<Condition> begin(String run) {
    String message =
        "Run %s was interrupted on this volume, and nothing is left of it: stopping what uses the volume, then finishing or undoing it from its record."
            .formatted(run);
    draft.recovery(
        new Recovery(
            run,
            "c-" + Names.shortHash(seen.uid(), run, DatabasePlanner.text(seen.now())),
            Step.STOPPING.name(),
            DatabasePlanner.text(seen.now()),
            1,
            null,
            null,
            null,
            null));
    effects.add(new Effect.AddFinalizer());
    notes.add(EventNote.warning(seen.uid() + ":recover:" + run, Reason.RECOVERING, message));
    look.accept(Duration.ZERO);
    return following.reconciling(Reason.RECOVERING, message);
  }

  List<Condition> plan() {
    operation(step());
    return switch (seen.lock()) {
      case LockState.HeldByOther other -> {
        look.accept(Duration.ofSeconds(2));
        yield wait("Waiting for %s, which has the volume or a workload.".formatted(other.holder()));
      }
      case LockState.Free _ -> {
        effects.add(new Effect.TakeLock());
        look.accept(Duration.ZERO);
        yield wait("Taking the volume.");
      }
      case LockState.Held _ ->
          switch (step()) {
            case STOPPING -> stop();
            case RECOVERING -> recover();
            case HALTED -> halted();
            case STARTING -> start();
            case RELEASING -> release();
          };
    };
  }

  private Step step() {
    return Step.valueOf(now.step());
  }

  private void operation(Step step) {
    if (seen.lock() instanceof LockState.Held held) {
      draft.operation(
          new Operation(
              DatabaseObserver.holder(seen.name(), seen.status()),
              now.id(),
              held.epoch(),
              now.since(),
              step.stopped()));
    }
  }

  private List<Condition> stop() {
    effects.add(new Effect.ProtectClaim());
    Optional<List<Condition>> underWay = workloads("Stopping", this::stopped, false);
    if (underWay.isPresent()) {
      return underWay.get();
    }
    if (!seen.volume().undeclared().isEmpty()) {
      look.accept(DatabasePlanner.AGAIN);
      return following.reconciling(
          Reason.UNDECLARED_USER,
          "The volume is to be recovered, and is in use by %s, which belongs to no workload of the database. Stop it, or name its workload in spec.workloads."
              .formatted(String.join(", ", seen.volume().undeclared())));
    }
    return go(Step.RECOVERING, null, "Finishing or undoing run %s.".formatted(now.run()));
  }

  private List<Condition> recover() {
    keepStopped();
    return switch (seen.inspection()) {
      case JobState.Absent _ -> {
        effects.add(new Effect.StartRecovery());
        look.accept(SOON);
        yield wait("Finishing or undoing run %s.".formatted(now.run()));
      }
      case JobState.Active active -> {
        look.accept(SOON);
        yield wait(
            "The recovery of run %s %s %s"
                .formatted(
                    now.run(),
                    active.started() ? "is running." : "waits for its pod.",
                    active.message()));
      }
      case JobState.Refused refused -> {
        look.accept(DatabasePlanner.AGAIN);
        yield stuck(Reason.RUNNER_FAILED, refused.message());
      }
      case JobState.Lost lost -> again(Reason.RUNNER_FAILED, lost.message());
      case JobState.Reported(RunnerReport report) -> reported(report);
    };
  }

  private List<Condition> reported(RunnerReport report) {
    if (report.outcome() == Outcome.NEEDS_DECISION || report.reason() == Reason.DIVERGED) {
      notes.add(EventNote.warning(now.id() + ":halted", report.reason(), report.message()));
      draft.recovery(
          at(Step.HALTED, now.attempt(), null, key(), report.reason(), report.message()));
      return stuck(report.reason(), report.message());
    }
    if (report.outcome() != Outcome.SUCCEEDED) {
      return again(report.reason(), report.message());
    }
    notes.add(EventNote.normal(now.id() + ":recovered", Reason.SUCCEEDED, report.message()));
    return go(
        Step.STARTING,
        report.swap() == null ? "old" : report.swap().live(),
        report.message() + " Starting what was stopped.");
  }

  /** Later and later; what is half done may not be used meanwhile. */
  private List<Condition> again(Reason reason, String message) {
    long tried = now.attempt();
    Duration pause = Duration.ofSeconds(5 * tried * tried);
    Duration wait = pause.compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : pause;
    if (now.reason() == null) {
      notes.add(EventNote.warning(now.id() + ":" + tried, reason, message));
      draft.recovery(at(Step.RECOVERING, tried, null, null, reason, message));
      look.accept(wait);
    } else if (elapsed().compareTo(wait) < 0) {
      look.accept(wait.minus(elapsed()));
    } else {
      effects.add(new Effect.RaiseEpoch());
      draft.recovery(at(Step.RECOVERING, tried + 1, null, null, null, null));
      look.accept(Duration.ZERO);
    }
    return stuck(reason, message + " The workloads stay stopped, and it is tried again.");
  }

  private List<Condition> stuck(Reason reason, String message) {
    return following.stalled(reason, Conditions.bounded(message));
  }

  /** Nothing is touched until somebody has changed something or asks. */
  private List<Condition> halted() {
    keepStopped();
    if (!key().equals(now.key())) {
      effects.add(new Effect.RaiseEpoch());
      draft.recovery(at(Step.RECOVERING, now.attempt() + 1, null, null, null, null));
      look.accept(Duration.ZERO);
      return wait("Looking at the volume again, as asked.");
    }
    return stuck(Reason.of(now.reason()).orElse(Reason.DIVERGED), now.message());
  }

  private List<Condition> start() {
    Optional<List<Condition>> underWay = workloads("Starting", this::started, true);
    return underWay.isPresent() && elapsed().compareTo(READINESS) <= 0
        ? underWay.get()
        : go(Step.RELEASING, now.live(), "Letting go of what was stopped.");
  }

  private List<Condition> release() {
    Optional<List<Condition>> underWay = workloads("Letting go of", this::released, true);
    if (underWay.isPresent()) {
      return underWay.get();
    }
    effects.add(new Effect.UnprotectClaim());
    effects.add(new Effect.ReleaseLock());
    effects.add(new Effect.RemoveFinalizer());
    draft.recovery(null);
    draft.noOperation();
    draft.inspected(now.id(), DatabasePlanner.text(seen.now()));
    look.accept(Duration.ZERO);
    return wait("Run %s was recovered; looking at what is there now.".formatted(now.run()));
  }

  private WorkloadGoal stopped(WorkloadObservation workload) {
    return new WorkloadGoal.Stopped(nameFor(workload), draft.admitted(workload.ref()));
  }

  private WorkloadGoal started(WorkloadObservation workload) {
    return new WorkloadGoal.Started(
        nameFor(workload),
        "new".equals(now.live())
            ? new WorkloadGoal.Template.New()
            : new WorkloadGoal.Template.Old());
  }

  private WorkloadGoal released(WorkloadObservation workload) {
    return new WorkloadGoal.Released(nameFor(workload));
  }

  /** What is stopped already goes by the name that it was stopped under, and by its record. */
  private String nameFor(WorkloadObservation workload) {
    return workload
        .heldBy()
        .filter(run -> !HandOver.is(run) && workload.quiesced().isPresent())
        .orElse(now.run());
  }

  private interface Goal {
    WorkloadGoal of(WorkloadObservation workload);
  }

  /**
   * Empty when every workload is where it is wanted; otherwise what to do about the first.
   *
   * @param go whether one that refuses is passed over
   */
  private Optional<List<Condition>> workloads(String doing, Goal goal, boolean go) {
    for (WorkloadObservation workload : seen.volume().workloads()) {
      switch (WorkloadPlanner.plan(workload, goal.of(workload))) {
        case WorkloadPlan.Reached _ -> {}
        case WorkloadPlan.Act act -> {
          effects.add(new Effect.ActOnWorkload(workload.ref(), act.actions()));
          look.accept(Duration.ofMillis(100));
          return Optional.of(wait(act.message()));
        }
        case WorkloadPlan.Wait wait -> {
          look.accept(SOON);
          return Optional.of(wait(doing + " " + workload.ref().display() + ": " + wait.message()));
        }
        case WorkloadPlan.Refuse refuse -> {
          notes.add(
              EventNote.warning(
                  now.id() + ":" + now.step() + ":" + workload.uid(),
                  refuse.reason(),
                  refuse.message()));
          if (!go) {
            look.accept(DatabasePlanner.AGAIN);
            return Optional.of(stuck(refuse.reason(), refuse.message()));
          }
        }
      }
    }
    return Optional.empty();
  }

  private void keepStopped() {
    for (WorkloadObservation workload : seen.volume().workloads()) {
      if (WorkloadPlanner.plan(workload, stopped(workload)) instanceof WorkloadPlan.Act act) {
        effects.add(new Effect.ActOnWorkload(workload.ref(), act.actions()));
      }
    }
  }

  private List<Condition> go(Step next, String live, String message) {
    draft.recovery(at(next, now.attempt(), live, null, null, null));
    operation(next);
    look.accept(Duration.ZERO);
    return wait(message);
  }

  private List<Condition> wait(String message) {
    return following.reconciling(Reason.RECOVERING, Conditions.bounded(message.strip()));
  }

  private Recovery at(
      Step step, long attempt, String live, String key, Reason reason, String message) {
    boolean same = step.name().equals(now.step()) && attempt == now.attempt() && reason == null;
    return new Recovery(
        now.run(),
        now.id(),
        step.name(),
        same ? now.since() : DatabasePlanner.text(seen.now()),
        Math.toIntExact(attempt),
        live,
        key,
        reason == null ? null : reason.text(),
        message == null ? null : Conditions.bounded(message));
  }

  private String key() {
    return DatabaseObservation.inspectionKey(
        seen.status().claimUid(), seen.generation(), seen.requestedAt());
  }

  private Duration elapsed() {
    return Duration.between(Instant.parse(now.since()), seen.now());
  }
}
