package dev.litehaven.operator.migration;

import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.migration.MigrationObservation.Database;
import dev.litehaven.operator.migration.MigrationObservation.Source;
import dev.litehaven.operator.migration.MigrationObservation.Workload;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.workload.Concern;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The next step of a run that has begun. See {@link RunStep} for the ways it can take. */
final class RunPlanner {
  private static final Duration NOW = Duration.ZERO;
  private static final Duration SOON = Duration.ofMillis(500);
  private static final Duration LATER = Duration.ofSeconds(3);
  private static final int MAX_ATTEMPTS = 5;

  private final MigrationObservation seen;
  private final RunDraft run;
  private final StatusDraft draft;
  private final List<Effect> effects = new ArrayList<>();
  private final List<EventNote> notes = new ArrayList<>();

  RunPlanner(MigrationObservation seen) {
    this.seen = seen;
    this.run = new RunDraft(seen.status().run());
    this.draft = new StatusDraft(seen);
  }

  MigrationPlan plan() {
    return switch (run.step()) {
      case LOCK -> lock();
      case PLAN -> rehearse();
      case STOP -> stop();
      case SNAPSHOT -> snapshot();
      case MIGRATE -> migrate();
      case CANCEL -> cancel();
      case RECOVER -> recover();
      case START -> start();
      case SETTLE -> settle();
      case STOP_AGAIN -> stopAgain();
      case ROLLBACK -> rollback();
      case START_OLD -> startOld();
      case HALTED -> halted();
      case FINISH -> finish();
    };
  }

  private MigrationPlan lock() {
    if (seen.deleting() || inputChanged()) {
      return drop();
    }
    return switch (seen.lock()) {
      case LockState.Free _ -> {
        effects.add(new Effect.TakeLocks());
        yield stay("Taking the volume of database %s.".formatted(database()), SOON);
      }
      case LockState.HeldByOther other ->
          stay(
              "Waiting for %s, which has been working on the volume or a workload of database %s since %s."
                  .formatted(other.holder(), database(), other.since()),
              LATER);
      case LockState.Held held -> {
        run.locked(held.epoch(), MigrationPlanner.waitingTemplate(seen), seen.now());
        Optional<Concern> blocked =
            seen.workloads().stream()
                .flatMap(w -> w.concerns().stream())
                .filter(Concern::blocks)
                .findFirst();
        if (blocked.isPresent()) {
          yield fail(blocked.get().reason(), blocked.get().message());
        }
        if (!seen.undeclared().isEmpty()) {
          yield fail(Reason.UNDECLARED_USER, undeclared());
        }
        yield singlePod() && !seen.workloads().isEmpty()
            ? go(RunStep.STOP, stopping())
            : go(
                RunStep.PLAN,
                "Rehearsing on a copy of database %s; the workload keeps running."
                    .formatted(database()));
      }
    };
  }

  private MigrationPlan rehearse() {
    if (seen.deleting() || inputChanged()) {
      effects.add(new Effect.DeleteJob());
      return drop();
    }
    return switch (seen.job()) {
      case JobState.Absent _ -> startJob();
      case JobState.Active active ->
          expired()
              ? giveUp(active)
              : stay(progress("The rehearsal", active), active.started() ? SOON : LATER);
      case JobState.Lost lost -> retryOr(lost, 3, () -> fail(Reason.RUNNER_FAILED, lost.message()));
      case JobState.Reported(RunnerReport report) -> {
        effects.add(new Effect.ExpireJob());
        draft.plan(report.plan());
        yield switch (report.outcome()) {
          case SUCCEEDED -> {
            noteVersions(report);
            yield report.reason() == Reason.UP_TO_DATE
                ? succeed(Reason.UP_TO_DATE, report.message())
                : go(RunStep.STOP, stopping());
          }
          case FAILED, REFUSED, NEEDS_DECISION -> fail(report.reason(), report.message());
        };
      }
    };
  }

  private MigrationPlan stop() {
    if (seen.deleting()) {
      return abort(Reason.INTERRUPTED, "The migration was deleted before it began.");
    }
    effects.add(new Effect.ProtectClaim());
    run.stopped(seen.now());
    Optional<MigrationPlan> underWay = workloads("Stopping", this::abort);
    if (underWay.isPresent()) {
      return expired()
          ? abort(Reason.WORKLOAD_NOT_STOPPED, "The workload did not stop in time: " + waiting())
          : underWay.get();
    }
    if (!seen.undeclared().isEmpty()) {
      return expired() ? abort(Reason.UNDECLARED_USER, undeclared()) : stay(undeclared(), LATER);
    }
    return seen.database() instanceof Database.Usable usable
            && usable.spec().backup().volumeSnapshotClassName() != null
        ? go(RunStep.SNAPSHOT, "Taking a VolumeSnapshot of the stopped volume.")
        : go(RunStep.MIGRATE, migrating());
  }

  private MigrationPlan snapshot() {
    if (seen.deleting()) {
      return abort(Reason.INTERRUPTED, "The migration was deleted before it began.");
    }
    Optional<MigrationPlan> underWay = workloads("Stopping", this::abort);
    if (underWay.isPresent()) {
      return underWay.get();
    }
    return switch (seen.snapshot()) {
      case SnapshotState.Absent _ -> {
        effects.add(new Effect.CreateSnapshot());
        yield stay("Taking a VolumeSnapshot of the stopped volume.", SOON);
      }
      case SnapshotState.Pending pending ->
          elapsed().compareTo(snapshotDeadline()) > 0
              ? abort(
                  pending.error().isEmpty() ? Reason.SNAPSHOT_NOT_READY : Reason.SNAPSHOT_FAILED,
                  "VolumeSnapshot %s was not ready to use after %d s%s. Nothing was changed. Look at it with kubectl describe volumesnapshot %s, or leave out backup.volumeSnapshotClassName: the file backup is made either way."
                      .formatted(
                          pending.name(),
                          snapshotDeadline().toSeconds(),
                          pending.error().isEmpty() ? "" : ": " + pending.error(),
                          pending.name()))
              : stay(
                  "Waiting until VolumeSnapshot %s is ready to use.".formatted(pending.name()),
                  SOON);
      case SnapshotState.Impossible impossible ->
          abort(Reason.SNAPSHOT_FAILED, impossible.message());
      case SnapshotState.ReadyToUse ready -> {
        effects.add(new Effect.RecordSnapshot(ready.name()));
        run.snapshot(ready.name());
        yield go(RunStep.MIGRATE, migrating());
      }
    };
  }

  private MigrationPlan migrate() {
    Optional<MigrationPlan> underWay = workloads("Stopping", this::abort);
    if (underWay.isPresent() && seen.job() instanceof JobState.Absent) {
      return underWay.get();
    }
    return switch (seen.job()) {
      case JobState.Absent _ ->
          seen.deleting()
              ? abort(Reason.INTERRUPTED, "The migration was deleted before it began.")
              : startJob();
      case JobState.Active active ->
          !active.started() && (expired() || seen.deleting())
              ? cancelJob(active)
              : stay(progress("The migration", active), SOON);
      case JobState.Lost lost ->
          retryOr(
              lost,
              MAX_ATTEMPTS,
              () -> {
                run.outcome(Reason.RUNNER_FAILED, lost.message());
                return go(RunStep.RECOVER, "Finishing or undoing what lost runners left.");
              });
      case JobState.Reported(RunnerReport report) -> migrated(report);
    };
  }

  private MigrationPlan migrated(RunnerReport report) {
    effects.add(new Effect.ExpireJob());
    recordBackups(report);
    if (report.plan() != null) {
      draft.plan(report.plan());
    }
    return switch (report.outcome()) {
      case SUCCEEDED -> {
        noteVersions(report);
        if (report.reason() == Reason.UP_TO_DATE) {
          run.outcome(Reason.UP_TO_DATE, report.message());
          yield go(RunStep.START_OLD, "Nothing was pending; starting the workload again.");
        }
        run.swapped(true);
        yield go(RunStep.START, "The database is migrated; starting the workload.");
      }
      case NEEDS_DECISION -> halt(report);
      case REFUSED, FAILED -> abort(report.reason(), report.message());
    };
  }

  private MigrationPlan cancel() {
    return seen.jobPodsAlive()
        ? stay("Waiting until the runner's pod is gone.", SOON)
        : go(RunStep.START_OLD, "Starting the workload again.");
  }

  private MigrationPlan recover() {
    return switch (seen.job()) {
      case JobState.Absent _ -> startJob();
      case JobState.Active active -> stay(progress("The recovery", active), SOON);
      // One file is always the old or the new one, whole: letting the workload in is safe.
      case JobState.Lost lost ->
          retryOr(lost, MAX_ATTEMPTS, () -> go(RunStep.START_OLD, lost.message()));
      case JobState.Reported(RunnerReport report) -> {
        effects.add(new Effect.ExpireJob());
        if (report.outcome() == Outcome.NEEDS_DECISION) {
          yield halt(report);
        }
        boolean forward = report.swap() != null && "new".equals(report.swap().live());
        run.swapped(forward);
        yield forward
            ? go(
                RunStep.START, "The migration was finished from its record; starting the workload.")
            : go(
                RunStep.START_OLD,
                "The migration was undone from its record; starting the workload.");
      }
    };
  }

  private MigrationPlan start() {
    Optional<MigrationPlan> underWay = workloads("Starting", this::notReady);
    if (underWay.isEmpty()) {
      run.up(seen.now());
      return go(RunStep.SETTLE, "The workload is ready; removing what the swap kept.");
    }
    return elapsed().compareTo(readinessDeadline()) > 0
        ? notReady(
            Reason.WORKLOAD_NOT_READY,
            "not ready %d s after the migration: %s"
                .formatted(readinessDeadline().toSeconds(), waiting()))
        : underWay.get();
  }

  private MigrationPlan notReady(Reason reason, String message) {
    run.outcome(Reason.WORKLOAD_NOT_READY, message);
    return switch (seen.spec().rollback().onNotReady()) {
      case ROLLBACK -> go(RunStep.STOP_AGAIN, "Rolling back: " + message);
      case KEEP -> go(RunStep.FINISH, "Kept as asked, though " + message);
    };
  }

  private MigrationPlan settle() {
    return switch (seen.job()) {
      case JobState.Absent _ -> startJob();
      case JobState.Active active -> stay(progress("Clearing up", active), LATER);
      case JobState.Lost lost -> retryOr(lost, 3, this::settled);
      case JobState.Reported(RunnerReport report) -> {
        effects.add(new Effect.ExpireJob());
        if (report.outcome() != Outcome.SUCCEEDED) {
          notes.add(EventNote.warning(seen.status().run().id(), report.reason(), report.message()));
        }
        yield settled();
      }
    };
  }

  private MigrationPlan settled() {
    run.outcome(Reason.SUCCEEDED, success());
    return go(RunStep.FINISH, "Letting go of the workload.");
  }

  private MigrationPlan stopAgain() {
    Optional<MigrationPlan> underWay =
        workloads("Stopping", (reason, message) -> go(RunStep.START_OLD, message));
    return underWay.orElseGet(
        () -> go(RunStep.ROLLBACK, "Putting the database of before the migration back."));
  }

  private MigrationPlan rollback() {
    return switch (seen.job()) {
      case JobState.Absent _ -> startJob();
      case JobState.Active active -> stay(progress("The rollback", active), SOON);
      case JobState.Lost lost ->
          retryOr(lost, Integer.MAX_VALUE, () -> stay(lost.message(), LATER));
      case JobState.Reported(RunnerReport report) -> {
        effects.add(new Effect.ExpireJob());
        recordBackups(report);
        yield switch (report.outcome()) {
          case SUCCEEDED -> {
            run.swapped(false);
            String why = seen.status().run().outcomeMessage();
            run.outcome(
                Reason.ROLLED_BACK,
                "Rolled back to version %s with every row: %s"
                    .formatted(orNone(seen.status().run().versionBefore()), why));
            yield go(RunStep.START_OLD, "Rolled back; starting what ran before.");
          }
          case REFUSED, FAILED, NEEDS_DECISION -> {
            run.outcome(
                report.reason() == Reason.DIVERGED
                    ? Reason.DIVERGED
                    : Reason.ROLLBACK_NEEDS_DECISION,
                report.message());
            yield report.reason() == Reason.DIVERGED
                ? halt(report)
                : go(RunStep.FINISH, "Not rolled back: " + report.message());
          }
        };
      }
    };
  }

  private MigrationPlan startOld() {
    Optional<MigrationPlan> underWay =
        workloads("Starting", (reason, message) -> go(RunStep.FINISH, message));
    if (underWay.isEmpty()) {
      run.up(seen.now());
      return go(RunStep.FINISH, "The workload is running as before.");
    }
    if (elapsed().compareTo(readinessDeadline()) > 0) {
      // Let in is what can be promised; that it gets ready is the workload's own affair.
      run.outcome(
          Reason.valueOf(seen.status().run().outcomeReason()),
          seen.status().run().outcomeMessage()
              + " The workload was let in again, but: "
              + waiting());
      return go(RunStep.FINISH, "Let in, but not ready: " + waiting());
    }
    return underWay.get();
  }

  private MigrationPlan halted() {
    if (seen.requestedAt().isPresent()
        && !seen.requestedAt().get().equals(seen.status().lastHandledRequest())) {
      return go(RunStep.RECOVER, "Looking at the volume again, as asked.");
    }
    Reason reason = Reason.valueOf(seen.status().run().outcomeReason());
    String message = seen.status().run().outcomeMessage();
    draft
        .run(run)
        .phase(RunStep.HALTED.phase())
        .nextAction(message)
        .conditions(draft.following().stalled(reason, message));
    return done(Optional.of(MigrationPlanner.IDLE));
  }

  private MigrationPlan finish() {
    Optional<MigrationPlan> underWay = workloads("Letting go of", (reason, message) -> ended());
    return underWay.orElseGet(this::ended);
  }

  private MigrationPlan ended() {
    effects.add(new Effect.UnprotectClaim());
    effects.add(new Effect.ReleaseLocks());
    effects.add(new Effect.RemoveFinalizer());
    new RunEnd(seen, draft, notes).write();
    return done(Optional.of(NOW));
  }

  /**
   * Empty when every workload is where this step wants it; otherwise what to do about the first.
   */
  private Optional<MigrationPlan> workloads(String doing, Refusal refusal) {
    for (Workload workload : seen.workloads()) {
      switch (workload.plan()) {
        case WorkloadPlan.Reached _ -> {}
        case WorkloadPlan.Act act -> {
          effects.add(new Effect.ActOnWorkload(workload.ref(), act.actions()));
          return Optional.of(stay(act.message(), Duration.ofMillis(100)));
        }
        case WorkloadPlan.Wait wait -> {
          return Optional.of(
              stay(doing + " " + workload.ref().display() + ": " + wait.message(), SOON));
        }
        case WorkloadPlan.Refuse refuse -> {
          return Optional.of(refusal.plan(refuse.reason(), refuse.message()));
        }
      }
    }
    return Optional.empty();
  }

  private interface Refusal {
    MigrationPlan plan(Reason reason, String message);
  }

  private String waiting() {
    return seen.workloads().stream()
        .map(Workload::plan)
        .filter(plan -> !(plan instanceof WorkloadPlan.Reached))
        .map(WorkloadPlan::message)
        .findFirst()
        .orElse("");
  }

  private MigrationPlan startJob() {
    if (seen.status().run().epoch() == null) {
      // A retry: the lock's epoch was raised, and this attempt goes by the new one.
      if (seen.lock() instanceof LockState.Held held) {
        run.epoch(held.epoch());
        return stay(seen.status().conditions().getFirst().message(), NOW);
      }
      throw new IllegalStateException("run " + seen.status().run().id() + " lost its lock");
    }
    effects.add(new Effect.StartJob());
    return stay(currentMessage(), SOON);
  }

  private MigrationPlan retryOr(
      JobState.Lost lost, int most, java.util.function.Supplier<MigrationPlan> otherwise) {
    if (seen.status().run().attempt() >= most) {
      return otherwise.get();
    }
    if (seen.jobPodsAlive()) {
      return stay("Waiting until the lost runner's pod is gone.", SOON);
    }
    effects.add(new Effect.RaiseEpoch());
    run.retry();
    notes.add(
        EventNote.warning(
            seen.status().run().id() + ":" + run.step() + ":" + seen.status().run().attempt(),
            Reason.RUNNER_FAILED,
            lost.message() + " Trying again."));
    return stay(lost.message() + " Trying again.", NOW);
  }

  private MigrationPlan giveUp(JobState.Active active) {
    effects.add(new Effect.DeleteJob());
    return fail(Reason.DEADLINE_EXCEEDED, deadline(active));
  }

  private MigrationPlan cancelJob(JobState.Active active) {
    effects.add(new Effect.DeleteJob());
    if (seen.deleting()) {
      run.outcome(Reason.INTERRUPTED, "The migration was deleted before it began.");
    } else {
      run.outcome(Reason.DEADLINE_EXCEEDED, deadline(active));
    }
    return go(RunStep.CANCEL, "Taking the runner back.");
  }

  private String deadline(JobState.Active active) {
    return "Not done after activeDeadlineSeconds (%d s): %s Nothing was changed."
        .formatted(seen.spec().activeDeadlineSeconds(), progress("the runner", active));
  }

  private MigrationPlan halt(RunnerReport report) {
    run.outcome(report.reason(), report.message());
    notes.add(EventNote.warning(seen.status().run().id(), report.reason(), report.message()));
    return go(RunStep.HALTED, report.message());
  }

  /** What was stopped is started again. */
  private MigrationPlan abort(Reason reason, String message) {
    run.outcome(reason, message);
    return go(RunStep.START_OLD, "Starting the workload again, since: " + message);
  }

  /** Nothing was stopped. */
  private MigrationPlan fail(Reason reason, String message) {
    run.outcome(reason, message);
    return go(RunStep.FINISH, message);
  }

  private MigrationPlan succeed(Reason reason, String message) {
    run.outcome(reason, message);
    return go(RunStep.FINISH, message);
  }

  /** Before anything was stopped: as if the run had never begun. */
  private MigrationPlan drop() {
    effects.add(new Effect.ReleaseLocks());
    draft.run(null).phase("Pending");
    if (seen.deleting()) {
      effects.add(new Effect.RemoveFinalizer());
    }
    return done(Optional.of(NOW));
  }

  private MigrationPlan stay(String message, Duration again) {
    draft.run(run).phase(run.step().phase()).conditions(conditions(message));
    return done(Optional.of(again));
  }

  private MigrationPlan go(RunStep next, String message) {
    run.to(next, seen.now());
    notes.add(EventNote.normal(seen.status().run().id() + ":" + next, next.reason(), message));
    return stay(message, NOW);
  }

  private List<dev.litehaven.api.v1alpha1.Condition> conditions(String message) {
    boolean serving =
        run.step() == RunStep.SETTLE
            || (run.step() == RunStep.FINISH
                && Boolean.TRUE.equals(run.build().swapped())
                && Reason.SUCCEEDED.name().equals(run.build().outcomeReason()));
    // A spec that changed meanwhile is not what this run has reached.
    boolean current = seen.status().run().generation() == seen.generation();
    return serving && current
        ? draft.following().ready(Reason.SUCCEEDED, success())
        : draft.following().reconciling(run.step().reason(), message);
  }

  private MigrationPlan done(Optional<Duration> again) {
    return new MigrationPlan(effects, draft.build(), notes, again);
  }

  private void noteVersions(RunnerReport report) {
    if (report.plan() != null) {
      run.planned(
          report.plan().planHash(), report.plan().versionBefore(), report.plan().versionAfter());
      draft.versions(report.plan().versionBefore(), report.plan().versionAfter());
    }
  }

  private void recordBackups(RunnerReport report) {
    if (!report.backups().isEmpty()) {
      effects.add(new Effect.RecordBackups(report.backups()));
      run.backups(
          report.backups().stream()
              .map(backup -> BackupNames.of(seen.status().run().id(), backup))
              .toList());
    }
  }

  private boolean inputChanged() {
    return seen.source() instanceof Source.Resolved source
        && seen.database() instanceof Database.Usable usable
        && !MigrationPlanner.key(seen, source, usable).equals(seen.status().run().key());
  }

  private boolean singlePod() {
    return seen.database() instanceof Database.Usable usable && usable.singlePod();
  }

  private boolean expired() {
    return Duration.between(Instant.parse(run.build().startedAt()), seen.now())
            .compareTo(Duration.ofSeconds(seen.spec().activeDeadlineSeconds()))
        > 0;
  }

  private Duration elapsed() {
    return Duration.between(Instant.parse(run.build().stepStartedAt()), seen.now());
  }

  private Duration readinessDeadline() {
    return Duration.ofSeconds(seen.spec().rollback().readinessDeadlineSeconds());
  }

  private Duration snapshotDeadline() {
    return seen.database() instanceof Database.Usable usable
        ? Duration.ofSeconds(usable.spec().backup().volumeSnapshotDeadlineSeconds())
        : Duration.ofSeconds(300);
  }

  private static String progress(String what, JobState.Active active) {
    return active.started()
        ? what + " is running."
        : what + " waits for its pod. " + active.message();
  }

  private String currentMessage() {
    return seen.status().conditions().isEmpty()
        ? ""
        : seen.status().conditions().getFirst().message();
  }

  private String stopping() {
    return seen.workloads().isEmpty()
        ? "No workload uses the claim; nothing to stop."
        : "Stopping "
            + String.join(", ", seen.workloads().stream().map(w -> w.ref().display()).toList())
            + ".";
  }

  private static String migrating() {
    return "Backing up, migrating a copy, verifying it and swapping it in.";
  }

  private String undeclared() {
    return "The claim is in use by %s, which belongs to no workload of database %s. Stop it, or name its workload in the SQLiteDatabase."
        .formatted(String.join(", ", seen.undeclared()), database());
  }

  private String success() {
    return "Database %s is at version %s."
        .formatted(database(), orNone(run.build().versionAfter()));
  }

  private String database() {
    return seen.spec().databaseRef().name();
  }

  private static String orNone(String text) {
    return text == null ? "none" : text;
  }
}
