package dev.litehaven.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.migration.Given;
import dev.litehaven.operator.migration.Kstatus;
import dev.litehaven.operator.migration.MigrationPlan;
import dev.litehaven.operator.run.RunObservation.Workload;
import dev.litehaven.operator.workload.Concern;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One turn of a run before anything is stopped: LOCK and PLAN. */
class RunPlannerRehearsalTest extends RunPlannerFixture {
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
  void whereNothingRunsThereIsNothingToRehearseBeside() {
    given.in(RunStep.LOCK);
    given.workloads =
        given.workloads.stream()
            .map(
                one ->
                    new Workload(
                        one.ref(),
                        one.uid(),
                        one.plan(),
                        one.concerns(),
                        one.waitingTemplate(),
                        Optional.empty(),
                        Optional.empty()))
            .toList();
    expect(RunStep.STOP);
    given.in(RunStep.LOCK);
    given.workloads = List.of();
    expect(RunStep.STOP);
  }

  /** It can be put right without a change to the migration, which then goes on by itself. */
  @ParameterizedTest
  @EnumSource(
      value = RunStep.class,
      names = {"LOCK", "PLAN", "STOP"})
  void aWorkloadThatCannotBeStoppedIsWaitedForBeforeAnythingIsStopped(RunStep step) {
    given.in(step, 0);
    List<Workload> fit = given.workloads;
    given.workloads =
        List.of(
            new Workload(
                Given.SHOP,
                "uid-shop",
                new WorkloadPlan.Reached("There."),
                List.of(new Concern(true, Reason.WORKLOAD_NOT_SUPPORTED, "2 replicas.")),
                Optional.empty(),
                Optional.of("v1"),
                Optional.empty()));
    MigrationPlan dropped = given.plan();
    assertThat(dropped.status().run()).isNull();
    assertThat(dropped.effects()).contains(new Effect.ReleaseLocks());

    given.status = dropped.status();
    MigrationPlan told = given.plan();
    assertThat(told.status().run()).isNull();
    assertThat(told.status().nextAction()).isEqualTo("2 replicas.");

    given.status = told.status();
    given.workloads = fit;
    assertThat(given.plan().status().run()).isNotNull();
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
    given.in(RunStep.PLAN).job(Reports.report(RunnerStep.PLAN, Outcome.FAILED, Reason.INTERRUPTED));
    expect(RunStep.PLAN, new Effect.ExpireJob(), new Effect.RaiseEpoch());
  }

  @Test
  void aRefusedRehearsalEndsWithItsReason() {
    given
        .in(RunStep.PLAN)
        .job(Reports.report(RunnerStep.PLAN, Outcome.REFUSED, Reason.DESTRUCTIVE_CHANGE));
    expect(RunStep.FINISH, new Effect.ExpireJob());
    outcome(Reason.DESTRUCTIVE_CHANGE);
  }

  @Test
  void withNothingPendingNothingIsStopped() {
    given
        .in(RunStep.PLAN)
        .job(Reports.report(RunnerStep.PLAN, Outcome.SUCCEEDED, Reason.UP_TO_DATE));
    expect(RunStep.FINISH, new Effect.ExpireJob());
    outcome(Reason.UP_TO_DATE);
  }

  @Test
  void aRehearsalThatFitsStopsTheWorkload() {
    given
        .in(RunStep.PLAN)
        .job(Reports.report(RunnerStep.PLAN, Outcome.SUCCEEDED, Reason.SUCCEEDED));
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
}
