package dev.litehaven.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.operator.database.DatabasePlan.Effect;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.workload.PodState;
import dev.litehaven.operator.workload.Quiesced;
import dev.litehaven.operator.workload.WorkloadAction;
import dev.litehaven.protocol.InspectReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.SwapReport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A run is half done on the volume, and nothing else is left of it. */
class SelfRecoveryTest extends DatabasePlannerFixture {
  private static final PodState RUNNING = pod("shop-1", "v1", false, START, null);
  private static final PodState WAITING = pod("shop-2", "v1", true, START, null);
  private static final PodState NEWER = pod("shop-3", "v2", true, START, null);

  private void foundHalfDone() {
    lock = new LockState.Held(1);
    inspection =
        report(
            Outcome.SUCCEEDED,
            Reason.SUCCEEDED,
            new InspectReport(List.of(file("app.db", Reason.RECOVERING)), "ext4", 1, 2, "m-1", 41));
  }

  private void stoppedBy(String run) {
    paused = true;
    quiesced =
        Optional.of(
            new Quiesced(
                run, Quiesced.Method.HOLD, 1, false, 0, Optional.of("v1"), Optional.of("v2")));
    pods = List.of(WAITING, NEWER);
  }

  private static JobState recovered(Outcome outcome, Reason reason, String live) {
    return new JobState.Reported(
        new RunnerReport(
            1,
            RunnerStep.RECOVER,
            "c-1",
            42,
            outcome,
            reason,
            "The runner says " + reason.text() + ".",
            null,
            List.of(),
            live == null ? null : new SwapReport("DONE", live, false, 0),
            null,
            Map.of()));
  }

  /** To where the pod is asked for. */
  private void untilItIsAskedFor() {
    stoppedBy("m-1");
    foundHalfDone();
    expect(Condition.RECONCILING, Reason.RECOVERING);
    next();
    expect(Condition.RECONCILING, Reason.RECOVERING);
    next();
  }

  private void next() {
    status = plan.status();
    lock = new LockState.Held(42);
    inspection = new JobState.Absent();
  }

  private String step() {
    return plan.status().recovery().step();
  }

  private List<WorkloadAction> actions() {
    return plan.effects().stream()
        .filter(Effect.ActOnWorkload.class::isInstance)
        .flatMap(effect -> ((Effect.ActOnWorkload) effect).actions().stream())
        .toList();
  }

  @Test
  void itIsWrittenDownBeforeAnythingIsDoneAndTheLockIsTakenAnewAboveTheVolumesEpoch() {
    foundHalfDone();
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(plan.effects()).containsExactly(new Effect.ReleaseLock(), new Effect.AddFinalizer());
    assertThat(plan.status().highestEpoch()).isEqualTo(41);
    assertThat(plan.status().recovery().run()).isEqualTo("m-1");
    assertThat(plan.notes())
        .singleElement()
        .satisfies(note -> assertThat(note.message()).contains("m-1"));
    remember();
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());
    lock = BUSY;
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(plan.effects()).isEmpty();
    assertThat(message()).contains("DatabaseMigration/orders/m-1");
  }

  @Test
  void whatRunsIsStoppedFirstAndNobodyMayComeOntoTheClaim() {
    foundHalfDone();
    expect(Condition.RECONCILING, Reason.RECOVERING);
    next();
    pods = List.of(RUNNING);
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(plan.effects().getFirst()).isEqualTo(new Effect.ProtectClaim());
    assertThat(actions())
        .singleElement()
        .satisfies(
            action -> {
              var patch = (WorkloadAction.PatchWorkload) action;
              assertThat(patch.paused()).contains(true);
              assertThat(patch.quiesced().orElseThrow().run()).isEqualTo("m-1");
            });
    assertThat(plan.status().operation().exclusive()).isTrue();
    assertThat(plan.status().operation().runId()).isEqualTo(plan.status().recovery().id());
    assertThat(step()).isEqualTo("STOPPING");
    assertThat(plan.status().app()).isEmpty();
  }

  @Test
  void whatIsStoppedAlreadyGoesByTheNameItWasStoppedUnder() {
    untilItIsAskedFor();
    assertThat(step()).isEqualTo("RECOVERING");
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(plan.effects()).containsExactly(new Effect.StartRecovery());
    assertThat(opened()).isEmpty();
    inspection = new JobState.Active(true, "");
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(plan.effects()).isEmpty();
  }

  @Test
  void theOldDataGetsTheOldTemplateAndTheNewDataTheNewOne() {
    untilItIsAskedFor();
    inspection = recovered(Outcome.SUCCEEDED, Reason.SUCCEEDED, "old");
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(plan.status().operation().exclusive()).isFalse();
    next();
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(opened()).containsExactly("shop-2");

    status = SQLiteDatabaseStatus.unobserved();
    untilItIsAskedFor();
    inspection = recovered(Outcome.SUCCEEDED, Reason.SUCCEEDED, "new");
    expect(Condition.RECONCILING, Reason.RECOVERING);
    next();
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(opened()).containsExactly("shop-3");
  }

  @Test
  void inTheEndEverythingIsLetGoAndTheVolumeIsLookedAtAgain() {
    untilItIsAskedFor();
    inspection = recovered(Outcome.SUCCEEDED, Reason.SUCCEEDED, "old");
    expect(Condition.RECONCILING, Reason.RECOVERING);
    next();
    pods = List.of(RUNNING);
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(step()).isEqualTo("RELEASING");
    next();
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(((WorkloadAction.PatchWorkload) actions().getFirst()).paused()).contains(false);
    next();
    quiesced = Optional.empty();
    paused = false;
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(plan.effects())
        .containsExactly(
            new Effect.UnprotectClaim(), new Effect.ReleaseLock(), new Effect.RemoveFinalizer());
    assertThat(plan.status().recovery()).isNull();
    assertThat(plan.status().operation()).isNull();
    remember();
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());
  }

  @Test
  void aWorkloadThatDoesNotGetReadyIsLetGoInTheEnd() {
    untilItIsAskedFor();
    inspection = recovered(Outcome.SUCCEEDED, Reason.SUCCEEDED, "old");
    expect(Condition.RECONCILING, Reason.RECOVERING);
    next();
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(step()).isEqualTo("STARTING");
    now = START.plus(SelfRecovery.READINESS).plusSeconds(1);
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(step()).isEqualTo("RELEASING");
  }

  @Test
  void aLostRunnerIsFencedOffAndTriedAgainLaterWhileEverythingStaysStopped() {
    untilItIsAskedFor();
    inspection = new JobState.Lost(true, "Pod p left no report: OOMKilled.");
    expect(Condition.STALLED, Reason.RUNNER_FAILED);
    assertThat(plan.effects()).isEmpty();
    status = plan.status();
    now = START.plusSeconds(4);
    expect(Condition.STALLED, Reason.RUNNER_FAILED);
    assertThat(plan.effects()).isEmpty();
    now = START.plusSeconds(6);
    expect(Condition.STALLED, Reason.RUNNER_FAILED);
    assertThat(plan.effects()).containsExactly(new Effect.RaiseEpoch());
    assertThat(plan.status().recovery().attempt()).isEqualTo(2);
    next();
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(plan.effects()).containsExactly(new Effect.StartRecovery());
  }

  @Test
  void whoeverHasTheFileOpenIsWaitedForByName() {
    untilItIsAskedFor();
    inspection = recovered(Outcome.REFUSED, Reason.LIVE_WRITER, null);
    expect(Condition.STALLED, Reason.LIVE_WRITER);
    assertThat(message()).contains("stay stopped");
    assertThat(opened()).isEmpty();
  }

  @Test
  void whatHasDivergedStaysStoppedUntilSomebodyAsks() {
    untilItIsAskedFor();
    inspection = recovered(Outcome.NEEDS_DECISION, Reason.DIVERGED, null);
    expect(Condition.STALLED, Reason.DIVERGED);
    next();
    now = START.plus(Duration.ofDays(1));
    expect(Condition.STALLED, Reason.DIVERGED);
    assertThat(plan.effects()).isEmpty();
    assertThat(message()).contains("The runner says Diverged.");
    assertThat(plan.status().operation().exclusive()).isTrue();
    requestedAt = Optional.of("now");
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(plan.effects()).containsExactly(new Effect.RaiseEpoch());
    assertThat(step()).isEqualTo("RECOVERING");
    assertThat(plan.status().recovery().attempt()).isEqualTo(2);
  }

  @Test
  void modeObserveOnlySaysIt() {
    mode = SQLiteDatabaseSpec.Mode.OBSERVE;
    foundHalfDone();
    expect(Condition.STALLED, Reason.OBSERVE_ONLY);
    assertThat(message()).contains("m-1", "litehaven recover", "Manage");
    assertThat(plan.status().recovery()).isNull();
    assertThat(plan.effects()).containsExactly(new Effect.ReleaseLock());
    remember();
    expect(Condition.STALLED, Reason.OBSERVE_ONLY);
  }

  @Test
  void whatAGivenUpRunHasStoppedIsNotStartedBeforeTheVolumeWasLookedAt() {
    stoppedBy("m-dead");
    pods = List.of(WAITING);
    abandoned = List.of(SHOP);
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());
    foundHalfDone();
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(actions()).isEmpty();
  }

  @Test
  void aRunThatIsGivenUpLaterIsAReasonToLookAgain() {
    healthy();
    stoppedBy("m-dead");
    pods = List.of(WAITING);
    abandoned = List.of(SHOP);
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());
    found(file("app.db", null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(actions()).isEmpty();
    remember();
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(actions()).hasSize(1);
    quiesced = Optional.empty();
    paused = false;
    abandoned = List.of();
    pods = List.of(RUNNING);
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.effects()).as("it was looked at").isEmpty();
  }

  @Test
  void aDatabaseThatIsDeletedGoesWhenWhatWasStoppedIsStarted() {
    untilItIsAskedFor();
    deleting = true;
    expect(Condition.RECONCILING, Reason.RECOVERING);
    assertThat(plan.effects()).containsExactly(new Effect.StartRecovery());
    status = SQLiteDatabaseStatus.unobserved();
    assertThat(DatabasePlanner.plan(seen()).effects())
        .containsExactly(new Effect.RemoveFinalizer());
  }

  @Test
  void whereTheVolumeIsGoneThereIsNothingToRecover() {
    untilItIsAskedFor();
    claim = Optional.empty();
    expect(Condition.RECONCILING, Reason.CLAIM_NOT_FOUND);
    assertThat(plan.status().recovery()).isNull();
    assertThat(plan.effects()).contains(new Effect.ReleaseLock(), new Effect.RemoveFinalizer());
  }
}
