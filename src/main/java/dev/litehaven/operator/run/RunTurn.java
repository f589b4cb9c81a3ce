package dev.litehaven.operator.run;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.run.RunObservation.Obstacle;
import dev.litehaven.operator.run.RunObservation.Workload;
import dev.litehaven.operator.run.RunPlan.Telling;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** One turn of a run: what was seen, what comes out of it, and the moves that all steps share. */
final class RunTurn {
  static final Duration NOW = Duration.ZERO;
  static final Duration SOON = Duration.ofMillis(500);
  static final Duration LATER = Duration.ofSeconds(3);

  /** How long to go without looking where nothing is expected. */
  private static final Duration IDLE = Duration.ofMinutes(5);

  final RunObservation seen;
  final RunDraft run;
  final RunWords words;
  private final Optional<Obstacle> changed;
  final List<Effect> effects = new ArrayList<>();
  private final List<EventNote> notes = new ArrayList<>();
  private Optional<RunPlan.Versions> versions = Optional.empty();
  private Optional<PlanReport> report = Optional.empty();

  RunTurn(RunObservation seen, Optional<Obstacle> changed) {
    this.seen = seen;
    this.changed = changed;
    this.words = new RunWords(seen);
    this.run = new RunDraft(seen.run()).holding(seen.workloads());
  }

  /** What becomes of a workload that cannot be brought where a step wants it. */
  interface Refusal {
    RunPlan plan(Reason reason, String message);
  }

  Work work() {
    return seen.terms().work();
  }

  String id() {
    return seen.run().id();
  }

  RunPlan stay(String message, Duration again) {
    return goesOn(work().phase(run.step()), conditions(message), null, again);
  }

  /** As {@link #stay}, for something that somebody may have to do. Said once as an Event, too. */
  RunPlan stayFor(Reason reason, String message, Duration again) {
    notes.add(EventNote.warning(id() + ":" + run.step() + ":" + message, reason, message));
    return goesOn(
        work().phase(run.step()), following().reconciling(reason, message), message, again);
  }

  RunPlan go(RunStep next, String message) {
    run.to(next, seen.now());
    return entered(message);
  }

  /** To a step that the run may have been in before: its earlier pods must not answer for it. */
  RunPlan goBackTo(RunStep next, String message) {
    raiseEpoch();
    run.backTo(next, seen.now());
    return entered(message);
  }

  private RunPlan entered(String message) {
    notes.add(EventNote.normal(id() + ":" + run.step(), work().reason(run.step()), message));
    return stay(message, NOW);
  }

  private RunPlan goesOn(
      String phase, List<Condition> conditions, String nextAction, Duration again) {
    return plan(
        run.build(),
        new Telling.UnderWay(
            phase, conditions, nextAction == null ? null : Conditions.bounded(nextAction)),
        again);
  }

  /** All is let go; what comes of it, its resource says. */
  RunPlan over() {
    return plan(null, Telling.Ended.of(seen), NOW);
  }

  private RunPlan plan(Run now, Telling telling, Duration again) {
    return new RunPlan(effects, now, versions, report, telling, notes, Optional.of(again));
  }

  private Conditions following() {
    return Conditions.following(seen.written().conditions(), seen.generation(), seen.now());
  }

  void warn(String key, Reason reason, String message) {
    notes.add(EventNote.warning(id() + key, reason, message));
  }

  private List<Condition> conditions(String message) {
    boolean serving =
        run.step() == RunStep.SETTLE
            || (run.step() == RunStep.FINISH
                && Boolean.TRUE.equals(run.build().swapped())
                && Reason.SUCCEEDED.name().equals(run.build().outcomeReason()));
    // A spec that changed meanwhile is not what this run has reached.
    boolean current = seen.run().generation() == seen.generation();
    return serving && current
        ? following().ready(Reason.SUCCEEDED, success())
        : following().reconciling(work().reason(run.step()), message);
  }

  /**
   * Empty when every workload is where this step wants it; otherwise what to do about the first.
   */
  Optional<RunPlan> workloads(String doing, Refusal refusal) {
    for (Workload workload : seen.workloads()) {
      switch (workload.plan()) {
        case WorkloadPlan.Reached _ -> {}
        case WorkloadPlan.Act act -> {
          effects.add(new Effect.ActOnWorkload(workload.ref(), act.actions()));
          return Optional.of(stay(act.message(), Duration.ofMillis(100)));
        }
        case WorkloadPlan.Wait wait -> {
          String message = doing + " " + workload.ref().display() + ": " + wait.message();
          return Optional.of(
              wait.reason() == Reason.NODE_UNREACHABLE
                  ? stayFor(wait.reason(), message, LATER)
                  : stay(message, SOON));
        }
        case WorkloadPlan.Refuse refuse -> {
          return Optional.of(refusal.plan(refuse.reason(), refuse.message()));
        }
      }
    }
    return Optional.empty();
  }

  /** Empty when every workload is stopped; otherwise what to do, which has its deadline. */
  Optional<RunPlan> stopped() {
    String waiting = waiting();
    boolean refused =
        seen.workloads().stream().anyMatch(one -> one.plan() instanceof WorkloadPlan.Refuse);
    if (!waiting.isEmpty() && expired() && !refused) {
      return Optional.of(
          abort(Reason.WORKLOAD_NOT_STOPPED, "The workload did not stop in time: " + waiting));
    }
    return workloads("Stopping", this::abort);
  }

  /** Sends away whoever came in while a runner is at work; decides nothing. */
  void keepStopped() {
    for (Workload workload : seen.workloads()) {
      if (workload.plan() instanceof WorkloadPlan.Act act) {
        effects.add(new Effect.ActOnWorkload(workload.ref(), act.actions()));
      }
    }
  }

  /** What the first workload that is not there yet waits for. */
  String waiting() {
    return seen.workloads().stream()
        .map(Workload::plan)
        .filter(plan -> !(plan instanceof WorkloadPlan.Reached))
        .map(WorkloadPlan::message)
        .findFirst()
        .orElse("");
  }

  /** Asks for the step's pod; the step is written down as begun before. */
  RunPlan startJob() {
    if (seen.runnersAlive()) {
      return stay("Waiting until an earlier runner's pod is gone.", SOON);
    }
    switch (seen.lock()) {
      case LockState.Held held -> {
        if (run.attempt() == 0 || seen.run().epoch() == null) {
          if (run.attempt() == 0) {
            run.begun();
          }
          run.epoch(held.epoch());
          return stay(words.currentMessage(), NOW);
        }
        effects.add(new Effect.StartJob());
        return stay(words.currentMessage(), SOON);
      }
      case LockState.Free _ -> {
        return stay("Taking the volume of database %s again.".formatted(words.database()), SOON);
      }
      case LockState.HeldByOther other -> {
        return stay(words.waitingFor(other), LATER);
      }
    }
  }

  RunPlan retryOr(String message, int most, Supplier<RunPlan> otherwise) {
    if (run.attempt() >= most) {
      return otherwise.get();
    }
    if (seen.runnersAlive()) {
      return stay("Waiting until the lost runner's pod is gone. " + message, SOON);
    }
    if (elapsed().compareTo(pause()) < 0) {
      return stay(message + " Trying again shortly.", SOON);
    }
    if (!(seen.lock() instanceof LockState.Held)) {
      return startJob();
    }
    effects.add(new Effect.ExpireJob());
    raiseEpoch();
    warn(":" + run.step() + ":" + run.attempt(), Reason.RUNNER_FAILED, message + " Trying again.");
    run.retry();
    return stay(message + " Trying again.", NOW);
  }

  /** Once: whoever died after that finds it higher than what the run last worked under. */
  private void raiseEpoch() {
    Long used = seen.run().epoch();
    if (seen.lock() instanceof LockState.Held held && (used == null || held.epoch() <= used)) {
      effects.add(new Effect.RaiseEpoch());
    }
  }

  /** Longer with each attempt, so that what fails at once does not fill the cluster with Jobs. */
  private Duration pause() {
    long before = Math.max(0, run.attempt() - 1);
    return Duration.ofSeconds(5 * before * before);
  }

  /** Before anything was stopped: as if the run had never begun. */
  RunPlan drop() {
    if (seen.runnersAlive()) {
      return stay("Waiting until the runner's pod is gone.", SOON);
    }
    effects.add(new Effect.ReleaseLocks());
    if (seen.deleting()) {
      effects.add(new Effect.RemoveFinalizer());
    }
    return plan(
        null,
        new Telling.UnderWay(
            "Pending",
            following()
                .reconciling(
                    Reason.PENDING, "Something changed before anything was done; looking anew."),
            seen.written().nextAction()),
        NOW);
  }

  /** What was stopped is started again. */
  RunPlan abort(Reason reason, String message) {
    run.outcome(reason, message);
    return go(RunStep.START_OLD, "Starting the workload again, since: " + message);
  }

  /** Nothing was stopped. */
  RunPlan end(Reason reason, String message) {
    run.outcome(reason, message);
    return go(RunStep.FINISH, message);
  }

  RunPlan halt(Reason reason, String message) {
    run.outcome(reason, message);
    warn("", reason, message);
    run.to(RunStep.HALTED, seen.now());
    return halted(reason, message);
  }

  /** Nothing is touched until somebody asks. */
  RunPlan halted(Reason reason, String message) {
    return goesOn(RunStep.HALTED.phase(), following().stalled(reason, message), message, IDLE);
  }

  /** What is known so far of how the run ends, and one thing more. */
  void add(String message) {
    run.outcome(outcome().orElse(Reason.INTERNAL_ERROR), outcomeMessage() + " " + message);
  }

  Optional<Reason> outcome() {
    return Optional.ofNullable(seen.run().outcomeReason()).map(Reason::valueOf);
  }

  String outcomeMessage() {
    String message = seen.run().outcomeMessage();
    return message == null ? "" : message;
  }

  /** The new file is at the live name: that is the version from now on. */
  void swapped() {
    run.swapped(true);
    String after = run.build().versionAfter();
    if (after != null) {
      versions(after, after);
    }
  }

  /** The old file is at the live name again, and with it the version of before. */
  void swappedBack() {
    run.swapped(false);
    var now = run.build();
    versions(now.versionBefore(), now.versionAfter());
  }

  private void versions(String current, String target) {
    versions = Optional.of(new RunPlan.Versions(current, target));
  }

  /** What a rehearsal has found, if this was one. */
  void show(PlanReport found) {
    report = Optional.ofNullable(found).or(() -> report);
  }

  void noteVersions(RunnerReport report) {
    if (report.plan() != null) {
      run.planned(
          report.plan().planHash(), report.plan().versionBefore(), report.plan().versionAfter());
      versions(report.plan().versionBefore(), report.plan().versionAfter());
    }
    if (report.restore() != null && report.restore().backupId() != null) {
      run.planned(
          report.restore().backupId(), seen.currentVersion(), report.restore().schemaVersion());
    }
  }

  void recordBackups(RunnerReport report) {
    if (report.backups().isEmpty()) {
      return;
    }
    if (!(seen.database() instanceof Database.Usable)) {
      warn(
          ":backups",
          Reason.DATABASE_NOT_FOUND,
          "The backup %s is kept on its volume, but not as a DatabaseBackup, since SQLiteDatabase %s is gone."
              .formatted(report.backups().getFirst().manifestPath(), words.database()));
      return;
    }
    effects.add(new Effect.RecordBackups(report.backups()));
    run.backups(report.backups().stream().map(backup -> BackupNames.of(id(), backup)).toList());
  }

  /** Whether a pod can be made at all; what it is to do comes on top. */
  Optional<Obstacle> noDatabase() {
    return seen.database() instanceof Database.Unusable problem
        ? Optional.of(new Obstacle(problem.reason(), problem.message()))
        : Optional.empty();
  }

  /** Whether what the run was begun for still stands. */
  Optional<Obstacle> obstacle() {
    if (seen.deleting()) {
      return Optional.of(new Obstacle(Reason.INTERRUPTED, work().deleted()));
    }
    return changed
        .or(this::noDatabase)
        .or(() -> seen.run().stoppedAt() == null ? seen.inTheWay() : Optional.empty());
  }

  boolean singlePod() {
    return seen.database() instanceof Database.Usable usable && usable.singlePod();
  }

  boolean expired() {
    return since(run.build().startedAt()).compareTo(seen.terms().activeDeadline()) > 0;
  }

  /** In this step. */
  Duration elapsed() {
    return since(seen.run().stepStartedAt());
  }

  private Duration since(String instant) {
    return Duration.between(Instant.parse(instant), seen.now());
  }

  Duration readinessDeadline() {
    return seen.terms().readinessDeadline();
  }

  String success() {
    return work().success(words.database(), run.build().planHash(), run.build().versionAfter());
  }
}
