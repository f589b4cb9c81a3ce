package dev.litehaven.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.operator.database.DatabasePlan.Effect;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** When a database is looked at, and when it is looked at again. */
class DatabasePlannerInspectionTest extends DatabasePlannerFixture {
  @Test
  void theFirstLookTakesTheLockAndThenThePod() {
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());
    lock = new LockState.Held(4);
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.effects()).containsExactly(new Effect.StartInspection());
  }

  @Test
  void whileSomebodyWorksOnTheVolumeItIsNotLookedAt() {
    lock = BUSY;
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.effects()).isEmpty();
    assertThat(plan.status().operation().holder()).isEqualTo("DatabaseMigration/orders/m-1");
    assertThat(plan.status().operation().runId()).isEqualTo("m-1");
  }

  /** The admission policy goes by it. */
  @Test
  void whetherARunHasTheClaimForItselfIsSaid() {
    lock = BUSY;
    exclusivelyHeld = true;
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.status().operation().exclusive()).isTrue();
    exclusivelyHeld = false;
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.status().operation().exclusive()).isFalse();
  }

  @Test
  void whoElseMountsTheClaimIsSaidInShort() {
    healthy();
    assertThat(message()).doesNotContain("Also mounts");
    others = List.of("CronJob nightly");
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(message())
        .endsWith("Also mounts the claim: CronJob nightly; a migration waits for its pods.");
    others = List.of("CronJob a", "CronJob b", "DaemonSet c", "Job d", "Job e");
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(message()).contains("CronJob a, CronJob b, DaemonSet c and 2 more;");
  }

  @Test
  void whatWasLookedAtIsNotLookedAtAgain() {
    healthy();
    now = START.plus(Duration.ofDays(1));
    expect(Condition.READY, Reason.HEALTHY);
    assertThat(plan.effects()).isEmpty();
  }

  @Test
  void aNewGenerationIsLookedAtAgainAndNotReadyMeanwhile() {
    healthy();
    generation = 2;
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());
  }

  @Test
  void askingLooksAgain() {
    healthy();
    requestedAt = Optional.of("now");
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.status().lastHandledRequest()).isEqualTo("now");
  }

  /** An app makes its file when it first starts. */
  @Test
  void whatCannotBeUsedIsLookedAtAgainAndEverLessOften() {
    found();
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
    remember();
    now = START.plusSeconds(9);
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
    assertThat(plan.effects()).isEmpty();
    now = START.plusSeconds(10);
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());

    now = START.plus(Duration.ofHours(1));
    found();
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
    remember();
    now = now.plusSeconds(60);
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
    assertThat(plan.effects()).isEmpty();
    now = now.plus(Duration.ofMinutes(5));
    expect(Condition.STALLED, Reason.FILE_NOT_FOUND);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());
  }

  @Test
  void aLostLookIsMadeAgainButNotAtOnce() {
    lock = new LockState.Held(4);
    inspection = new JobState.Lost(true, "Pod p left no report: OOMKilled.");
    expect(Condition.RECONCILING, Reason.RUNNER_FAILED);
    assertThat(plan.effects()).containsExactly(new Effect.ReleaseLock());
    remember();
    now = START.plusSeconds(5);
    expect(Condition.RECONCILING, Reason.RUNNER_FAILED);
    assertThat(plan.effects()).isEmpty();
    assertThat(message()).contains("OOMKilled");
    now = START.plusSeconds(10);
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.effects()).containsExactly(new Effect.TakeLock());
  }

  @Test
  void aLookThatTheClusterDoesNotTakeLetsTheLockGoAndSaysWhy() {
    lock = new LockState.Held(4);
    inspection = new JobState.Refused(true, "exceeded quota: pods");
    expect(Condition.RECONCILING, Reason.RUNNER_FAILED);
    assertThat(plan.effects()).containsExactly(new Effect.ReleaseLock());
    assertThat(message()).contains("exceeded quota");
  }

  @Test
  void aLookThatWaitsForItsPodSaysForWhat() {
    lock = new LockState.Held(4);
    inspection = new JobState.Active(false, "0/3 nodes are available");
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(message()).contains("0/3 nodes");
  }
}
