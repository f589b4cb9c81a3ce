package dev.litehaven.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationSpec;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.migration.Given;
import dev.litehaven.operator.migration.Kstatus;
import dev.litehaven.operator.workload.WorkloadAction;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One turn of a run that starts the workload: START, SETTLE and the way back. */
class RunPlannerStartTest extends RunPlannerFixture {
  @Test
  void aReadyWorkloadIsReadyAtOnceAndSettledAfterwards() {
    given.in(RunStep.START, 0).outcome(Reason.SUCCEEDED, "", true);
    given.status = swappedWithoutOutcome();
    expect(RunStep.SETTLE);
    assertThat(Kstatus.is(plan.status().conditions(), Condition.READY)).isTrue();
    assertThat(plan.status().run().upAt()).isNotNull();
  }

  /** A refused pod is tried again by its controller, and later each time. */
  @ParameterizedTest
  @EnumSource(
      value = RunStep.class,
      names = {"START", "START_OLD"})
  void aWorkloadIsNotScaledUpWhileTheBarrierStands(RunStep step) {
    var patch =
        new WorkloadAction.PatchWorkload(
            "uid", "1", Optional.empty(), Optional.empty(), OptionalInt.empty(), OptionalInt.of(1));
    given.in(step, 0).outcome(Reason.SUCCEEDED, "", true);
    given.workloadIs(new WorkloadPlan.Act(Reason.STARTING, "Scaling.", List.of(patch)));
    var scaling = new Effect.ActOnWorkload(Given.SHOP, List.of(patch));
    given.barred = true;
    assertThat(given.plan().effects()).doesNotContain(scaling);
    given.barred = false;
    assertThat(given.plan().effects()).contains(scaling);
    // Nor for ever: the workload comes back whatever becomes of the database's status.
    given.barred = true;
    given.later(Duration.ofSeconds(3));
    assertThat(given.plan().effects()).contains(scaling);
  }

  /** The policy lets the operator open what it has held. */
  @Test
  void aGateIsOpenedAtOnce() {
    given.in(RunStep.START, 0).outcome(Reason.SUCCEEDED, "", true);
    given.workloadIs(ACT);
    given.barred = true;
    assertThat(given.plan().effects()).anyMatch(Effect.ActOnWorkload.class::isInstance);
  }

  /** With Recreate it is seen only when the old pods are gone; it is not another try's reason. */
  @Test
  void aTemplateThatCameAfterTheLockAndIsLetInIsTheOneThatWasTried() {
    given.in(RunStep.START, 0).workloads = List.of(Given.workload(WAIT, "v2"));
    assertThat(given.plan().status().run().waitingTemplate()).as("not let in yet").isNull();
    given.workloads = List.of(Given.workload(ACT, "v2"));
    given.status = given.plan().status();
    assertThat(given.status.run().waitingTemplate()).isEqualTo("v2");
    given.workloads = List.of(Given.workload(ACT, null));
    assertThat(given.plan().status().run().waitingTemplate()).as("it runs now").isEqualTo("v2");
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
        .job(Reports.report(RunnerStep.ROLLBACK, Outcome.SUCCEEDED, Reason.ROLLED_BACK));
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
            Reports.report(
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
        .job(Reports.report(RunnerStep.ROLLBACK, Outcome.FAILED, Reason.NO_SPACE));
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

  private dev.litehaven.api.v1alpha1.DatabaseMigrationStatus swappedWithoutOutcome() {
    var draft = new RunDraft(given.status.run()).noOutcome().swapped(true).build();
    return given.with(draft).status;
  }
}
