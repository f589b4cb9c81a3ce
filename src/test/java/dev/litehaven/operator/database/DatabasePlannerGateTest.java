package dev.litehaven.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.operator.database.DatabaseObservation.Migration;
import dev.litehaven.operator.database.DatabasePlan.Effect;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.workload.Quiesced;
import dev.litehaven.operator.workload.WorkloadAction;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Whose pods pass the gate while no run is on. */
class DatabasePlannerGateTest extends DatabasePlannerFixture {
  @Test
  void theFirstPodIsLetIn() {
    healthy();
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-1");
    assertThat(plan.status().workloads().getFirst().admittedTemplate()).isEqualTo("v1");
  }

  @Test
  void nobodyIsLetInWhileAnotherWorksOnTheVolume() {
    healthy();
    lock = BUSY;
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).isEmpty();
  }

  @Test
  void whoeverOnlyLooksDoesNotKeepPodsOutside() {
    healthy();
    lock = new LockState.HeldByOther("SQLiteDatabase/other/inspection", "noon");
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-1");
  }

  @Test
  void aNewTemplateWaitsAMomentForItsMigration() {
    healthy();
    pods = List.of(pod("shop-1", "v1", false, START, null), pod("shop-2", "v2", true, START, null));
    now = START.plusSeconds(2);
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).isEmpty();
    assertThat(plan.again()).isLessThanOrEqualTo(Duration.ofSeconds(1));
    now = START.plusSeconds(3);
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-2");
  }

  @Test
  void aNewTemplateWaitsForAnUnfinishedMigrationByName() {
    healthy();
    migrations = List.of(migration("orders", false, "1"));
    pods =
        List.of(
            pod("shop-1", "v1", false, START, null),
            pod("shop-2", "v2", true, START.minusSeconds(60), null));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).isEmpty();
    assertThat(plan.status().workloads().getFirst().held()).contains("DatabaseMigration orders");
  }

  @Test
  void aTemplateThatAsksForAnotherSchemaStaysOutside() {
    healthy();
    migrations = List.of(migration("orders", true, "002"));
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), "3"));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).isEmpty();
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), "2"));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-1");
  }

  /** Nothing runs: what was let in last would pass by itself, on a database that went back. */
  @Test
  void whatWasLetInForAVersionThatWasUndoneStaysOutside() {
    migrations = List.of(migration("orders", true, "2"));
    healthy();
    pods = List.of(pod("shop-2", "v1", true, START.minusSeconds(60), null));
    migrations =
        List.of(
            new Migration(
                "orders", "default", false, "1", false, List.of("v0", "v1"), Optional.empty()));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).isEmpty();
    assertThat(plan.status().workloads().getFirst().held()).contains("was undone").contains("at 1");
    migrations =
        List.of(new Migration("orders", "default", false, "1", false, List.of(), Optional.empty()));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-2");
  }

  @Test
  void aWorkloadWhoseRunExistsNoMoreIsLetGo() {
    healthy();
    paused = true;
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), null));
    quiesced =
        Optional.of(
            new Quiesced(
                "m-dead", Quiesced.Method.HOLD, 1, false, 0, Optional.of("v1"), Optional.of("v1")));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.effects()).as("somebody may still have it").isEmpty();

    abandoned = List.of(SHOP);
    found(file("app.db", null));
    expect(Condition.READY, Reason.HEALTHY);
    remember();
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.effects())
        .singleElement()
        .satisfies(
            effect ->
                assertThat(((Effect.ActOnWorkload) effect).actions())
                    .singleElement()
                    .satisfies(
                        action -> {
                          var patch = (WorkloadAction.PatchWorkload) action;
                          assertThat(patch.quiesced()).isEmpty();
                          assertThat(patch.paused()).contains(false);
                        }));
    assertThat(plan.notes())
        .singleElement()
        .satisfies(note -> assertThat(note.message()).contains("m-dead"));
  }
}
