package dev.litehaven.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.operator.database.DatabaseObservation.Backup;
import dev.litehaven.operator.database.DatabaseObservation.Migration;
import dev.litehaven.operator.database.DatabasePlan.Effect;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.protocol.InspectReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.SwapReport;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Git was reverted to an image that is known on an older schema only. */
class DowngradeTest extends DatabasePlannerFixture {
  private static Migration at(String version, boolean ready, boolean midway, String from) {
    return new Migration(
        "orders",
        "default",
        ready,
        version,
        midway,
        List.of(),
        Optional.ofNullable(from).map(before -> run(before, version)));
  }

  private static EndedRun run(String before, String after) {
    return new EndedRun(
        "m-" + after, "Succeeded", "Done.", before, after, null, null, null, List.of(), "digest");
  }

  /** The first image was on 1, the second has been on 2 since. */
  @BeforeEach
  void twoImages() {
    migrations = List.of(at("1", true, false, null));
    healthy();
    migrations = List.of(at("2", true, false, "1"));
    backups = List.of(new Backup("b-1", "noon", true, "m-2", "1"));
    pods = List.of(pod("shop-2", "v2", false, START, null));
    expect(Condition.READY, Reason.HEALTHY);
    remember();
    assertThat(status.app()).hasSize(2);
    reverted();
  }

  private void reverted() {
    pods =
        List.of(
            pod("shop-2", "v2", false, START, null),
            pod("shop-3", "v1", true, START.minusSeconds(60), null));
  }

  private void counted(boolean written, long rows) {
    remember();
    lock = new LockState.Held(5);
    inspection =
        new JobState.Reported(
            new RunnerReport(
                1,
                RunnerStep.INSPECT,
                "i-2",
                5,
                Outcome.SUCCEEDED,
                Reason.SUCCEEDED,
                "Rows that came or went since: %d (users +%d).".formatted(rows, rows),
                null,
                List.of(),
                new SwapReport("DONE", "new", written, rows),
                new InspectReport(List.of(file("app.db", null)), "ext4", 1, 2, null, 9),
                Map.of()));
    expect(Condition.READY, Reason.DOWNGRADE_HELD);
    remember();
  }

  private String held() {
    return plan.status().workloads().getFirst().held();
  }

  @Test
  void itIsHeldAndBothWaysAreOneCommandEach() {
    expect(Condition.READY, Reason.DOWNGRADE_HELD);
    assertThat(opened()).isEmpty();
    assertThat(held()).contains("shop:v1", "schema version 1", "2", "b-1");
    assertThat(plan.status().nextAction())
        .contains("DatabaseBackup b-1")
        .contains("kubectl annotate sdb shop-db -n shop litehaven.dev/admit=v1 --overwrite")
        .contains("kubectl annotate dbm orders -n shop litehaven.dev/rollback=m-2 --overwrite");
    assertThat(plan.notes())
        .singleElement()
        .satisfies(note -> assertThat(note.reason()).isEqualTo("DowngradeHeld"));
    assertThat(plan.status().downgrade().run()).isEqualTo("m-2");
  }

  @Test
  void whatWouldBeLostIsCountedOnce() {
    expect(Condition.READY, Reason.DOWNGRADE_HELD);
    remember();
    expect(Condition.READY, Reason.DOWNGRADE_HELD);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());
    counted(true, 37);
    assertThat(status.downgrade().rowsLost()).isEqualTo(37);
    assertThat(status.downgrade().written()).isTrue();
    assertThat(status.nextAction()).contains("37 (users +37)");
    expect(Condition.READY, Reason.DOWNGRADE_HELD);
    assertThat(plan.effects()).isEmpty();
  }

  @Test
  void whereOnlyOnePodCanHaveTheVolumeNothingIsCounted() {
    claim = Optional.of(claim(true, true));
    expect(Condition.READY, Reason.DOWNGRADE_HELD);
    assertThat(plan.effects()).isEmpty();
    assertThat(plan.status().nextAction()).contains("litehaven.dev/rollback=m-2");
  }

  @Test
  void whoeverIsLetInByNameComesIn() {
    admit = Optional.of("v1");
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-3");
    assertThat(plan.status().downgrade()).isNull();
  }

  @Test
  void whoeverIsLetInByNameDoesNotWaitForAMigrationEitherAndOthersDo() {
    migrations = List.of(at("2", false, false, "1"));
    admit = Optional.of("v1");
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-3");
    pods =
        List.of(
            pod("shop-2", "v2", false, START, null),
            pod("shop-3", "v1", true, START.minusSeconds(60), null),
            pod("shop-4", "v3", true, START.minusSeconds(60), null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-3");
    assertThat(held()).contains("v3", "waits for DatabaseMigration orders");
  }

  /** The commit that brought the migration was reverted as well. */
  @Test
  void aMigrationThatWasRevertedTooIsNoReasonToSayLess() {
    migrations = List.of(at("2", false, false, "1"));
    expect(Condition.READY, Reason.DOWNGRADE_HELD);
    assertThat(held()).contains("litehaven.dev/rollback=m-2");
  }

  @Test
  void whileARunIsUnderWayItDecides() {
    migrations = List.of(at("2", false, true, "1"));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).isEmpty();
  }

  @Test
  void goingBackFurtherThanTheLastRunIsWorkByHand() {
    migrations = List.of(at("3", true, false, "2"));
    expect(Condition.READY, Reason.DOWNGRADE_HELD);
    assertThat(plan.status().downgrade().run()).isNull();
    assertThat(plan.status().nextAction())
        .contains("b-1", "litehaven.dev/admit=v1", "takes more than undoing the last run")
        .doesNotContain("litehaven.dev/rollback");
    assertThat(plan.effects()).isEmpty();
  }

  @Test
  void anImageThatRanOnThisSchemaIsNoneAndNeitherIsAnUnknownOne() {
    pods =
        List.of(
            pod("shop-2", "v2", false, START, null),
            pod("shop-9", "v9", true, START.minusSeconds(60), null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-9");
  }

  @Test
  void aPodOfWhatRunsComesBack() {
    pods = List.of(pod("shop-5", "v2", true, START, null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-5");
  }

  @Test
  void whatWasFoundOutGoesWhenTheRevertIsTakenBack() {
    expect(Condition.READY, Reason.DOWNGRADE_HELD);
    remember();
    pods = List.of(pod("shop-2", "v2", false, START, null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.status().downgrade()).isNull();
    assertThat(plan.status().nextAction()).isNull();
  }
}
