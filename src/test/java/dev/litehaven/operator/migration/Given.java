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
import dev.litehaven.operator.run.RunObservation;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.run.RunObservation.Obstacle;
import dev.litehaven.operator.run.RunObservation.Workload;
import dev.litehaven.operator.run.RunStep;
import dev.litehaven.operator.run.Work;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.source.Source;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.operator.workload.WorkloadRef;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An observation to start from: a ready database, a source, one workload, nothing done yet. */
public final class Given {
  public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  public static final WorkloadRef SHOP =
      new WorkloadRef(WorkloadRef.Kind.DEPLOYMENT, "shop", "shop");
  public static final DatabaseMigrationStatus NOTHING = DatabaseMigrationStatus.unobserved();

  public Instant now = NOW;
  public long generation = 1;
  public boolean deleting = false;
  public boolean finalizer = false;
  public boolean suspend = false;
  public long deadline = 60;
  public DatabaseMigrationSpec.OnNotReady onNotReady = DatabaseMigrationSpec.OnNotReady.ROLLBACK;
  public String snapshotClass = null;
  public boolean singlePod = false;
  public DatabaseMigrationStatus status = NOTHING;
  public Database database = null;
  public Source source = source("d1");
  public Optional<String> streamOwner = Optional.empty();
  public LockState lock = new LockState.Free();
  public List<Workload> workloads = List.of(workload(new WorkloadPlan.Reached("There."), null));
  public List<String> undeclared = List.of();
  public Optional<Obstacle> beforeStop = Optional.empty();
  public boolean barred = false;
  public JobState job = new JobState.Absent();
  public boolean runnersAlive = false;
  public SnapshotState snapshot = new SnapshotState.Absent();
  public Optional<String> rollbackOf = Optional.empty();
  public Optional<String> backUnlessWritten = Optional.empty();
  public Optional<String> requestedAt = Optional.empty();
  public Work work = Work.MIGRATION;
  public boolean onlyCompares = false;

  public MigrationObservation seen() {
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

  public MigrationPlan plan() {
    return MigrationPlanner.plan(seen());
  }

  public DatabaseMigrationSpec spec() {
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

  public Database.Usable usable() {
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

  public static Source.Resolved source(String digest) {
    return new Source.Resolved(
        digest,
        List.of(new MigrationScript("1", "first", "CREATE TABLE t(x)", null, null, null)),
        Map.of());
  }

  public static Workload workload(WorkloadPlan plan, String waitingTemplate) {
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
  public Given in(RunStep step) {
    return in(step, 1);
  }

  public Given in(RunStep step, int attempt) {
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

  public Given with(Run run) {
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
  public Given inStep(RunStep step) {
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

  public Given outcome(Reason reason, String message, boolean swapped) {
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

  public Given job(JobState state) {
    job = state;
    return this;
  }

  public Given later(Duration by) {
    now = now.plus(by);
    return this;
  }

  public Given deleted() {
    deleting = true;
    return this;
  }

  public Given databaseGone() {
    database =
        new Database.Unusable(
            false, Reason.DATABASE_NOT_FOUND, "There is no SQLiteDatabase shop-db. Apply it.");
    return this;
  }

  public Given sourceGone() {
    source =
        new Source.Problem(false, Reason.SOURCE_NOT_FOUND, "There is no ConfigMap sql. Apply it.");
    return this;
  }

  public Given workloadIs(WorkloadPlan plan) {
    workloads = List.of(workload(plan, null));
    return this;
  }
}
