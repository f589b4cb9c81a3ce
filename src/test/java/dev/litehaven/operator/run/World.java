package dev.litehaven.operator.run;

import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.migration.Given;
import dev.litehaven.operator.migration.MigrationObservation;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.workload.WorkloadAction;
import dev.litehaven.operator.workload.WorkloadGoal;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Just enough of a cluster to run a migration in: locks, one volume, one workload, Jobs that do to
 * the volume what their script says. Looks at every change whether it breaks a promise.
 */
final class World {
  enum Pods {
    NONE,
    OLD,
    NEW
  }

  final Given given = new Given();
  final Map<RunnerStep, List<Fate>> script = new LinkedHashMap<>();
  final Map<String, PlayedJob> jobs = new LinkedHashMap<>();
  final List<String> broken = new ArrayList<>();
  boolean newTemplateWorks = true;
  boolean startIsRefused = false;
  boolean stopAgainIsRefused = false;
  boolean snapshotNeverReady = false;
  Disk disk = Disk.OLD;
  Pods pods = Pods.OLD;
  String heldBy = null;
  String lockHolder = null;
  long epoch = 3;
  boolean claimProtected = false;
  boolean exists = true;
  boolean recoveryImpossible = false;
  DatabaseMigrationStatus status = Given.NOTHING;
  private Pods ranAtTheStop = Pods.OLD;
  private int podAge = 10;
  private int leaving = 0;
  private Instant now = Given.NOW;
  private Instant snapshotMade = null;

  Instant now() {
    return now;
  }

  MigrationObservation observe() {
    Run run = status.run();
    given.now = now;
    given.status = status;
    given.workloads = List.of(Given.workload(workload(run), null));
    given.lock = lock(run);
    String name = run == null ? null : RunLocks.jobName(run, given.work);
    given.job = name == null ? new JobState.Absent() : look(name, run);
    given.runnersAlive = jobs.values().stream().anyMatch(PlayedJob::alive);
    given.snapshot = snapshot();
    return given.seen();
  }

  private LockState lock(Run run) {
    return lockHolder == null || run == null
        ? new LockState.Free()
        : lockHolder.equals(run.id())
            ? new LockState.Held(epoch)
            : new LockState.HeldByOther(lockHolder, "long ago");
  }

  private SnapshotState snapshot() {
    return snapshotMade == null
        ? new SnapshotState.Absent()
        : snapshotNeverReady || Duration.between(snapshotMade, now).toSeconds() < 2
            ? new SnapshotState.Pending("snap", "")
            : new SnapshotState.ReadyToUse("snap");
  }

  private JobState look(String name, Run run) {
    PlayedJob job = jobs.get(name);
    if (job == null) {
      return new JobState.Absent();
    }
    if (job.end instanceof JobState.Reported && job.epoch != run.epoch()) {
      broken.add("a report of epoch " + job.epoch + " is read for epoch " + run.epoch());
    }
    return job.end != null
        ? job.end
        : new JobState.Active(job.started, job.started ? "" : "No node fits.");
  }

  private WorkloadPlan workload(Run run) {
    Optional<WorkloadGoal> goal =
        run == null
            ? Optional.empty()
            : RunWorkloads.goal(
                run,
                Optional.empty(),
                Optional.of(new WorkloadGoal.Template.Named("before")),
                given.work);
    return goal.map(wanted -> towards(wanted, run)).orElse(new WorkloadPlan.Reached("Unasked."));
  }

  private WorkloadPlan towards(WorkloadGoal goal, Run run) {
    return switch (goal) {
      case WorkloadGoal.Stopped _ -> {
        if (stopAgainIsRefused && run.step().equals(RunStep.STOP_AGAIN.name())) {
          yield new WorkloadPlan.Refuse(Reason.WORKLOAD_NOT_SUPPORTED, "It cannot be stopped.");
        }
        yield heldBy == null
            ? act("hold")
            : pods != Pods.NONE ? act("delete") : leaving > 0 ? still("leaving") : there();
      }
      case WorkloadGoal.Started started -> {
        Pods wanted =
            switch (started.template()) {
              case WorkloadGoal.Template.New _ -> Pods.NEW;
              case WorkloadGoal.Template.Old _ -> ranAtTheStop;
              // What ran before the run that is undone.
              case WorkloadGoal.Template.Named _ -> Pods.OLD;
            };
        if (startIsRefused) {
          yield new WorkloadPlan.Refuse(Reason.WORKLOAD_NOT_READY, "Its template is gone.");
        }
        if (heldBy == null) {
          yield act("hold");
        }
        if (pods != Pods.NONE && pods != wanted) {
          yield act("delete");
        }
        if (leaving > 0) {
          yield still("leaving");
        }
        if (pods == Pods.NONE) {
          yield act("open " + wanted);
        }
        // What a restore brings is other data for the code that ran.
        boolean works =
            newTemplateWorks
                || (given.work == Work.RESTORE ? disk == Disk.OLD : wanted == Pods.OLD);
        yield podAge > 3 && works ? there() : still("starting");
      }
      case WorkloadGoal.Released _ -> heldBy == null ? there() : act("release");
    };
  }

  private static WorkloadPlan there() {
    return new WorkloadPlan.Reached("There.");
  }

  private static WorkloadPlan still(String what) {
    return new WorkloadPlan.Wait(Reason.STARTING, "Its pod is still " + what + ".");
  }

  private static WorkloadPlan act(String what) {
    return new WorkloadPlan.Act(
        Reason.STARTING, what, List.of(new WorkloadAction.DeletePod(what, "uid")));
  }

  /** Thrown where the API server does not take a Job. */
  static final class NotTaken extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  void apply(Effect effect) {
    Run run = status.run();
    switch (effect) {
      case Effect.AddFinalizer _ -> given.finalizer = true;
      case Effect.RemoveFinalizer _ -> {
        given.finalizer = false;
        exists = !given.deleting;
      }
      case Effect.TakeLocks _ -> {
        if (lockHolder == null) {
          lockHolder = run.id();
          epoch++;
        }
      }
      case Effect.RaiseEpoch _ -> {
        if (!run.id().equals(lockHolder)) {
          throw new IllegalStateException("raises a lock that it does not have");
        }
        epoch++;
      }
      case Effect.ReleaseLocks _ -> {
        if (run.id().equals(lockHolder)) {
          lockHolder = null;
        }
        check(
            jobs.values().stream().noneMatch(PlayedJob::alive), "lock let go beside a live runner");
        check(heldBy == null, "lock let go while the workload is held");
      }
      case Effect.ProtectClaim _ -> claimProtected = true;
      case Effect.UnprotectClaim _ -> claimProtected = false;
      case Effect.StartJob _ -> start(run);
      case Effect.DeleteJob _ -> {
        PlayedJob job = jobs.get(String.valueOf(RunLocks.jobName(run, given.work)));
        if (job != null) {
          job.deleted = true;
        }
      }
      case Effect.ExpireJob _, Effect.RecordBackups _, Effect.RecordSnapshot _ -> {}
      case Effect.CreateSnapshot _ -> snapshotMade = snapshotMade == null ? now : snapshotMade;
      case Effect.ActOnWorkload act ->
          act.actions().forEach(action -> act(((WorkloadAction.DeletePod) action).name(), run));
    }
  }

  private void act(String what, Run run) {
    switch (what) {
      case "hold" -> {
        heldBy = run.id();
        ranAtTheStop = pods == Pods.NONE ? ranAtTheStop : pods;
      }
      case "delete" -> {
        pods = Pods.NONE;
        leaving = 2;
      }
      case "release" -> heldBy = null;
      case "open OLD" -> open(Pods.OLD);
      case "open NEW" -> open(Pods.NEW);
      default -> throw new IllegalArgumentException(what);
    }
  }

  private void open(Pods template) {
    pods = template;
    podAge = 0;
    check(
        jobs.values().stream().noneMatch(job -> job.alive() && job.step != RunnerStep.SETTLE),
        "a pod is let in beside a live runner");
    check(
        template != Pods.NEW || disk == Disk.NEW || recoveryImpossible,
        "new code on the database " + disk);
    check(
        template != Pods.OLD
            || disk == Disk.OLD
            || given.work == Work.RESTORE && disk == Disk.NEW
            || recoveryImpossible,
        "old code on the database " + disk);
  }

  private void start(Run run) {
    RunnerStep step = given.work.runnerStep(RunStep.valueOf(run.step())).orElseThrow();
    String name = RunLocks.jobName(run, given.work);
    if (jobs.containsKey(name)) {
      return;
    }
    Fate fate = fate(step);
    if (fate == Fate.NOT_TAKEN) {
      recoveryImpossible |= step == RunnerStep.RECOVER;
      throw new NotTaken();
    }
    check(jobs.values().stream().noneMatch(PlayedJob::alive), "two runners at once");
    check(run.id().equals(lockHolder), "a runner without the lock");
    jobs.put(name, new PlayedJob(step, fate, run.epoch()));
  }

  private Fate fate(RunnerStep step) {
    List<Fate> left = script.getOrDefault(step, List.of());
    if (left.isEmpty()) {
      return Fate.SUCCEEDS;
    }
    Fate next = left.getFirst();
    if (left.size() > 1) {
      script.put(step, left.subList(1, left.size()));
    }
    return next;
  }

  /** Time goes by. */
  void tick(Duration by) {
    now = now.plus(by);
    podAge++;
    leaving = Math.max(0, leaving - 1);
    for (PlayedJob job : List.copyOf(jobs.values())) {
      tick(job);
    }
    jobs.values().removeIf(job -> job.deleted && !job.alive());
  }

  private void tick(PlayedJob job) {
    if (!job.alive()) {
      return;
    }
    job.age++;
    job.leaving += job.deleted ? 1 : 0;
    if (!job.started) {
      if (job.fate != Fate.NEVER_STARTS) {
        // Also one that is asked to go: the kubelet had it in its hands already.
        job.started = job.age > 1;
      } else if (job.leaving > 2) {
        job.end = new JobState.Lost(false, "Deleted before it started.");
      } else if (job.step == RunnerStep.RECOVER) {
        recoveryImpossible = true;
      }
      return;
    }
    check(
        pods == Pods.NONE
            || job.step == RunnerStep.PLAN
            || job.step == RunnerStep.FETCH
            || job.step == RunnerStep.RESTORE && given.onlyCompares
            || job.step == RunnerStep.SETTLE,
        job.step + " runs beside the workload");
    // One that is asked to go still ends what it is doing.
    if (job.age > 3 || job.leaving > 2) {
      job.end = end(job);
    }
  }

  private JobState end(PlayedJob job) {
    if (job.fate == Fate.LOST_BEFORE) {
      return lost(job);
    }
    if (job.fate == Fate.LOST_HALF_WAY) {
      disk =
          switch (job.step) {
            case MIGRATE, RESTORE, ROLLBACK -> given.onlyCompares ? disk : Disk.HALF;
            default -> disk;
          };
      return lost(job);
    }
    if (job.step == RunnerStep.ROLLBACK && disk != Disk.NEW && job.fate != Fate.FAILS) {
      // It finishes what an earlier one began before it decides anything.
      disk = Disk.OLD;
      return job.fate == Fate.LOST_AFTER
          ? lost(job)
          : says(job, Outcome.SUCCEEDED, Reason.SUCCEEDED);
    }
    if (job.fate == Fate.REFUSES) {
      recoveryImpossible |= job.step == RunnerStep.RECOVER;
      return says(job, Outcome.REFUSED, Reason.SCRIPT_FAILED);
    }
    if (job.fate == Fate.FAILS) {
      return says(job, Outcome.FAILED, Reason.NO_SPACE);
    }
    if (job.fate == Fate.INTERRUPTED) {
      return says(job, Outcome.FAILED, Reason.INTERRUPTED);
    }
    if (job.fate == Fate.NEEDS_DECISION) {
      return says(
          job,
          Outcome.NEEDS_DECISION,
          job.step == RunnerStep.ROLLBACK ? Reason.ROLLBACK_NEEDS_DECISION : Reason.DIVERGED);
    }
    switch (job.step) {
      case MIGRATE, RESTORE -> {
        if (!given.onlyCompares) {
          disk = job.fate == Fate.UP_TO_DATE ? settled() : Disk.NEW;
        }
      }
      case ROLLBACK -> disk = Disk.OLD;
      case RECOVER -> disk = settled();
      default -> {}
    }
    return job.fate == Fate.LOST_AFTER
        ? lost(job)
        : says(
            job,
            Outcome.SUCCEEDED,
            job.fate == Fate.UP_TO_DATE && disk != Disk.NEW ? Reason.UP_TO_DATE : Reason.SUCCEEDED);
  }

  private Disk settled() {
    return disk == Disk.NEW ? Disk.NEW : Disk.OLD;
  }

  private JobState lost(PlayedJob job) {
    return new JobState.Lost(true, "Pod of " + job.step + " is gone.");
  }

  private JobState says(PlayedJob job, Outcome outcome, Reason reason) {
    RunnerReport report =
        Reports.report(job.step, outcome, reason, Reports.live(disk == Disk.NEW ? "new" : "old"))
            .report();
    return new JobState.Reported(report);
  }

  private void check(boolean holds, String otherwise) {
    if (!holds) {
      broken.add(otherwise + " (step " + (status.run() == null ? "-" : status.run().step()) + ")");
    }
  }
}
