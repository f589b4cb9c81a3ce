package dev.litehaven.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.database.DatabasePlan.Effect;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.workload.HandOver;
import dev.litehaven.operator.workload.WorkloadAction;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A claim that one pod at a time can mount: nobody looks, and no second version starts, beside. */
class DatabasePlannerSinglePodTest extends DatabasePlannerFixture {
  @BeforeEach
  void readWriteOncePod() {
    claim = Optional.of(claim(true, true));
  }

  @Test
  void aNamedDatabaseInUseIsReadyWithoutALook() {
    files = List.of(new SQLiteDatabaseSpec.File("main", "app.db"));
    expect(Condition.READY, Reason.NOT_INSPECTED);
    assertThat(plan.effects()).isEmpty();
    assertThat(plan.status().files()).extracting("path").containsExactly("app.db");
    assertThat(message()).contains("ReadWriteOncePod").contains("when the workload is stopped");
  }

  @Test
  void withoutANameNobodyKnowsWhichFileIsMeant() {
    expect(Condition.STALLED, Reason.NOT_INSPECTED);
    assertThat(plan.status().nextAction()).contains("spec.files");
  }

  @Test
  void theFirstLookComesBeforeTheFirstPod() {
    node = null;
    pods = List.of(pod("shop-1", "v1", true, START.minus(Duration.ofMinutes(1)), null));
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(opened()).isEmpty();
    assertThat(plan.effects()).contains(new Effect.TakeLock());
    assertThat(plan.status().workloads().getFirst().held()).contains("has been looked at");

    found(file("app.db", null));
    plan = DatabasePlanner.plan(seen());
    remember();
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(opened()).containsExactly("shop-1");
  }

  @Test
  void aLookThatCameTooLateIsTakenBack() {
    files = List.of(new SQLiteDatabaseSpec.File("main", "app.db"));
    lock = new LockState.Held(4);
    inspection = new JobState.Active(false, "In use by another pod.");
    expect(Condition.READY, Reason.NOT_INSPECTED);
    assertThat(plan.effects())
        .containsExactlyInAnyOrder(new Effect.CancelInspection(), new Effect.ReleaseLock());
  }

  @Test
  void whatWasSeenBeforeStaysKnownWhileItIsInUse() {
    healthy();
    requestedAt = Optional.of("now");
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.effects()).isEmpty();
  }

  @Test
  void aNewTemplateIsHandedOverUnderTheLock() {
    healthy();
    pods =
        List.of(
            pod("old", "v1", false, START.minus(Duration.ofMinutes(5)), null),
            pod("new", "v2", true, START.minus(Duration.ofMinutes(1)), null));
    plan = DatabasePlanner.plan(seen());
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());

    lock = new LockState.Held(5);
    plan = DatabasePlanner.plan(seen());
    var act = (Effect.ActOnWorkload) plan.effects().getFirst();
    var patch = (WorkloadAction.PatchWorkload) act.actions().getFirst();
    assertThat(HandOver.is(patch.quiesced().orElseThrow().run())).isTrue();
    assertThat(plan.effects()).doesNotContain(new Effect.ReleaseLock());
  }

  @Test
  void aNewTemplateIsNotHandedOverBeforeItsMigration() {
    healthy();
    pods =
        List.of(
            pod("old", "v1", false, START.minus(Duration.ofMinutes(5)), null),
            pod("new", "v2", true, START.minus(Duration.ofMinutes(1)), null));
    migrations = List.of(migration("orders", false, null));
    plan = DatabasePlanner.plan(seen());
    assertThat(plan.effects()).isEmpty();
    migrations = List.of();
    siblings = List.of(migration("stock", false, null));
    plan = DatabasePlanner.plan(seen());
    assertThat(plan.effects()).isEmpty();
    assertThat(plan.status().workloads().getFirst().held()).contains("DatabaseMigration stock");
  }
}
