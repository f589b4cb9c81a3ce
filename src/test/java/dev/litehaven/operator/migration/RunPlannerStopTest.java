package dev.litehaven.operator.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
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
