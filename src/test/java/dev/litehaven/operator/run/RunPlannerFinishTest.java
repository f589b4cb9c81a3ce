package dev.litehaven.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.migration.Given;
import dev.litehaven.operator.migration.Kstatus;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** One turn of a run at its end: HALTED and FINISH. */
class RunPlannerFinishTest extends RunPlannerFixture {
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

  @Test
  void whatToPutBackInGitIsNamedWhereTheOldCodeCannotComeBack() {
    given.in(RunStep.FINISH, 0).outcome(Reason.ROLLED_BACK, "Rolled back.", false);
    plan = given.plan();
    assertThat(plan.status().nextAction())
        .startsWith("The database and the workload are as before");
    given.workloads =
        List.of(
            new RunObservation.Workload(
                Given.SHOP,
                "uid-shop",
                new dev.litehaven.operator.workload.WorkloadPlan.Reached("There."),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.of("Put image shop:1 back in Git.")));
    plan = given.plan();
    assertThat(plan.status().nextAction())
        .startsWith("The database is as before. Put image shop:1 back in Git. Correct");
    assertThat(plan.status().conditions().getFirst().message())
        .isEqualTo("Rolled back. Put image shop:1 back in Git.");
    given.status = plan.status();
    given.lock = new LockState.Free();
    assertThat(given.plan().status().nextAction())
        .as("said as long as it is so")
        .contains("Put image shop:1 back in Git.");
  }
}
