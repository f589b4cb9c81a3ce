package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationSpec;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.LocalReference;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.migration.RunObservation.Database;
import dev.litehaven.operator.migration.RunObservation.Obstacle;
import dev.litehaven.operator.migration.RunObservation.Workload;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.source.Source;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.operator.workload.WorkloadRef;
import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreReport;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.SwapReport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An observation to start from: a ready database, a source, one workload, nothing done yet. */
final class Given {
  static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  static final WorkloadRef SHOP = new WorkloadRef(WorkloadRef.Kind.DEPLOYMENT, "shop", "shop");
  static final DatabaseMigrationStatus NOTHING = DatabaseMigrationStatus.unobserved();

  Instant now = NOW;
  long generation = 1;
  boolean deleting = false;
  boolean finalizer = false;
  boolean suspend = false;
  long deadline = 60;
  DatabaseMigrationSpec.OnNotReady onNotReady = DatabaseMigrationSpec.OnNotReady.ROLLBACK;
  String snapshotClass = null;
  boolean singlePod = false;
  DatabaseMigrationStatus status = NOTHING;
  Database database = null;
  Source source = source("d1");
  Optional<String> streamOwner = Optional.empty();
  LockState lock = new LockState.Free();
  List<Workload> workloads = List.of(workload(new WorkloadPlan.Reached("There."), null));
  List<String> undeclared = List.of();
  Optional<Obstacle> beforeStop = Optional.empty();
  boolean barred = false;
  JobState job = new JobState.Absent();
  boolean runnersAlive = false;
  SnapshotState snapshot = new SnapshotState.Absent();
  Optional<String> rollbackOf = Optional.empty();
  Optional<String> backUnlessWritten = Optional.empty();
  Optional<String> requestedAt = Optional.empty();
  Work work = Work.MIGRATION;
  boolean onlyCompares = false;

  MigrationObservation seen() {
    return new MigrationObservation(
        spec(),
        status,
        source,
        streamOwner,
        rollbackOf,
        backUnlessWritten,
        Optional.empty(),
        new RunObservation(
            now,
            "shop",
            "orders",
            "uid-dbm",
            generation,
            deleting,
            finalizer,
            requestedAt,
            terms(),
            new RunObservation.Written(
                status.conditions(), status.nextAction(), status.lastHandledRequest()),
            status.run(),
            status.currentVersion(),
            database == null ? usable() : database,
            lock,
            workloads,
            undeclared,
            beforeStop,
            barred,
            job,
            runnersAlive,
            snapshot));
  }

  private RunObservation.Terms terms() {
    var asked = MigrationObserver.terms(spec());
    return new RunObservation.Terms(
        work,
        onlyCompares,
        asked.databaseName(),
        asked.activeDeadline(),
        asked.readinessDeadline(),
        asked.onNotReady());
  }

  MigrationPlan plan() {
    return MigrationPlanner.plan(seen());
  }

  DatabaseMigrationSpec spec() {
    return new DatabaseMigrationSpec(
        new LocalReference("shop-db"),
        new DatabaseMigrationSpec.Source(null, new LocalReference("sql")),
        null,
        null,
        null,
        null,
        new DatabaseMigrationSpec.Rollback(onNotReady, 30L),
        null,
        deadline,
        suspend);
  }

  Database.Usable usable() {
    return new Database.Usable(
        "shop-db",
        "uid-db",
        "shop/shop-db",
        new SQLiteDatabaseSpec(
            "data",
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            new SQLiteDatabaseSpec.Backup(null, snapshotClass, 20L, null, null),
            null,
            null,
            null),
        "uid-claim",
        singlePod,
        List.of(new DatabaseFile("main", "app.db")),
        new FileOwner(1000, 1000L, false),
        3);
  }

  static Source.Resolved source(String digest) {
    return new Source.Resolved(
        digest,
        List.of(new MigrationScript("1", "first", "CREATE TABLE t(x)", null, null, null)),
        Map.of());
  }

  static Workload workload(WorkloadPlan plan, String waitingTemplate) {
    return new Workload(
        SHOP,
        "uid-shop",
        plan,
        List.of(),
        Optional.ofNullable(waitingTemplate),
        Optional.of("v1"),
        Optional.empty());
  }

  /** In this step, entered now, with the pod of the step asked for. */
  Given in(RunStep step) {
    return in(step, 1);
  }

  Given in(RunStep step, int attempt) {
    var fresh = new Given();
    fresh.snapshotClass = snapshotClass;
    fresh.singlePod = singlePod;
    fresh.source = source;
    fresh.requestedAt = requestedAt;
    fresh.work = work;
    fresh.onlyCompares = onlyCompares;
    Run run = fresh.plan().status().run();
    finalizer = true;
    lock = new LockState.Held(7);
    return with(
        new Run(
            run.id(),
            step.name(),
            attempt,
            run.generation(),
            run.key(),
            run.sourceDigest(),
            run.claimUid(),
            run.claimName(),
            run.databaseUid(),
            List.of(new DatabaseMigrationStatus.HeldWorkload("Deployment", "shop", "uid-shop")),
            step == RunStep.LOCK ? null : 7L,
            NOW.toString(),
            NOW.toString(),
            null,
            false,
            null,
            null,
            List.of(),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null));
  }

  Given with(Run run) {
    status =
        new DatabaseMigrationStatus(
            generation,
            RunStep.valueOf(run.step()).phase(),
            null,
            null,
            null,
            List.of(
                new Condition(
                    Condition.READY,
                    Condition.FALSE,
                    generation,
                    "2026-03-01T11:00:00Z",
                    "Pending",
                    "Before.")),
            run,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            requestedAt.orElse(null),
            null);
    return this;
  }

  /** The run that is there, in this step with its pod asked for. */
  Given inStep(RunStep step) {
    var before = status;
    Run run = status.run();
    with(
        new Run(
            run.id(),
            step.name(),
            1,
            run.generation(),
            run.key(),
            run.sourceDigest(),
            run.claimUid(),
            run.claimName(),
            run.databaseUid(),
            List.of(new DatabaseMigrationStatus.HeldWorkload("Deployment", "shop", "uid-shop")),
            step == RunStep.LOCK ? null : 7L,
            NOW.toString(),
            NOW.toString(),
            null,
            run.swapped(),
            null,
            null,
            List.of(),
            null,
            run.versionBefore(),
            run.versionAfter(),
            null,
            null,
            null,
            run.undoes(),
            run.byForce()));
    status = keeping(before, status);
    return this;
  }

  /** What earlier runs have left, which {@link #with} leaves out. */
  private static DatabaseMigrationStatus keeping(
      DatabaseMigrationStatus before, DatabaseMigrationStatus now) {
    return new DatabaseMigrationStatus(
        now.observedGeneration(),
        now.phase(),
        before.currentVersion(),
        before.targetVersion(),
        before.sourceDigest(),
        now.conditions(),
        now.run(),
        null,
        before.runs(),
        before.succeededKey(),
        before.failedKey(),
        before.failedTemplate(),
        before.failedSwapped(),
        null,
        null,
        now.lastHandledRequest(),
        null);
  }

  Given outcome(Reason reason, String message, boolean swapped) {
    var before = status;
    Run run = status.run();
    with(
        new Run(
            run.id(),
            run.step(),
            run.attempt(),
            run.generation(),
            run.key(),
            run.sourceDigest(),
            run.claimUid(),
            run.claimName(),
            run.databaseUid(),
            run.workloads(),
            run.epoch(),
            run.startedAt(),
            run.stepStartedAt(),
            "plan-hash",
            swapped,
            reason.name(),
            message,
            List.of(),
            null,
            "1",
            "2",
            run.startedAt(),
            null,
            run.waitingTemplate(),
            run.undoes(),
            run.byForce()));
    status = before.runs().isEmpty() ? status : keeping(before, status);
    return this;
  }

  Given job(JobState state) {
    job = state;
    return this;
  }

  Given later(Duration by) {
    now = now.plus(by);
    return this;
  }

  Given deleted() {
    deleting = true;
    return this;
  }

  Given databaseGone() {
    database =
        new Database.Unusable(
            false, Reason.DATABASE_NOT_FOUND, "There is no SQLiteDatabase shop-db. Apply it.");
    return this;
  }

  Given sourceGone() {
    source =
        new Source.Problem(false, Reason.SOURCE_NOT_FOUND, "There is no ConfigMap sql. Apply it.");
    return this;
  }

  Given workloadIs(WorkloadPlan plan) {
    workloads = List.of(workload(plan, null));
    return this;
  }

  static JobState.Reported report(RunnerStep step, Outcome outcome, Reason reason) {
    return report(step, outcome, reason, null);
  }

  static JobState.Reported report(
      RunnerStep step, Outcome outcome, Reason reason, SwapReport swap) {
    boolean plan =
        outcome == Outcome.SUCCEEDED && (step == RunnerStep.PLAN || step == RunnerStep.MIGRATE);
    boolean restore =
        outcome == Outcome.SUCCEEDED && (step == RunnerStep.FETCH || step == RunnerStep.RESTORE);
    boolean backup =
        outcome == Outcome.SUCCEEDED && (step == RunnerStep.MIGRATE || step == RunnerStep.RESTORE);
    return new JobState.Reported(
        new RunnerReport(
            1,
            step,
            "m-1",
            7,
            outcome,
            reason,
            "The runner says " + reason.text() + ".",
            plan
                ? new PlanReport(
                    "plan-hash", "1", "2", List.of(), List.of(), 0, "", List.of(), 1, 2)
                : null,
            backup ? List.of(backup()) : List.of(),
            swap,
            null,
            restore
                ? new RestoreReport("b0", NOW.toString(), "1", List.of(), List.of(), 0, false)
                : null,
            null,
            Map.of()));
  }

  static BackupRecord backup() {
    return new BackupRecord(
        "b1",
        "PreMigration",
        "main",
        List.of("main"),
        "b1/manifest.json",
        1,
        2,
        "00",
        "11",
        3,
        "1",
        true,
        true,
        NOW.toString());
  }

  static SwapReport live(String which) {
    return new SwapReport("DONE", which, false, 0);
  }
}
