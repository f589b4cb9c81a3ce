package dev.litehaven.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.migration.Given;
import dev.litehaven.operator.migration.MigrationPlan;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pods on the claim that belong to no workload of the database. */
class UndeclaredPodsTest {
  private static final WorkloadPlan RUNNING = new WorkloadPlan.Reached("It runs.");

  private final Given given = new Given();

  @ParameterizedTest
  @EnumSource(
      value = RunStep.class,
      names = {"LOCK", "STOP"})
  void areWaitedForBeforeAnythingIsStopped(RunStep step) {
    in(step);
    MigrationPlan plan = given.plan();
    assertThat(plan.status().run().step()).isEqualTo(step.name());
    assertThat(plan.status().run().stoppedAt()).isNull();
    assertThat(plan.effects()).noneMatch(Effect.ActOnWorkload.class::isInstance);
    assertThat(plan.status().nextAction()).contains("pod debug").contains("Stop it");
    assertThat(plan.status().conditions())
        .anyMatch(
            condition ->
                condition.type().equals(Condition.RECONCILING)
                    && condition.reason().equals(Reason.UNDECLARED_USER.text()));
    assertThat(plan.notes()).hasSize(1);
  }

  @Test
  void doNotKeepTheVolumeFromOthersMeanwhile() {
    in(RunStep.LOCK);
    given.lock = new LockState.Free();
    assertThat(given.plan().effects()).isEmpty();
    given.lock = new LockState.Held(7);
    assertThat(given.plan().effects()).contains(new Effect.ReleaseLocks());
  }

  @ParameterizedTest
  @EnumSource(
      value = RunStep.class,
      names = {"LOCK", "STOP"})
  void endTheRunAtItsDeadline(RunStep step) {
    in(step);
    given.now = Given.NOW.plusSeconds(given.deadline + 1);
    var run = given.plan().status().run();
    assertThat(run.step()).isEqualTo(RunStep.FINISH.name());
    assertThat(run.outcomeReason()).isEqualTo(Reason.UNDECLARED_USER.name());
    assertThat(run.outcomeMessage()).contains("pod debug");
  }

  @Test
  void areNotSaidAnyMoreWhenTheyAreGone() {
    in(RunStep.LOCK);
    given.status = given.plan().status();
    given.undeclared = List.of();
    given.lock = new LockState.Free();
    MigrationPlan plan = given.plan();
    assertThat(plan.status().nextAction()).isNull();
    assertThat(plan.effects()).contains(new Effect.TakeLocks());
  }

  @Test
  void thatComeToAStoppedDatabaseAreWaitedForAWhileOnly() {
    given.deadline = 3600;
    in(RunStep.STOP);
    given.undeclared = List.of();
    given.workloads =
        List.of(Given.workload(new WorkloadPlan.Wait(Reason.STOPPING, "Not gone."), null));
    given.status = given.plan().status();
    assertThat(given.status.run().stoppedAt()).isNotNull();
    given.workloads = List.of(Given.workload(RUNNING, null));
    given.undeclared = List.of("pod debug (of nobody)");
    assertThat(given.plan().status().run().step()).isEqualTo(RunStep.STOP.name());
    given.now = Given.NOW.plus(ForwardSteps.STRANGER_PATIENCE).plus(Duration.ofSeconds(1));
    var run = given.plan().status().run();
    assertThat(run.step()).isEqualTo(RunStep.START_OLD.name());
    assertThat(run.outcomeReason()).isEqualTo(Reason.UNDECLARED_USER.name());
  }

  private void in(RunStep step) {
    given.in(step);
    given.undeclared = List.of("pod debug (of nobody)");
  }
}
