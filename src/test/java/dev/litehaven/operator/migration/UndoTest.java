package dev.litehaven.operator.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.run.Effect;
import dev.litehaven.operator.run.Reports;
import dev.litehaven.operator.run.RunObservation.Workload;
import dev.litehaven.operator.run.RunStep;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Going back to before a run that has ended, because somebody says so. */
class UndoTest {
  private final Given given = new Given();
  private MigrationPlan plan;

  @Test
  void theLastRunThatChangedTheDatabaseIsUndoneWhenItIsNamed() {
    given.status = Ended.afterSuccess("m-1");
    assertThat(given.plan().status().run()).as("nobody has asked").isNull();
    given.rollbackOf = Optional.of("m-2");
    assertThat(given.plan().status().run()).as("another was named").isNull();
    given.rollbackOf = Optional.of("m-1");
    var run = given.plan().status().run();
    assertThat(run.undoes()).isEqualTo("m-1");
    assertThat(run.byForce()).isTrue();
    assertThat(run.id()).isNotEqualTo("m-1");
    assertThat(run.versionBefore()).isEqualTo("1");
    assertThat(run.versionAfter()).isEqualTo("2");
    given.suspend = true;
    assertThat(given.plan().status().run()).as("suspended").isNull();
  }

  @Test
  void whatMayGoBackByItselfIsNotForcedAndIsTriedOnce() {
    given.status = Ended.afterSuccess("m-1");
    given.backUnlessWritten = Optional.of("m-2");
    assertThat(given.plan().status().run()).as("another").isNull();
    given.backUnlessWritten = Optional.of("m-1");
    var run = given.plan().status().run();
    assertThat(run.undoes()).isEqualTo("m-1");
    assertThat(run.byForce()).isNull();
    given.rollbackOf = Optional.of("m-1");
    var asked = given.plan().status().run();
    assertThat(asked.byForce()).isTrue();
    assertThat(asked.id()).isNotEqualTo(run.id());
    given.rollbackOf = Optional.empty();
    given.status =
        Ended.afterRuns(
            given.status.succeededKey(),
            List.of(
                Ended.run(run.id(), Reason.ROLLBACK_NEEDS_DECISION, "2", "2", "d1"),
                given.status.runs().getFirst()));
    assertThat(given.plan().status().run()).as("something was written").isNull();
    given.rollbackOf = Optional.of("m-1");
    assertThat(given.plan().status().run().id()).isEqualTo(asked.id());
  }

  @Test
  void anOlderRunCannotBeUndone() {
    var older = Ended.run("m-1", Reason.SUCCEEDED, "1", "2", "d1");
    var newer = Ended.run("m-2", Reason.SUCCEEDED, "2", "3", "d1");
    var nothing = Ended.run("m-3", Reason.UP_TO_DATE, "3", "3", "d1");
    assertThat(Undo.last(List.of(nothing, newer, older))).contains(newer);
    given.status =
        Ended.afterRuns(new Given().plan().status().run().key(), List.of(nothing, newer, older));
    given.rollbackOf = Optional.of("m-1");
    assertThat(given.plan().status().run()).isNull();
    given.rollbackOf = Optional.of("m-2");
    assertThat(given.plan().status().run().undoes()).isEqualTo("m-2");
  }

  @Test
  void nothingIsRehearsedAndTheRollbackFollowsTheStop() {
    undoing(RunStep.LOCK);
    given.workloads =
        List.of(
            new Workload(
                Given.SHOP,
                "uid-shop",
                new WorkloadPlan.Reached("There."),
                List.of(),
                Optional.of("v1"),
                Optional.of("v2"),
                Optional.empty()));
    turn(RunStep.STOP);
    assertThat(plan.status().run().waitingTemplate()).as("what must not come back").isEqualTo("v2");
    given.status = plan.status();
    turn(RunStep.ROLLBACK);
    given.status = plan.status();
    given.lock = new LockState.Held(8);
    turn(RunStep.ROLLBACK);
    given.status = plan.status();
    plan = given.plan();
    assertThat(plan.effects()).containsExactly(new Effect.StartJob());
  }

  @Test
  void thePodIsAskedForTheNamedRunByForce() {
    undoing(RunStep.ROLLBACK);
    var request =
        RunnerPodFactory.pod(
                given.seen(),
                given.usable(),
                volume(),
                new dev.litehaven.operator.Settings(
                    "x", "shop", List.of(), "image", "Never", false, ""))
            .request();
    assertThat(request.targetRunId()).isEqualTo("m-1");
    assertThat(request.force()).isTrue();
    assertThat(request.run().runId()).isEqualTo(given.status.run().id());
  }

  @Test
  void theVersionOfBeforeAndWhatRanOnItComeBack() {
    undoing(RunStep.ROLLBACK);
    given.job(Reports.report(RunnerStep.ROLLBACK, Outcome.SUCCEEDED, Reason.ROLLED_BACK));
    turn(RunStep.START_BEFORE);
    assertThat(plan.status().currentVersion()).isEqualTo("1");
    assertThat(plan.status().run().outcomeReason()).isEqualTo("ROLLED_BACK");
    assertThat(plan.status().run().outcomeMessage()).contains("Run m-1 was undone");
  }

  @Test
  void whatCannotBeUndoneLeavesTheWorkloadAsItWas() {
    undoing(RunStep.ROLLBACK);
    given.job(Reports.report(RunnerStep.ROLLBACK, Outcome.REFUSED, Reason.INVALID_REQUEST));
    turn(RunStep.START_OLD);
    assertThat(plan.status().run().outcomeReason()).isEqualTo("ROLLBACK_NEEDS_DECISION");
    assertThat(plan.status().currentVersion()).isEqualTo("2");
  }

  /** The same migration would lead to the same again; another one is looked at by itself. */
  @ParameterizedTest
  @EnumSource(Same.class)
  void whatWasUndoneIsNotTriedAgain(Same input) {
    undoing(RunStep.FINISH);
    if (input == Same.NO) {
      given.status =
          Ended.afterRuns(
              given.status.succeededKey(),
              List.of(Ended.run("m-1", Reason.SUCCEEDED, "1", "2", "another digest")));
      undoing(RunStep.FINISH);
    }
    given.outcome(Reason.ROLLED_BACK, "Run m-1 was undone.", false);
    plan = given.plan();
    assertThat(plan.status().currentVersion()).isEqualTo("1");
    assertThat(plan.status().succeededKey()).isNull();
    assertThat(Kstatus.is(plan.status().conditions(), Condition.STALLED)).isTrue();
    assertThat(plan.status().runs().getFirst().versionBefore()).isEqualTo("2");
    assertThat(plan.status().runs().getFirst().versionAfter()).isEqualTo("1");
    given.status = plan.status();
    given.lock = new LockState.Free();
    var next = given.plan().status().run();
    if (input == Same.NO) {
      assertThat(next.undoes()).as("looked at as it is now").isNull();
    } else {
      assertThat(next).as("neither migrated nor undone again").isNull();
    }
  }

  private enum Same {
    YES,
    NO
  }

  @Test
  void whatCouldNotBeUndoneIsTriedAgainOnlyWhenAskedAnew() {
    undoing(RunStep.FINISH);
    given.outcome(Reason.ROLLBACK_NEEDS_DECISION, "Run m-1 was not undone.", true);
    String succeeded = given.status.succeededKey();
    plan = given.plan();
    assertThat(plan.status().succeededKey()).isEqualTo(succeeded);
    assertThat(plan.status().currentVersion()).isEqualTo("2");
    given.status = plan.status();
    given.lock = new LockState.Free();
    plan = given.plan();
    assertThat(plan.status().run()).isNull();
    assertThat(Kstatus.is(plan.status().conditions(), Condition.READY)).isTrue();
    given.requestedAt = Optional.of("once more");
    assertThat(given.plan().status().run().undoes()).isEqualTo("m-1");
  }

  @Test
  void aDecisionIsOfferedAsOneCommandForEachWay() {
    given.in(RunStep.FINISH, 0).outcome(Reason.ROLLBACK_NEEDS_DECISION, "Not rolled back.", true);
    String id = given.status.run().id();
    plan = given.plan();
    assertThat(plan.status().nextAction())
        .contains("kubectl annotate dbm orders -n shop litehaven.dev/requestedAt=")
        .contains(
            "kubectl annotate dbm orders -n shop litehaven.dev/rollback=" + id + " --overwrite")
        .contains("version 1");
    given.status = plan.status();
    given.lock = new LockState.Free();
    plan = given.plan();
    assertThat(plan.status().nextAction())
        .as("said as long as it is so")
        .contains("litehaven.dev/rollback=" + id);
    given.rollbackOf = Optional.of(id);
    assertThat(given.plan().status().run().undoes()).isEqualTo(id);
  }

  private static dev.litehaven.operator.volume.VolumeUse volume() {
    return new dev.litehaven.operator.volume.VolumeUse(
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        dev.litehaven.operator.volume.VolumeUse.Mount.DEFAULT);
  }

  /** A run that undoes m-1 is in this step, with the pod of the step asked for. */
  private void undoing(RunStep step) {
    if (given.status.runs().isEmpty()) {
      given.status = Ended.afterSuccess("m-1");
    }
    given.rollbackOf = Optional.of("m-1");
    var before = given.status;
    given.lock = new LockState.Free();
    given.status = Ended.afterRuns(before.succeededKey(), before.runs());
    var begun = given.plan().status();
    given.lock = new LockState.Held(7);
    given.finalizer = true;
    given.status = begun;
    given.inStep(step);
  }

  private void turn(RunStep next) {
    plan = given.plan();
    assertThat(plan.status().run().step()).isEqualTo(next.name());
  }
}
