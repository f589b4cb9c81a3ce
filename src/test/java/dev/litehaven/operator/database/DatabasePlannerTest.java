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
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DatabasePlannerTest {
  private static final CrdBounds BOUNDS = CrdBounds.status("sqlitedatabases");
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final WorkloadRef SHOP =
      new WorkloadRef(WorkloadRef.Kind.DEPLOYMENT, "shop", "shop");
  private static final LockState BUSY =
      new LockState.HeldByOther("DatabaseMigration/orders/m-1", "noon");

  private Instant now = START;
  private long generation = 1;
  private SQLiteDatabaseSpec.Mode mode = SQLiteDatabaseSpec.Mode.MANAGE;
  private List<SQLiteDatabaseSpec.File> files = List.of();
  private SQLiteDatabaseStatus status =
      new SQLiteDatabaseStatus(
          -1L, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
          null);
  private Optional<VolumeUse.Claim> claim = Optional.of(claim(true));
  private RunnerPod.Identity identity =
      new RunnerPod.Identity(1000L, 1000L, 1000L, List.of(), null);
  private int replicas = 1;
  private List<PodState> pods = List.of(pod("shop-1", "v1", false, START, null));
  private Optional<Quiesced> quiesced = Optional.empty();
  private boolean paused = false;
  private List<Migration> siblings = List.of();
  private List<WorkloadRef> missing = List.of();
  private LockState lock = new LockState.Free();
  private JobState inspection = new JobState.Absent();
  private List<Migration> migrations = List.of();
  private Optional<String> requestedAt = Optional.empty();
  private List<WorkloadRef> abandoned = List.of();
  private DatabasePlan plan;

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
    if (is(Condition.STALLED)) {
      assertThat(plan.status().nextAction()).isNotBlank();
    } else {
      assertThat(plan.status().nextAction()).isNull();
    }
  }

  @Test
  void anUnknownClaimIsWaitedFor() {
    claim = Optional.empty();
    expect(Condition.RECONCILING, Reason.CLAIM_NOT_FOUND);
    assertThat(plan.effects()).isEmpty();
  }

  @Test
  void anUnboundClaimIsWaitedForAndItsFirstPodLetIn() {
    claim = Optional.of(claim(false));
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), null));
    expect(Condition.RECONCILING, Reason.CLAIM_NOT_BOUND);
    assertThat(opened()).containsExactly("shop-1");
  }

  @Test
  void aWorkloadThatIsNamedAndMissingIsWaitedFor() {
    missing = List.of(new WorkloadRef(WorkloadRef.Kind.STATEFUL_SET, "shop", "gone"));
    expect(Condition.RECONCILING, Reason.WORKLOAD_NOT_SUPPORTED);
  }

  @Test
  void aWorkloadThatRunsAsRootStalls() {
    identity = new RunnerPod.Identity(0L, 0L, null, List.of(), null);
    expect(Condition.STALLED, Reason.WRONG_OWNER);
    assertThat(plan.status().nextAction()).contains("allowRoot");
  }

  @Test
  void aWorkloadThatCannotBeHeldStalls() {
    replicas = 2;
    expect(Condition.STALLED, Reason.WORKLOAD_NOT_SUPPORTED);
  }

  /** Another database on the claim must not wait for what stands in the way of this one. */
  @Test
  void whatStandsInTheWayLetsTheLockGo() {
    replicas = 2;
    lock = new LockState.Held(4);
    expect(Condition.STALLED, Reason.WORKLOAD_NOT_SUPPORTED);
    assertThat(plan.effects()).contains(new Effect.ReleaseLock());
  }

  @Test
  void theFirstLookTakesTheLockAndThenThePod() {
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());
    lock = new LockState.Held(4);
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.effects()).containsExactly(new Effect.StartInspection());
  }

  @Test
  void whileSomebodyWorksOnTheVolumeItIsNotLookedAt() {
    lock = BUSY;
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.effects()).isEmpty();
    assertThat(plan.status().operation().holder()).isEqualTo("DatabaseMigration/orders/m-1");
    assertThat(plan.status().operation().runId()).isEqualTo("m-1");
  }

  @Test
  void whatWasFoundIsSaidAndTheLockLetGo() {
    found(file("app.db", null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.effects()).containsExactly(new Effect.ReleaseLock());
    assertThat(plan.status().files())
        .singleElement()
        .satisfies(file -> assertThat(file.ownerUid()).isEqualTo(1000));
    assertThat(plan.status().highestEpoch()).isEqualTo(9);
    assertThat(plan.status().identity()).isEqualTo("shop/shop-db");
  }

  @Test
  void whatWasLookedAtIsNotLookedAtAgain() {
    healthy();
    now = START.plus(Duration.ofDays(1));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.effects()).isEmpty();
  }

  @Test
  void aNewGenerationIsLookedAtAgainAndNotReadyMeanwhile() {
    healthy();
    generation = 2;
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());
  }

  @Test
  void askingLooksAgain() {
    healthy();
    requestedAt = Optional.of("now");
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.status().lastHandledRequest()).isEqualTo("now");
  }

  @Test
  void severalFilesStallWithTheirNames() {
    found(file("a.db", null), file("b.db", null));
    expect(Condition.STALLED, Reason.SEVERAL_FILES);
    assertThat(plan.status().nextAction()).contains("a.db").contains("b.db").contains("exclude");
    assertThat(plan.notes()).singleElement().satisfies(note -> assertThat(note.warning()).isTrue());
  }

  @Test
  void hundredsOfFilesFitTheStatus() {
    found(
        IntStream.range(0, 300)
            .mapToObj(i -> file("d/" + i + ".db", null))
            .toArray(InspectReport.FileInfo[]::new));
    expect(Condition.STALLED, Reason.SEVERAL_FILES);
    assertThat(plan.status().files()).hasSize(32);
  }

  @Test
  void aBrokenFileStallsWithItsReason() {
    found(file("app.db", Reason.ENCRYPTED));
    expect(Condition.STALLED, Reason.ENCRYPTED);
    assertThat(plan.status().files())
        .singleElement()
        .satisfies(file -> assertThat(file.problem()).isEqualTo("Encrypted"));
  }

  @Test
  void aBrokenFileBesideAGoodOneIsNotTheDatabase() {
    found(file("cache.db", Reason.TRUNCATED), file("app.db", null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.status().files()).extracting("path").containsExactly("app.db");
  }

  @Test
  void aNamedFileThatIsNotThereStalls() {
    files = List.of(new SQLiteDatabaseSpec.File("main", "app.db"));
    found(file("other.db", null));
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
  }

  @Test
  void aRefusedLookStallsWithTheRunnersWords() {
    lock = new LockState.Held(4);
    inspection = report(Outcome.REFUSED, Reason.NETWORK_FILESYSTEM, null);
    expect(Condition.STALLED, Reason.NETWORK_FILESYSTEM);
    assertThat(plan.effects()).containsExactly(new Effect.ReleaseLock());
  }

  /** An app makes its file when it first starts. */
  @Test
  void whatCannotBeUsedIsLookedAtAgainAndEverLessOften() {
    found();
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
    remember();
    now = START.plusSeconds(9);
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
    assertThat(plan.effects()).isEmpty();
    now = START.plusSeconds(10);
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());

    now = START.plus(Duration.ofHours(1));
    found();
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
    remember();
    now = now.plusSeconds(60);
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
    assertThat(plan.effects()).isEmpty();
    now = now.plus(Duration.ofMinutes(5));
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());
  }

  @Test
  void aLostLookIsMadeAgainButNotAtOnce() {
    lock = new LockState.Held(4);
    inspection = new JobState.Lost(true, "Pod p left no report: OOMKilled.");
    expect(Condition.RECONCILING, Reason.RUNNER_FAILED);
    assertThat(plan.effects()).containsExactly(new Effect.ReleaseLock());
    remember();
    now = START.plusSeconds(5);
    expect(Condition.RECONCILING, Reason.RUNNER_FAILED);
    assertThat(plan.effects()).isEmpty();
    assertThat(message()).contains("OOMKilled");
    now = START.plusSeconds(10);
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());
  }

  @Test
  void aLookThatTheClusterDoesNotTakeLetsTheLockGoAndSaysWhy() {
    lock = new LockState.Held(4);
    inspection = new JobState.Refused(true, "exceeded quota: pods");
    expect(Condition.RECONCILING, Reason.RUNNER_FAILED);
    assertThat(plan.effects()).containsExactly(new Effect.ReleaseLock());
    assertThat(message()).contains("exceeded quota");
  }

  @Test
  void aLookThatWaitsForItsPodSaysForWhat() {
    lock = new LockState.Held(4);
    inspection = new JobState.Active(false, "0/3 nodes are available");
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(message()).contains("0/3 nodes");
  }

  @Test
  void observedIsReadyAndNeverTouched() {
    mode = SQLiteDatabaseSpec.Mode.OBSERVE;
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), null));
    found(file("app.db", null));
    expect(Condition.READY, Reason.OBSERVED);
    assertThat(opened()).isEmpty();
    assertThat(message()).contains("Observe").contains("Deployment shop");
  }

  // The gate

  @Test
  void theFirstPodIsLetIn() {
    healthy();
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-1");
    assertThat(plan.status().workloads().getFirst().admittedTemplate()).isEqualTo("v1");
  }

  @Test
  void nobodyIsLetInWhileAnotherWorksOnTheVolume() {
    healthy();
    lock = BUSY;
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).isEmpty();
  }

  @Test
  void whoeverOnlyLooksDoesNotKeepPodsOutside() {
    healthy();
    lock = new LockState.HeldByOther("SQLiteDatabase/other/inspection", "noon");
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-1");
  }

  @Test
  void aNewTemplateWaitsAMomentForItsMigration() {
    healthy();
    pods = List.of(pod("shop-1", "v1", false, START, null), pod("shop-2", "v2", true, START, null));
    now = START.plusSeconds(2);
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).isEmpty();
    assertThat(plan.again()).isLessThanOrEqualTo(Duration.ofSeconds(1));
    now = START.plusSeconds(3);
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-2");
  }

  @Test
  void aNewTemplateWaitsForAnUnfinishedMigrationByName() {
    healthy();
    migrations = List.of(new Migration("orders", "default", false, "1"));
    pods =
        List.of(
            pod("shop-1", "v1", false, START, null),
            pod("shop-2", "v2", true, START.minusSeconds(60), null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).isEmpty();
    assertThat(plan.status().workloads().getFirst().held()).contains("DatabaseMigration orders");
  }

  @Test
  void aTemplateThatAsksForAnotherSchemaStaysOutside() {
    healthy();
    migrations = List.of(new Migration("orders", "default", true, "002"));
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), "3"));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).isEmpty();
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), "2"));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-1");
  }

  @Test
  void aWorkloadWhoseRunExistsNoMoreIsLetGo() {
    healthy();
    paused = true;
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), null));
    quiesced =
        Optional.of(
            new Quiesced(
                "m-dead", Quiesced.Method.HOLD, 1, false, 0, Optional.of("v1"), Optional.of("v1")));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.effects()).as("somebody may still have it").isEmpty();

    abandoned = List.of(SHOP);
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.effects())
        .singleElement()
        .satisfies(
            effect ->
                assertThat(((Effect.ActOnWorkload) effect).actions())
                    .singleElement()
                    .satisfies(
                        action -> {
                          var patch = (WorkloadAction.PatchWorkload) action;
                          assertThat(patch.quiesced()).isEmpty();
                          assertThat(patch.paused()).contains(false);
                        }));
    assertThat(plan.notes())
        .singleElement()
        .satisfies(note -> assertThat(note.message()).contains("m-dead"));
  }

  // Building blocks

  private void found(InspectReport.FileInfo... infos) {
    lock = new LockState.Held(4);
    inspection =
        report(
            Outcome.SUCCEEDED,
            Reason.SUCCEEDED,
            new InspectReport(List.of(infos), "ext4", 1, 2, null, 9));
  }

  private void healthy() {
    found(file("app.db", null));
    plan = DatabasePlanner.plan(seen());
    remember();
  }

  /** The status is written, the lock let go, and the next look has a Job of its own. */
  private void remember() {
    status = plan.status();
    lock = new LockState.Free();
    inspection = new JobState.Absent();
  }

  private void expect(String type, Reason reason) {
    plan = DatabasePlanner.plan(seen());
    assertThat(is(type)).as("%s in %s", type, plan.status().conditions()).isTrue();
    assertThat(plan.status().conditions())
        .extracting(Condition::reason)
        .containsOnly(reason.text());
  }

  private boolean is(String type) {
    return plan.status().conditions().stream()
        .anyMatch(one -> one.type().equals(type) && Condition.TRUE.equals(one.status()));
  }

  private String message() {
    return plan.status().conditions().getFirst().message();
  }

  private List<String> opened() {
    return plan.effects().stream()
        .filter(Effect.ActOnWorkload.class::isInstance)
        .flatMap(effect -> ((Effect.ActOnWorkload) effect).actions().stream())
        .filter(WorkloadAction.OpenPod.class::isInstance)
        .map(action -> ((WorkloadAction.OpenPod) action).name())
        .toList();
  }

  private DatabaseObservation seen() {
    return new DatabaseObservation(
        now,
        "shop",
        "shop-db",
        "uid-db",
        generation,
        new SQLiteDatabaseSpec("data", mode, null, files, null, null, null, null, null),
        status,
        new VolumeUse(
            claim,
            List.of(workload()),
            missing,
            List.of(),
            new VolumeUse.Mount("/data", null, identity, "node-1", List.of())),
        lock,
        inspection,
        migrations,
        siblings,
        Optional.empty(),
        requestedAt,
        abandoned);
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

  private static PodState pod(
      String name, String template, boolean gated, Instant created, String schema) {
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
        Optional.ofNullable(schema));
  }

  private static VolumeUse.Claim claim(boolean bound) {
    return new VolumeUse.Claim("data", "uid-claim", bound, false);
  }

  private static InspectReport.FileInfo file(String path, Reason problem) {
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
        problem,
        problem == null ? null : path + " cannot be used. Look at it. " + "x".repeat(2000));
  }

  private static JobState report(Outcome outcome, Reason reason, InspectReport inspect) {
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
