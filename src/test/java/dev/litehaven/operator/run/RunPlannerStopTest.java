package dev.litehaven.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.migration.Given;
import dev.litehaven.operator.migration.MigrationPlan;
import dev.litehaven.operator.run.RunObservation.Obstacle;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One turn of a run while it stops the workload: STOP and SNAPSHOT. */
class RunPlannerStopTest extends RunPlannerFixture {
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
  void aSnapshotOfAClassThatDoesNotExistIsNotWaitedFor() {
    given.snapshotClass = "fast";
    given.in(RunStep.SNAPSHOT, 0);
    given.snapshot = new SnapshotState.NoClass("volumesnapshotclass \"fast\" not found");
    expect(RunStep.START_OLD);
    outcome(Reason.SNAPSHOT_CLASS_NOT_FOUND);
  }

  /** Its pods are all that keeps the claim there. */
  @ParameterizedTest
  @EnumSource(
      value = RunStep.class,
      names = {"LOCK", "PLAN", "STOP"})
  void aClaimThatIsBeingDeletedIsNotStopped(RunStep step) {
    given.in(step, 0);
    given.beforeStop = Optional.of(new Obstacle(Reason.CLAIM_TERMINATING, "Being deleted."));
    MigrationPlan plan = given.plan();
    assertThat(plan.status().run()).isNull();
    assertThat(plan.effects()).contains(new Effect.ReleaseLocks());
    given.status = Given.NOTHING;
    plan = given.plan();
    assertThat(plan.status().run()).isNull();
    assertThat(plan.status().nextAction()).isEqualTo("Being deleted.");
  }

  @Test
  void aPodOnANodeThatIsNotReadyIsSaidAndWaitedFor() {
    given
        .in(RunStep.STOP, 0)
        .workloadIs(new WorkloadPlan.Wait(Reason.NODE_UNREACHABLE, "Taint node n1."));
    expect(RunStep.STOP, new Effect.ProtectClaim());
    assertThat(plan.status().conditions())
        .allMatch(one -> one.reason().equals(Reason.NODE_UNREACHABLE.text()));
    assertThat(plan.status().nextAction()).contains("Taint node n1.");
    assertThat(plan.notes()).hasSize(1);
  }

  @Test
  void nobodyElseMayComeFromTheMomentTheWorkloadIsAskedToStop() {
    given.in(RunStep.STOP, 0);
    assertThat(RunStep.keepsOthersOff(given.status.run())).isFalse();
    assertThat(RunStep.keepsOthersOff(given.plan().status().run())).isTrue();
    for (RunStep step : RunStep.values()) {
      given.in(step).outcome(Reason.SUCCEEDED, "", true);
      assertThat(RunStep.keepsOthersOff(given.status.run())).isEqualTo(step.workloadStopped());
    }
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
}
