package dev.litehaven.operator.restore;

import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Mode;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.NewClaim;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Source;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Tables;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Transform;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import dev.litehaven.api.v1alpha1.LocalReference;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.backup.Place;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.run.RunObservation;
import dev.litehaven.operator.run.RunObservation.Workload;
import dev.litehaven.operator.run.RunStep;
import dev.litehaven.operator.run.Work;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.operator.workload.WorkloadRef;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreReport;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A restore to start from: in place, of the newest verified backup, nothing done yet. */
final class GivenRestore {
  static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  static final String UID = "uid-db";

  Mode mode = Mode.IN_PLACE;
  String databaseUid = UID;
  Tables tables = null;
  Transform transform = null;
  boolean dryRun = false;
  boolean deleting = false;
  boolean finalizer = false;
  DatabaseRestoreStatus status = DatabaseRestoreStatus.unobserved();
  RestoreSource source =
      new RestoreSource.Found(new Place.OnVolume("data"), "shop/shop-db", null, null, true);
  String protectedMode = null;
  RestoreObservation.Target target = new RestoreObservation.Target.Ours();
  RunObservation.Database database = usable();
  LockState lock = new LockState.Free();
  JobState job = new JobState.Absent();
  WorkloadPlan workload = new WorkloadPlan.Reached("There.");

  DatabaseRestoreSpec spec() {
    return new DatabaseRestoreSpec(
        new LocalReference("shop-db"),
        new Source(null, DatabaseRestoreSpec.Latest.VERIFIED, null, null),
        mode,
        databaseUid,
        mode == Mode.NEW_CLAIM ? new NewClaim("copy", null, null, null) : null,
        tables,
        transform,
        dryRun,
        null,
        30L,
        60L);
  }

  static RunObservation.Database.Usable usable() {
    return new RunObservation.Database.Usable(
        "shop-db",
        UID,
        "shop/shop-db",
        new SQLiteDatabaseSpec(
            "data", null, null, null, null, null, null, null, null, null, null, null),
        "uid-claim",
        false,
        List.of(new DatabaseFile("main", "app.db")),
        new FileOwner(1000, 1000L, false),
        3);
  }

  RestoreObservation seen() {
    var run =
        new RunObservation(
            NOW,
            "shop",
            "back",
            "uid-dbr",
            1,
            deleting,
            finalizer,
            Optional.empty(),
            RestoreObserver.terms(spec()),
            new RunObservation.Written(
                status.conditions(), status.nextAction(), status.lastHandledRequest()),
            status.run(),
            "2",
            database,
            lock,
            List.of(
                new Workload(
                    new WorkloadRef(WorkloadRef.Kind.DEPLOYMENT, "shop", "shop"),
                    "uid-shop",
                    workload,
                    List.of(),
                    Optional.empty(),
                    Optional.of("v1"),
                    Optional.empty())),
            List.of(),
            Optional.empty(),
            false,
            job,
            false,
            new SnapshotState.Absent());
    return new RestoreObservation(
        spec(),
        status,
        source,
        Optional.of(new RestoreObservation.Database("shop-db", UID, protectedMode)),
        mode == Mode.NEW_CLAIM ? Optional.of(target) : Optional.empty(),
        run);
  }

  RestorePlan plan() {
    return RestorePlanner.plan(seen());
  }

  /** What the plan says becomes what is; Jobs and locks are the test's. */
  RestorePlan turn() {
    RestorePlan plan = plan();
    status = plan.status();
    return plan;
  }

  /** Goes on until the run is in this step, with everything at hand that it asks for. */
  GivenRestore upTo(RunStep step) {
    lock = new LockState.Held(7);
    for (int turns = 0; turns < 50; turns++) {
      Run run = status.run();
      if (run != null && RunStep.valueOf(run.step()) == step) {
        job = new JobState.Absent();
        return this;
      }
      job =
          run == null
              ? new JobState.Absent()
              : Work.RESTORE
                  .runnerStep(RunStep.valueOf(run.step()))
                  .<JobState>map(runner -> report(runner, Outcome.SUCCEEDED, Reason.SUCCEEDED))
                  .orElseGet(JobState.Absent::new);
      turn();
    }
    throw new AssertionError("never in " + step + ": " + status);
  }

  static JobState report(RunnerStep step, Outcome outcome, Reason reason) {
    return new JobState.Reported(
        new RunnerReport(
            1,
            step,
            "r-1",
            7,
            outcome,
            reason,
            "The runner says " + reason.text() + ".",
            null,
            List.of(),
            null,
            null,
            new RestoreReport(
                "b7",
                "2026-02-28T00:00:00Z",
                "1",
                List.of(new RestoreReport.PassedOver("b8", Reason.BACKUP_DAMAGED, "cut short")),
                List.of(new RestoreReport.TableChange("users", 3, -1, 0, 3, 0)),
                1,
                false),
            null,
            Map.of()));
  }
}
