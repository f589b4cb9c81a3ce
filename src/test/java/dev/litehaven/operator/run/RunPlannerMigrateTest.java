package dev.litehaven.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.migration.Given;
import dev.litehaven.operator.migration.Kstatus;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One turn of a run while the database is changed: MIGRATE, CANCEL and RECOVER. */
class RunPlannerMigrateTest extends RunPlannerFixture {
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
        .job(Reports.report(RunnerStep.MIGRATE, Outcome.FAILED, Reason.LIVE_WRITER));
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
        .job(Reports.report(RunnerStep.MIGRATE, Outcome.SUCCEEDED, Reason.SUCCEEDED));
    expect(
        RunStep.START, new Effect.ExpireJob(), new Effect.RecordBackups(List.of(Reports.backup())));
    assertThat(plan.status().run().swapped()).isTrue();
    assertThat(plan.status().currentVersion()).as("what is at the live name").isEqualTo("2");
  }

  @Test
  void aRefusedMigrationStartsTheOldTemplate() {
    given
        .in(RunStep.MIGRATE)
        .job(Reports.report(RunnerStep.MIGRATE, Outcome.REFUSED, Reason.VALUES_CHANGED));
    expect(RunStep.START_OLD, new Effect.ExpireJob());
    outcome(Reason.VALUES_CHANGED);
  }

  @Test
  void aDivergedVolumeIsHaltedAndSaysSoAtOnce() {
    given
        .in(RunStep.MIGRATE)
        .job(Reports.report(RunnerStep.MIGRATE, Outcome.NEEDS_DECISION, Reason.DIVERGED));
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
            Reports.report(
                RunnerStep.RECOVER, Outcome.SUCCEEDED, Reason.SUCCEEDED, Reports.live("new")));
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
            Reports.report(
                RunnerStep.RECOVER, Outcome.SUCCEEDED, Reason.SUCCEEDED, Reports.live("old")));
    expect(RunStep.START_OLD, new Effect.ExpireJob());
    outcome(Reason.RUNNER_FAILED);
  }

  @Test
  void aRecoveryThatFailedDoesNotSayThatItUndidAnything() {
    given
        .in(RunStep.RECOVER)
        .outcome(Reason.RUNNER_FAILED, "Lost.", false)
        .job(Reports.report(RunnerStep.RECOVER, Outcome.REFUSED, Reason.READ_ONLY_VOLUME));
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
}
