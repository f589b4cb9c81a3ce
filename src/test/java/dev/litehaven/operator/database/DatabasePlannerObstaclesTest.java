package dev.litehaven.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.operator.database.DatabasePlan.Effect;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.operator.workload.WorkloadRef;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What stands in the way of looking at a database. */
class DatabasePlannerObstaclesTest extends DatabasePlannerFixture {
  @Test
  void anUnknownClaimIsWaitedFor() {
    claim = Optional.empty();
    expect(Condition.RECONCILING, Reason.CLAIM_NOT_FOUND);
    assertThat(plan.effects()).isEmpty();
  }

  @Test
  void anUnboundClaimIsWaitedForAndItsFirstPodLetIn() {
    claim = Optional.of(claim(false));
    pods = List.of(pod("shop-1", "v1", true, START.minusSeconds(60), null));
    expect(Condition.RECONCILING, Reason.CLAIM_NOT_BOUND);
    assertThat(opened()).containsExactly("shop-1");
  }

  @Test
  void aWorkloadThatIsNamedAndMissingIsWaitedFor() {
    missing = List.of(new WorkloadRef(WorkloadRef.Kind.STATEFUL_SET, "shop", "gone"));
    expect(Condition.RECONCILING, Reason.WORKLOAD_NOT_SUPPORTED);
  }

  @Test
  void aWorkloadThatRunsAsRootStalls() {
    identity = new RunnerPod.Identity(0L, 0L, null, List.of(), null);
    expect(Condition.STALLED, Reason.WRONG_OWNER);
    assertThat(plan.status().nextAction()).contains("allowRoot");
  }

  @Test
  void aWorkloadThatCannotBeHeldStalls() {
    replicas = 2;
    expect(Condition.STALLED, Reason.WORKLOAD_NOT_SUPPORTED);
  }

  @Test
  void aClaimThatIsBeingDeletedIsNotLookedAt() {
    claim = Optional.of(new VolumeUse.Claim("data", "uid-claim", true, false, true));
    expect(Condition.RECONCILING, Reason.CLAIM_TERMINATING);
    assertThat(plan.effects()).isEmpty();
  }

  /** The runner would have another directory mounted than the workload. */
  @Test
  void aMountThatOnlyTheKubeletCanNameStalls() {
    subPathExpr = "$(POD_NAME)";
    expect(Condition.STALLED, Reason.WORKLOAD_NOT_SUPPORTED);
    assertThat(plan.status().nextAction()).contains("$(POD_NAME)", "subPath");
    assertThat(plan.effects()).isEmpty();
  }

  /** Another database on the claim must not wait for what stands in the way of this one. */
  @Test
  void whatStandsInTheWayLetsTheLockGo() {
    replicas = 2;
    lock = new LockState.Held(4);
    expect(Condition.STALLED, Reason.WORKLOAD_NOT_SUPPORTED);
    assertThat(plan.effects()).contains(new Effect.ReleaseLock());
  }
}
