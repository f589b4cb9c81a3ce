package dev.litehaven.operator.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A new template without a migration, where both must not run at once. */
class HandOverTest {
  private static final Optional<String> V2 = Optional.of("v2");

  @Test
  void nothingIsDoneWhereNothingIsWanted() {
    assertThat(HandOver.next(DeploymentModel.running(true).observe(), Optional.empty())).isEmpty();
  }

  @Test
  void aRunOfAMigrationIsNotOne() {
    assertThat(HandOver.is("m-1234")).isFalse();
    var seen =
        Seen.deployment().template("v1", 1).pods(Seen.ready("a", "v1")).hold("m-1", "v1", "v1");
    assertThat(HandOver.next(seen.now(), Optional.empty())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aDeploymentChangesOverAndIsLetGo(long seed) {
    DeploymentModel end =
        walk(DeploymentModel.running(true).withWaitingUpdate(), V2, new Random(seed));
    assertThat(end.observe().runningTemplate()).contains("v2");
    assertThat(end.observe().heldBy()).isEmpty();
    assertThat(end.paused()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aStatefulSetChangesOverAndKeepsItsPartition(long seed) {
    StatefulSetModel end =
        walk(StatefulSetModel.running(true, 1).withWaitingUpdate(), V2, new Random(seed));
    assertThat(end.observe().runningTemplate()).contains("v2");
    assertThat(end.observe().heldBy()).isEmpty();
    assertThat(((Rollout.OfStatefulSet) end.observe().rollout()).partition()).isEqualTo(1);
  }

  @Test
  void aTemplateThatIsReplacedMeanwhileIsLetGoOf() {
    var seen =
        Seen.deployment()
            .template("v1", 1)
            .template("v2", 1)
            .pods(Seen.gated("a", "v1"), Seen.gated("b", "v2"));
    var begun = HandOver.next(seen.now(), V2).orElseThrow();
    assertThat(begun).isInstanceOf(WorkloadPlan.Act.class);
    String run =
        ((WorkloadAction.PatchWorkload) ((WorkloadPlan.Act) begun).actions().getFirst())
            .quiesced()
            .orElseThrow()
            .run();
    var later =
        Seen.deployment()
            .template("v1", 1)
            .template("v2", 1)
            .template("v3", 1)
            .pods(Seen.gated("a", "v1"), Seen.gated("b", "v2"), Seen.gated("c", "v3"))
            .hold(run, "v1", "v2");
    var next = (WorkloadPlan.Act) HandOver.next(later.now(), Optional.empty()).orElseThrow();
    assertThat(next.actions())
        .allSatisfy(
            action -> assertThat(((WorkloadAction.PatchWorkload) action).quiesced()).isEmpty());
  }

  /** As operator and controllers come to act, until nobody has anything to do. */
  private static <S extends Model<S>> S walk(S start, Optional<String> wanted, Random random) {
    S model = start;
    Optional<String> asked = wanted;
    for (int turn = 0; turn < 200; turn++) {
      assertThat(model.running()).hasSizeLessThanOrEqualTo(1);
      Optional<WorkloadPlan> plan = HandOver.next(model.observe(), asked);
      if (model.observe().heldBy().isPresent()) {
        asked = Optional.empty();
      }
      boolean ours = plan.filter(WorkloadPlan.Act.class::isInstance).isPresent();
      var others = model.others();
      if (!ours && others.isEmpty() && plan.isEmpty()) {
        return model;
      }
      if (ours && (others.isEmpty() || random.nextBoolean())) {
        for (WorkloadAction action : ((WorkloadPlan.Act) plan.get()).actions()) {
          model = model.apply(action).orElse(model);
        }
      } else if (!others.isEmpty()) {
        model = others.get(random.nextInt(others.size()));
      }
    }
    return fail("it did not come to rest: " + model);
  }
}
