package dev.litehaven.operator.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationSpec;
import dev.litehaven.crd.CrdBounds;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.migration.MigrationObservation.Workload;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.workload.Concern;
import dev.litehaven.operator.workload.WorkloadAction;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One turn of a run, step by step. */
class RunPlannerTest {
  private static final CrdBounds BOUNDS = CrdBounds.status("databasemigrations");
  private static final JobState LOST = new JobState.Lost(true, "Pod p left no report: OOMKilled.");
  private static final JobState WAITING = new JobState.Active(false, "No node fits.");
  private static final JobState RUNNING = new JobState.Active(true, "");
  private static final WorkloadPlan REFUSE =
      new WorkloadPlan.Refuse(Reason.WORKLOAD_NOT_SUPPORTED, "It cannot be done.");
  private static final WorkloadPlan WAIT =
      new WorkloadPlan.Wait(Reason.STOPPING, "Its pod has not ended.");
  private static final WorkloadPlan ACT =
      new WorkloadPlan.Act(
          Reason.STOPPING, "Deleting.", List.of(new WorkloadAction.DeletePod("p", "u")));

  private final Given given = new Given();
  private MigrationPlan plan;

  @AfterEach
  void statusIsInOrder() {
    if (plan != null) {
      BOUNDS.check(plan.status());
      Kstatus.check(given.seen(), plan.status());
    }
  }

  // LOCK

  @Test
  void aFreeVolumeIsTaken() {
    given.in(RunStep.LOCK);
    given.lock = new LockState.Free();
    expect(RunStep.LOCK, new Effect.TakeLocks());
  }

  @Test
  void aVolumeThatSomebodyHasIsWaitedForByName() {
    given.in(RunStep.LOCK);
    given.lock = new LockState.HeldByOther("DatabaseMigration/other/m-2", "noon");
    expect(RunStep.LOCK);
    assertThat(message()).contains("DatabaseMigration/other/m-2").contains("noon");
    assertThat(Kstatus.is(plan.status().conditions(), Condition.RECONCILING)).isTrue();
  }

  @Test
  void withTheLockTheRehearsalBegins() {
    given.in(RunStep.LOCK);
    expect(RunStep.PLAN);
    assertThat(plan.status().run().epoch()).isEqualTo(7);
    assertThat(plan.status().run().workloads()).hasSize(1);
  }

  @Test
  void aClaimForOnePodIsNotRehearsedBesideTheWorkload() {
    given.singlePod = true;
    given.in(RunStep.LOCK);
    expect(RunStep.STOP);
  }

  @Test
  void aWorkloadThatCannotBeStoppedEndsTheRunBeforeAnythingIsStopped() {
    given.in(RunStep.LOCK);
    given.workloads =
        List.of(
            new Workload(
                Given.SHOP,
                "uid-shop",
                new WorkloadPlan.Reached("There."),
                List.of(new Concern(true, Reason.WORKLOAD_NOT_SUPPORTED, "2 replicas.")),
                Optional.empty()));
    expect(RunStep.FINISH);
    outcome(Reason.WORKLOAD_NOT_SUPPORTED);
  }

  @ParameterizedTest
  @EnumSource(
      value = RunStep.class,
      names = {"LOCK", "PLAN"})
  void beforeAnythingIsStoppedDeletionJustLetsGo(RunStep step) {
    given.in(step).deleted();
    MigrationPlan gone = given.plan();
    assertThat(gone.effects())
        .contains(new Effect.ReleaseLocks(), new Effect.RemoveFinalizer())
        .doesNotContain(new Effect.StartJob());
    assertThat(gone.status().run()).isNull();
  }

  @ParameterizedTest
  @EnumSource(
      value = RunStep.class,
      names = {"LOCK", "PLAN"})
  void beforeAnythingIsStoppedAChangedInputBeginsAnew(RunStep step) {
    given.in(step);
    given.source = Given.source("d2");
    plan = given.plan();
    assertThat(plan.status().run()).isNull();
    assertThat(plan.effects()).contains(new Effect.ReleaseLocks());
  }

  // PLAN

  @Test
  void theStepIsWrittenDownBeforeItsPodIsAskedFor() {
    given.in(RunStep.PLAN, 0);
    expect(RunStep.PLAN);
    assertThat(plan.status().run().attempt()).isEqualTo(1);
    given.status = plan.status();
    expect(RunStep.PLAN, new Effect.StartJob());
  }

  @Test
  void aRehearsalIsNotDroppedBesideItsPod() {
    given.in(RunStep.PLAN).deleted().job(RUNNING);
    given.runnersAlive = true;
    expect(RunStep.PLAN, new Effect.DeleteJob());
  }

  @Test
  void aLostRehearsalIsTriedAgainUnderARaisedEpoch() {
    given.in(RunStep.PLAN).job(LOST);
    expect(RunStep.PLAN, new Effect.ExpireJob(), new Effect.RaiseEpoch());
    assertThat(plan.status().run().attempt()).isEqualTo(2);
    assertThat(plan.status().run().epoch()).isNull();
  }

  @Test
  void aRehearsalIsLostThreeTimesAtMost() {
    given.in(RunStep.PLAN, 3).job(LOST);
    expect(RunStep.FINISH);
    outcome(Reason.RUNNER_FAILED);
  }

  @Test
  void aRehearsalThatWasInterruptedIsTriedAgain() {
    given.in(RunStep.PLAN).job(Given.report(RunnerStep.PLAN, Outcome.FAILED, Reason.INTERRUPTED));
    expect(RunStep.PLAN, new Effect.ExpireJob(), new Effect.RaiseEpoch());
  }

  @Test
  void aRefusedRehearsalEndsWithItsReason() {
    given
        .in(RunStep.PLAN)
        .job(Given.report(RunnerStep.PLAN, Outcome.REFUSED, Reason.DESTRUCTIVE_CHANGE));
    expect(RunStep.FINISH, new Effect.ExpireJob());
    outcome(Reason.DESTRUCTIVE_CHANGE);
  }

  @Test
  void withNothingPendingNothingIsStopped() {
    given.in(RunStep.PLAN).job(Given.report(RunnerStep.PLAN, Outcome.SUCCEEDED, Reason.UP_TO_DATE));
    expect(RunStep.FINISH, new Effect.ExpireJob());
    outcome(Reason.UP_TO_DATE);
  }

  @Test
  void aRehearsalThatFitsStopsTheWorkload() {
    given.in(RunStep.PLAN).job(Given.report(RunnerStep.PLAN, Outcome.SUCCEEDED, Reason.SUCCEEDED));
    expect(RunStep.STOP, new Effect.ExpireJob());
    assertThat(plan.status().plan().hash()).isEqualTo("plan-hash");
    assertThat(plan.status().currentVersion()).isEqualTo("1");
    assertThat(plan.status().targetVersion()).isEqualTo("2");
  }

  @Test
  void aPlanOfAThousandStepsFitsTheStatus() {
    var steps =
        IntStream.range(0, 1000)
            .mapToObj(i -> new PlanReport.Step("" + i, "d", "c", "up", 1))
            .toList();
    given
        .in(RunStep.PLAN)
        .job(
            new JobState.Reported(
                new RunnerReport(
                    1,
                    RunnerStep.PLAN,
                    "m",
                    7,
                    Outcome.SUCCEEDED,
                    Reason.SUCCEEDED,
                    "x".repeat(5000),
                    new PlanReport("h", "1", "2", steps, List.of(), 0, "", List.of(), 1, 1),
                    List.of(),
                    null,
                    null,
                    Map.of())));
    expect(RunStep.STOP, new Effect.ExpireJob());
    assertThat(plan.status().plan().steps()).hasSize(256);
  }

  @Test
  void aRehearsalThatGetsNoPodEndsAtTheDeadline() {
    given.in(RunStep.PLAN).job(WAITING).later(Duration.ofSeconds(61));
    expect(RunStep.FINISH, new Effect.DeleteJob());
    outcome(Reason.DEADLINE_EXCEEDED);
    assertThat(plan.status().run().outcomeMessage()).contains("No node fits.");
  }

  @Test
  void aQuotaIsWaitedForWithItsWordsWhileTheWorkloadRuns() {
    given.in(RunStep.PLAN).job(new JobState.Refused(true, "exceeded quota: pods"));
    expect(RunStep.PLAN);
    assertThat(message()).isEqualTo("exceeded quota: pods");
  }

  @Test
  void aRequestThatCanNeverBeMadeEndsTheRun() {
    given.in(RunStep.PLAN).job(new JobState.Refused(false, "2 MiB do not fit"));
    expect(RunStep.FINISH);
    outcome(Reason.RUNNER_FAILED);
  }

  // STOP and SNAPSHOT

  @Test
  void stoppingProtectsTheClaimAndStopsTheWorkload() {
    given.in(RunStep.STOP, 0).workloadIs(ACT);
    expect(
        RunStep.STOP,
        new Effect.ProtectClaim(),
        new Effect.ActOnWorkload(Given.SHOP, ((WorkloadPlan.Act) ACT).actions()));
    assertThat(plan.status().run().stoppedAt()).isNotNull();
  }

  @Test
  void whatIsStoppedIsMigrated() {
    given.in(RunStep.STOP, 0);
    expect(RunStep.MIGRATE, new Effect.ProtectClaim());
  }

  @Test
  void whereAClassIsNamedASnapshotComesFirst() {
    given.snapshotClass = "fast";
    given.in(RunStep.STOP, 0);
    expect(RunStep.SNAPSHOT, new Effect.ProtectClaim());
  }

  @Test
  void aWorkloadThatDoesNotStopInTimeIsStartedAgain() {
    given.in(RunStep.STOP, 0).workloadIs(WAIT).later(Duration.ofSeconds(61));
    expect(RunStep.START_OLD, new Effect.ProtectClaim());
    outcome(Reason.WORKLOAD_NOT_STOPPED);
  }

  @ParameterizedTest
  @EnumSource(
      value = RunStep.class,
      names = {"STOP", "SNAPSHOT", "MIGRATE"})
  void beforeTheRunnerWasAskedForEveryObstacleStartsTheWorkloadAgain(RunStep step) {
    for (int obstacle = 0; obstacle < 4; obstacle++) {
      Given now = new Given().in(step, 0);
      switch (obstacle) {
        case 0 -> now.deleted();
        case 1 -> now.databaseGone();
        case 2 -> now.sourceGone();
        default -> now.source = Given.source("d2");
      }
      MigrationPlan next = now.plan();
      assertThat(next.status().run().step())
          .as("obstacle %d", obstacle)
          .isEqualTo(RunStep.START_OLD.name());
      assertThat(next.effects()).doesNotContain(new Effect.StartJob());
    }
  }

  @Test
  void aSnapshotThatDoesNotGetReadyStartsTheWorkloadAgain() {
    given.snapshotClass = "fast";
    given.in(RunStep.SNAPSHOT, 0).later(Duration.ofSeconds(21));
    given.snapshot = new SnapshotState.Pending("snap", "no such class");
    expect(RunStep.START_OLD);
    outcome(Reason.SNAPSHOT_FAILED);
    assertThat(plan.status().run().outcomeMessage()).contains("no such class");
  }

  @Test
  void aSnapshotThatCannotBeMadeStartsTheWorkloadAgain() {
    given.snapshotClass = "fast";
    given.in(RunStep.SNAPSHOT, 0).later(Duration.ofSeconds(21));
    expect(RunStep.START_OLD);
    outcome(Reason.SNAPSHOT_FAILED);
  }

  @Test
  void aReadySnapshotIsRecordedAndTheMigrationBegins() {
    given.snapshotClass = "fast";
    given.in(RunStep.SNAPSHOT, 0);
    given.snapshot = new SnapshotState.ReadyToUse("snap");
    expect(RunStep.MIGRATE, new Effect.RecordSnapshot("snap"));
  }

  // MIGRATE

  @Test
  void aWorkloadThatRefusesDoesNotMoveTheRunWhileTheRunnerIsAtWork() {
    given.in(RunStep.MIGRATE).job(RUNNING).workloadIs(REFUSE);
    expect(RunStep.MIGRATE);
  }

  @Test
  void whoeverComesInWhileTheRunnerIsAtWorkIsSentAway() {
    given.in(RunStep.MIGRATE).job(RUNNING).workloadIs(ACT);
    expect(
        RunStep.MIGRATE, new Effect.ActOnWorkload(Given.SHOP, ((WorkloadPlan.Act) ACT).actions()));
  }

  @Test
  void whatHasBegunIsNotInterruptedByDeadlineOrDeletion() {
    given.in(RunStep.MIGRATE).job(RUNNING).deleted().later(Duration.ofHours(2));
    expect(RunStep.MIGRATE);
  }

  @Test
  void aRunnerThatHasNotBegunIsTakenBackAtTheDeadline() {
    given.in(RunStep.MIGRATE).job(WAITING).later(Duration.ofSeconds(61));
    expect(RunStep.CANCEL, new Effect.DeleteJob());
    outcome(Reason.DEADLINE_EXCEEDED);
  }

  @Test
  void aRunnerThatHasNotBegunIsTakenBackOnDeletion() {
    given.in(RunStep.MIGRATE).job(WAITING).deleted();
    expect(RunStep.CANCEL, new Effect.DeleteJob());
    outcome(Reason.INTERRUPTED);
  }

  /** The first attempt may have swapped before its pod was lost. */
  @Test
  void deletionAfterALostAttemptLooksAtTheVolumeFirst() {
    given.in(RunStep.MIGRATE, 2).deleted();
    expect(RunStep.RECOVER);
  }

  @Test
  void aSourceThatGoesAfterALostAttemptLooksAtTheVolumeFirst() {
    given.in(RunStep.MIGRATE, 2).sourceGone();
    expect(RunStep.RECOVER);
    outcome(Reason.SOURCE_NOT_FOUND);
  }

  @Test
  void aRefusalAfterALostAttemptLooksAtTheVolumeFirst() {
    given
        .in(RunStep.MIGRATE, 2)
        .job(Given.report(RunnerStep.MIGRATE, Outcome.FAILED, Reason.LIVE_WRITER));
    expect(RunStep.RECOVER, new Effect.ExpireJob());
  }

  @Test
  void aLostRunnerIsTriedAgainUnderARaisedEpoch() {
    given.in(RunStep.MIGRATE).job(LOST);
    expect(RunStep.MIGRATE, new Effect.ExpireJob(), new Effect.RaiseEpoch());
    assertThat(plan.status().run().attempt()).isEqualTo(2);
    assertThat(plan.notes()).singleElement().satisfies(note -> assertThat(note.warning()).isTrue());
  }

  @Test
  void theNextAttemptGoesByTheRaisedEpochAndWaitsForTheLostPod() {
    given.in(RunStep.MIGRATE).job(LOST);
    given.runnersAlive = true;
    expect(RunStep.MIGRATE);
    assertThat(plan.status().run().attempt()).isEqualTo(1);

    given.runnersAlive = false;
    given.status = given.plan().status();
    given.lock = new LockState.Held(8);
    given.job(new JobState.Absent());
    expect(RunStep.MIGRATE);
    assertThat(plan.status().run().epoch()).isEqualTo(8);
    given.status = plan.status();
    expect(RunStep.MIGRATE, new Effect.StartJob());
  }

  @Test
  void whatFailsAtOnceIsNotTriedAgainAtOnce() {
    given.in(RunStep.MIGRATE, 3).job(LOST);
    expect(RunStep.MIGRATE);
    assertThat(plan.status().run().attempt()).isEqualTo(3);
    given.later(Duration.ofSeconds(21));
    expect(RunStep.MIGRATE, new Effect.ExpireJob(), new Effect.RaiseEpoch());
  }

  @Test
  void whatIsLostTooOftenIsRecovered() {
    given.in(RunStep.MIGRATE, 5).job(LOST);
    expect(RunStep.RECOVER);
    outcome(Reason.RUNNER_FAILED);
  }

  @Test
  void aLockThatWasRemovedByHandIsTakenAgainBeforeTheNextAttempt() {
    given.in(RunStep.MIGRATE, 2);
    given.lock = new LockState.Free();
    expect(RunStep.MIGRATE, new Effect.TakeLocks());
  }

  @Test
  void aMigratedDatabaseRecordsItsBackupAndStartsTheNewTemplate() {
    given
        .in(RunStep.MIGRATE)
        .job(Given.report(RunnerStep.MIGRATE, Outcome.SUCCEEDED, Reason.SUCCEEDED));
    expect(
        RunStep.START, new Effect.ExpireJob(), new Effect.RecordBackups(List.of(Given.backup())));
    assertThat(plan.status().run().swapped()).isTrue();
    assertThat(plan.status().currentVersion()).as("what is at the live name").isEqualTo("2");
  }

  @Test
  void aRefusedMigrationStartsTheOldTemplate() {
    given
        .in(RunStep.MIGRATE)
        .job(Given.report(RunnerStep.MIGRATE, Outcome.REFUSED, Reason.VALUES_CHANGED));
    expect(RunStep.START_OLD, new Effect.ExpireJob());
    outcome(Reason.VALUES_CHANGED);
  }

  @Test
  void aDivergedVolumeIsHaltedAndSaysSoAtOnce() {
    given
        .in(RunStep.MIGRATE)
        .job(Given.report(RunnerStep.MIGRATE, Outcome.NEEDS_DECISION, Reason.DIVERGED));
    expect(RunStep.HALTED, new Effect.ExpireJob());
    assertThat(Kstatus.is(plan.status().conditions(), Condition.STALLED)).isTrue();
    assertThat(plan.status().nextAction()).isNotBlank();
  }

  @Test
  void aJobThatIsNotTakenLooksAtTheVolumeAndStartsTheWorkload() {
    given.in(RunStep.MIGRATE).job(new JobState.Refused(true, "exceeded quota"));
    expect(RunStep.RECOVER);
    given.status = plan.status();
    given.job(new JobState.Refused(true, "exceeded quota"));
    expect(RunStep.START_OLD);
    assertThat(plan.status().run().outcomeMessage()).contains("exceeded quota");
  }

  // CANCEL and RECOVER

  @Test
  void aCancelledRunnerIsWaitedForAndThenTheVolumeIsLookedAt() {
    given.in(RunStep.CANCEL, 0).outcome(Reason.INTERRUPTED, "Deleted.", false);
    given.runnersAlive = true;
    expect(RunStep.CANCEL, new Effect.DeleteJob());
    given.runnersAlive = false;
    expect(RunStep.RECOVER);
  }

  @Test
  void aRecoveryThatFindsTheNewDatabaseStartsTheNewTemplate() {
    given
        .in(RunStep.RECOVER)
        .outcome(Reason.RUNNER_FAILED, "Lost.", false)
        .job(
            Given.report(
                RunnerStep.RECOVER, Outcome.SUCCEEDED, Reason.SUCCEEDED, Given.live("new")));
    expect(RunStep.START, new Effect.ExpireJob());
    assertThat(plan.status().run().swapped()).isTrue();
    assertThat(plan.status().run().outcomeReason()).isNull();
  }

  @Test
  void aRecoveryThatFindsTheOldDatabaseStartsTheOldTemplate() {
    given
        .in(RunStep.RECOVER)
        .outcome(Reason.RUNNER_FAILED, "Lost.", false)
        .job(
            Given.report(
                RunnerStep.RECOVER, Outcome.SUCCEEDED, Reason.SUCCEEDED, Given.live("old")));
    expect(RunStep.START_OLD, new Effect.ExpireJob());
    outcome(Reason.RUNNER_FAILED);
  }

  @Test
  void aRecoveryThatFailedDoesNotSayThatItUndidAnything() {
    given
        .in(RunStep.RECOVER)
        .outcome(Reason.RUNNER_FAILED, "Lost.", false)
        .job(Given.report(RunnerStep.RECOVER, Outcome.REFUSED, Reason.READ_ONLY_VOLUME));
    expect(RunStep.START_OLD, new Effect.ExpireJob());
    assertThat(plan.status().run().outcomeMessage())
        .startsWith("Lost.")
        .contains("could not be looked at");
  }

  @Test
  void aRecoveryThatGetsNoPodDoesNotKeepTheWorkloadDown() {
    given
        .in(RunStep.RECOVER)
        .outcome(Reason.DEADLINE_EXCEEDED, "Too late.", false)
        .job(WAITING)
        .later(Duration.ofSeconds(121));
    expect(RunStep.START_OLD, new Effect.DeleteJob());
  }

  // START, SETTLE and the way back

  @Test
  void aReadyWorkloadIsReadyAtOnceAndSettledAfterwards() {
    given.in(RunStep.START, 0).outcome(Reason.SUCCEEDED, "", true);
    given.status = swappedWithoutOutcome();
    expect(RunStep.SETTLE);
    assertThat(Kstatus.is(plan.status().conditions(), Condition.READY)).isTrue();
    assertThat(plan.status().run().upAt()).isNotNull();
  }

  @Test
  void aWorkloadThatDoesNotGetReadyIsRolledBack() {
    given.in(RunStep.START, 0).workloadIs(WAIT).later(Duration.ofSeconds(31));
    expect(RunStep.STOP_AGAIN);
    outcome(Reason.WORKLOAD_NOT_READY);
  }

  @Test
  void aWorkloadThatDoesNotGetReadyIsKeptWhereThatWasAskedFor() {
    given.onNotReady = DatabaseMigrationSpec.OnNotReady.KEEP;
    given.in(RunStep.START, 0).workloadIs(WAIT).later(Duration.ofSeconds(31));
    expect(RunStep.FINISH);
  }

  @Test
  void aSettleThatGetsNoPodDoesNotKeepTheLock() {
    given.in(RunStep.SETTLE).job(WAITING).later(Duration.ofSeconds(121));
    expect(RunStep.FINISH, new Effect.DeleteJob());
    outcome(Reason.SUCCEEDED);
    assertThat(plan.notes()).anySatisfy(note -> assertThat(note.warning()).isTrue());
  }

  @Test
  void aSettleWithoutADatabaseIsLeftOut() {
    given.in(RunStep.SETTLE, 0).databaseGone();
    expect(RunStep.FINISH);
    outcome(Reason.SUCCEEDED);
  }

  /** Old code must not be let in on the new database. */
  @Test
  void aWorkloadThatCannotBeStoppedAgainStaysOnTheNewDatabase() {
    given
        .in(RunStep.STOP_AGAIN, 0)
        .outcome(Reason.WORKLOAD_NOT_READY, "not ready", true)
        .workloadIs(REFUSE);
    expect(RunStep.FINISH);
    assertThat(plan.status().run().outcomeMessage()).contains("could not be stopped");
  }

  @Test
  void aRollbackThatSucceededStartsWhatRanBefore() {
    given
        .in(RunStep.ROLLBACK)
        .outcome(Reason.WORKLOAD_NOT_READY, "not ready", true)
        .job(Given.report(RunnerStep.ROLLBACK, Outcome.SUCCEEDED, Reason.ROLLED_BACK));
    expect(RunStep.START_OLD, new Effect.ExpireJob());
    outcome(Reason.ROLLED_BACK);
    assertThat(plan.status().run().swapped()).isFalse();
  }

  @Test
  void aRollbackThatNeedsADecisionStartsTheWorkloadOnTheNewDatabaseAndEnds() {
    given
        .in(RunStep.ROLLBACK)
        .outcome(Reason.WORKLOAD_NOT_READY, "not ready", true)
        .job(
            Given.report(
                RunnerStep.ROLLBACK, Outcome.NEEDS_DECISION, Reason.ROLLBACK_NEEDS_DECISION));
    expect(RunStep.START, new Effect.ExpireJob());
    outcome(Reason.ROLLBACK_NEEDS_DECISION);

    given.status = plan.status();
    given.job(new JobState.Absent()).workloadIs(WAIT).later(Duration.ofSeconds(31));
    expect(RunStep.FINISH);
    outcome(Reason.ROLLBACK_NEEDS_DECISION);
  }

  @Test
  void aRollbackThatFailedIsTriedAgainAndNotCalledADecision() {
    given
        .in(RunStep.ROLLBACK)
        .outcome(Reason.WORKLOAD_NOT_READY, "not ready", true)
        .job(Given.report(RunnerStep.ROLLBACK, Outcome.FAILED, Reason.NO_SPACE));
    expect(RunStep.ROLLBACK, new Effect.ExpireJob(), new Effect.RaiseEpoch());
  }

  @Test
  void aRollbackThatIsLostForEverHaltsAndSaysWhatToDo() {
    given.in(RunStep.ROLLBACK, 10).outcome(Reason.WORKLOAD_NOT_READY, "not ready", true).job(LOST);
    expect(RunStep.HALTED);
    assertThat(plan.status().nextAction()).contains("OOMKilled").contains("kubectl annotate");
  }

  @Test
  void nothingIsLetInBesideALiveRunner() {
    given.in(RunStep.START_OLD, 0).outcome(Reason.DEADLINE_EXCEEDED, "Late.", false);
    given.workloadIs(ACT).runnersAlive = true;
    expect(RunStep.START_OLD);
  }

  @Test
  void aWorkloadThatCannotBeStartedIsSaidOnTheOutcome() {
    given
        .in(RunStep.START_OLD, 0)
        .outcome(Reason.ROLLED_BACK, "Rolled back.", false)
        .workloadIs(REFUSE);
    expect(RunStep.FINISH);
    outcome(Reason.ROLLED_BACK);
    assertThat(plan.status().run().outcomeMessage()).contains("It cannot be done.");
  }

  // HALTED and FINISH

  @Test
  void aHaltedRunLooksAgainWhenAskedAndBelievesNoEarlierPod() {
    given.in(RunStep.HALTED, 0).outcome(Reason.DIVERGED, "Both were written.", true);
    expect(RunStep.HALTED);
    given.requestedAt = Optional.of("look again");
    expect(RunStep.RECOVER, new Effect.RaiseEpoch());
    assertThat(plan.status().run().epoch()).isNull();
  }

  @Test
  void aHaltedRunIsNotEndedByDeletionWhileThereIsAWorkloadToProtect() {
    given.in(RunStep.HALTED, 0).outcome(Reason.DIVERGED, "Both were written.", true).deleted();
    expect(RunStep.HALTED);
  }

  @Test
  void aHaltedRunWithoutAnyWorkloadLeftIsLetGoOnDeletion() {
    given.in(RunStep.HALTED, 0).outcome(Reason.DIVERGED, "Both were written.", true).deleted();
    given.workloads = List.of();
    assertThat(given.plan().effects())
        .contains(
            new Effect.UnprotectClaim(), new Effect.ReleaseLocks(), new Effect.RemoveFinalizer());
  }

  @Test
  void theLockIsKeptWhileARunnerMayBeAlive() {
    given.in(RunStep.FINISH, 0).outcome(Reason.DEADLINE_EXCEEDED, "Late.", false);
    given.runnersAlive = true;
    expect(RunStep.FINISH);
  }

  @Test
  void theClaimOfAnotherRunKeepsItsProtection() {
    given.in(RunStep.FINISH, 0).outcome(Reason.SCRIPT_FAILED, "Bad.", false);
    given.lock = new LockState.HeldByOther("DatabaseMigration/other/m-2", "now");
    plan = given.plan();
    assertThat(plan.effects())
        .doesNotContain(new Effect.UnprotectClaim())
        .contains(new Effect.ReleaseLocks(), new Effect.RemoveFinalizer());
  }

  @Test
  void theEndLetsEverythingGoInOrder() {
    given.in(RunStep.FINISH, 0).outcome(Reason.SUCCEEDED, "Database is at version 2.", true);
    plan = given.plan();
    assertThat(plan.effects())
        .containsExactly(
            new Effect.UnprotectClaim(), new Effect.ReleaseLocks(), new Effect.RemoveFinalizer());
    assertThat(plan.status().run()).isNull();
    assertThat(plan.status().currentVersion()).isEqualTo("2");
    assertThat(plan.status().succeededKey()).isNotNull();
    assertThat(plan.status().rollbackInstructions()).contains("targetVersion");
    assertThat(plan.notes())
        .singleElement()
        .satisfies(note -> assertThat(note.warning()).isFalse());
  }

  @Test
  void rolledBackIsStalledAndSaysWhatToDo() {
    given.in(RunStep.FINISH, 0).outcome(Reason.ROLLED_BACK, "Rolled back.", false);
    plan = given.plan();
    assertThat(Kstatus.is(plan.status().conditions(), Condition.STALLED)).isTrue();
    assertThat(plan.status().phase()).isEqualTo("RolledBack");
    assertThat(plan.status().currentVersion()).isEqualTo("1");
    assertThat(plan.status().nextAction()).contains("as before").contains("dbm orders");
  }

  @Test
  void whatIsKeptInPlaceIsNotSaidToBeAsBefore() {
    given.in(RunStep.FINISH, 0).outcome(Reason.WORKLOAD_NOT_READY, "not ready", true);
    plan = given.plan();
    assertThat(plan.status().currentVersion()).isEqualTo("2");
    assertThat(plan.status().nextAction())
        .contains("new database is in place")
        .doesNotContain("as before");
    assertThat(plan.status().succeededKey()).isNull();
  }

  /** It was not the input that failed, so it is not remembered as failed. */
  @Test
  void whatWasInterruptedIsTriedAgainByItself() {
    given.in(RunStep.FINISH, 0).outcome(Reason.SOURCE_NOT_FOUND, "Gone.", false);
    plan = given.plan();
    assertThat(plan.status().failedKey()).isNull();
    given.status = plan.status();
    assertThat(given.plan().status().run()).isNotNull();
  }

  @Test
  void tenRunsAreRemembered() {
    for (int i = 0; i < 12; i++) {
      var before = given.status.runs();
      given.in(RunStep.FINISH, 0).outcome(Reason.SCRIPT_FAILED, "Bad.", false);
      var run = given.status.run();
      given.status =
          new dev.litehaven.api.v1alpha1.DatabaseMigrationStatus(
              1L,
              "Finishing",
              null,
              null,
              null,
              List.of(),
              run,
              null,
              before,
              null,
              null,
              null,
              null,
              null,
              null,
              null,
              null);
      plan = given.plan();
      given.status = plan.status();
    }
    assertThat(plan.status().runs()).hasSize(10);
  }

  private dev.litehaven.api.v1alpha1.DatabaseMigrationStatus swappedWithoutOutcome() {
    var draft = new RunDraft(given.status.run()).noOutcome().swapped(true).build();
    return given.with(draft).status;
  }

  private void expect(RunStep step, Effect... effects) {
    plan = given.plan();
    assertThat(plan.status().run()).as("the run goes on").isNotNull();
    assertThat(plan.status().run().step()).isEqualTo(step.name());
    assertThat(plan.effects()).containsExactly(effects);
  }

  private void outcome(Reason reason) {
    assertThat(plan.status().run().outcomeReason()).isEqualTo(reason.name());
    assertThat(plan.status().run().outcomeMessage()).isNotBlank();
  }

  private String message() {
    return plan.status().conditions().getFirst().message();
  }
}
