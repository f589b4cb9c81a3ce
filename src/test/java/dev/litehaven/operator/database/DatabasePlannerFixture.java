package dev.litehaven.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.crd.CrdBounds;
import dev.litehaven.operator.database.DatabaseObservation.Migration;
import dev.litehaven.operator.database.DatabasePlan.Effect;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.operator.workload.AppImage;
import dev.litehaven.operator.workload.PodState;
import dev.litehaven.operator.workload.Quiesced;
import dev.litehaven.operator.workload.Rollout;
import dev.litehaven.operator.workload.TemplateState;
import dev.litehaven.operator.workload.WorkloadAction;
import dev.litehaven.operator.workload.WorkloadObservation;
import dev.litehaven.operator.workload.WorkloadRef;
import dev.litehaven.protocol.InspectReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;

/** A database as it is seen; whatever is planned, its status must be in order. */
abstract class DatabasePlannerFixture {
  private static final CrdBounds BOUNDS = CrdBounds.status("sqlitedatabases");
  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  static final WorkloadRef SHOP = new WorkloadRef(WorkloadRef.Kind.DEPLOYMENT, "shop", "shop");
  static final LockState BUSY = new LockState.HeldByOther("DatabaseMigration/orders/m-1", "noon");

  Instant now = START;
  long generation = 1;
  SQLiteDatabaseSpec.Mode mode = SQLiteDatabaseSpec.Mode.MANAGE;
  List<SQLiteDatabaseSpec.File> files = List.of();
  SQLiteDatabaseStatus status = SQLiteDatabaseStatus.unobserved();
  Optional<VolumeUse.Claim> claim = Optional.of(claim(true));
  RunnerPod.Identity identity = new RunnerPod.Identity(1000L, 1000L, 1000L, List.of(), null);
  String node = "node-1";
  int replicas = 1;
  List<PodState> pods = List.of(pod("shop-1", "v1", false, START, null));
  Optional<Quiesced> quiesced = Optional.empty();
  boolean paused = false;
  List<Migration> siblings = List.of();
  List<WorkloadRef> missing = List.of();
  boolean exclusivelyHeld = false;
  List<String> others = List.of();
  String subPathExpr = null;
  LockState lock = new LockState.Free();
  JobState inspection = new JobState.Absent();
  List<Migration> migrations = List.of();
  Optional<String> requestedAt = Optional.empty();
  List<WorkloadRef> abandoned = List.of();
  boolean deleting = false;
  Optional<String> admit = Optional.empty();
  SQLiteDatabaseSpec.OnDowngrade onDowngrade = null;
  List<DatabaseObservation.Backup> backups = List.of();
  SQLiteDatabaseSpec.Bootstrap bootstrap = null;
  Optional<DatabaseObservation.Restore> restore = Optional.empty();
  DatabasePlan plan;

  @AfterEach
  void statusIsInOrder() {
    if (plan == null) {
      return;
    }
    BOUNDS.check(plan.status());
    var conditions = plan.status().conditions();
    assertThat(conditions)
        .allSatisfy(
            one -> {
              assertThat(one.observedGeneration()).isEqualTo(generation);
              assertThat(one.message()).isNotBlank();
            });
    assertThat(conditions.stream().filter(one -> Condition.TRUE.equals(one.status())).count())
        .as("one of Ready, Reconciling, Stalled: %s", conditions)
        .isEqualTo(1);
    if (is(Condition.STALLED) || reason().equals(Reason.DOWNGRADE_HELD.text())) {
      assertThat(plan.status().nextAction()).isNotBlank();
    } else {
      assertThat(plan.status().nextAction()).isNull();
    }
  }

  void found(InspectReport.FileInfo... infos) {
    lock = new LockState.Held(4);
    inspection =
        report(
            Outcome.SUCCEEDED,
            Reason.SUCCEEDED,
            new InspectReport(List.of(infos), "ext4", 1, 2, null, 9));
  }

  void healthy() {
    found(file("app.db", null));
    plan = DatabasePlanner.plan(seen());
    remember();
  }

  /** The status is written, the lock let go, and the next look has a Job of its own. */
  void remember() {
    status = plan.status();
    lock = new LockState.Free();
    inspection = new JobState.Absent();
  }

  void expect(String type, Reason reason) {
    plan = DatabasePlanner.plan(seen());
    assertThat(is(type)).as("%s in %s", type, plan.status().conditions()).isTrue();
    assertThat(plan.status().conditions())
        .extracting(Condition::reason)
        .containsOnly(reason.text());
  }

  boolean is(String type) {
    return plan.status().conditions().stream()
        .anyMatch(one -> one.type().equals(type) && Condition.TRUE.equals(one.status()));
  }

  String reason() {
    return plan.status().conditions().getFirst().reason();
  }

  String message() {
    return plan.status().conditions().getFirst().message();
  }

  List<String> opened() {
    return plan.effects().stream()
        .filter(Effect.ActOnWorkload.class::isInstance)
        .flatMap(effect -> ((Effect.ActOnWorkload) effect).actions().stream())
        .filter(WorkloadAction.OpenPod.class::isInstance)
        .map(action -> ((WorkloadAction.OpenPod) action).name())
        .toList();
  }

  DatabaseObservation seen() {
    return new DatabaseObservation(
        now,
        "shop",
        "shop-db",
        "uid-db",
        generation,
        new SQLiteDatabaseSpec(
            "data", mode, null, files, null, null, null, null, null, null, onDowngrade, bootstrap),
        status,
        new VolumeUse(
            claim,
            List.of(workload()),
            missing,
            others,
            List.of(),
            new VolumeUse.Mount("/data", null, identity, node, List.of(), subPathExpr)),
        lock,
        exclusivelyHeld,
        inspection,
        migrations,
        siblings,
        backups,
        backups.stream().findFirst(),
        requestedAt,
        admit,
        abandoned,
        restore,
        deleting);
  }

  private WorkloadObservation workload() {
    return new WorkloadObservation(
        SHOP,
        "uid-shop",
        "17",
        false,
        true,
        replicas,
        new Rollout.OfDeployment(paused, false, 1, 0, Integer.MAX_VALUE),
        true,
        Optional.of(pods.getLast().template()),
        pods.stream()
            .map(PodState::template)
            .distinct()
            .map(
                hash ->
                    new TemplateState(
                        hash,
                        Long.parseLong(hash.substring(1)),
                        true,
                        1,
                        List.of("shop:" + hash),
                        ""))
            .toList(),
        pods,
        quiesced,
        List.of(),
        "",
        Map.of(),
        List.of(),
        List.of());
  }

  static PodState pod(String name, String template, boolean gated, Instant created, String schema) {
    return new PodState(
        name,
        "uid-" + name,
        "5",
        created,
        template,
        gated ? OptionalInt.of(0) : OptionalInt.empty(),
        PodState.Phase.LIVE,
        !gated,
        !gated,
        false,
        gated ? "" : "node-1",
        PodState.NodeState.NOT_CHECKED,
        false,
        "",
        List.of(),
        Optional.ofNullable(schema),
        Optional.of(new AppImage("shop:" + template, "")));
  }

  static Migration migration(String name, boolean ready, String version) {
    return new Migration(name, "default", ready, version, false, List.of(), Optional.empty());
  }

  static VolumeUse.Claim claim(boolean bound) {
    return claim(bound, false);
  }

  static VolumeUse.Claim claim(boolean bound, boolean singlePod) {
    return new VolumeUse.Claim("data", "uid-claim", bound, singlePod, false);
  }

  static InspectReport.FileInfo file(String path, Reason problem) {
    return new InspectReport.FileInfo(
        path.replace('/', '-'),
        path,
        4096,
        "wal",
        4096,
        null,
        null,
        3,
        1000,
        1000,
        false,
        problem,
        problem == null ? null : path + " cannot be used. Look at it. " + "x".repeat(2000));
  }

  static JobState report(Outcome outcome, Reason reason, InspectReport inspect) {
    return new JobState.Reported(
        new RunnerReport(
            1,
            RunnerStep.INSPECT,
            "i-1",
            4,
            outcome,
            reason,
            "The runner says " + reason.text() + ".",
            null,
            List.of(),
            null,
            inspect,
            Map.of()));
  }
}
