package dev.litehaven.operator.migration;

import static dev.litehaven.operator.PodFixture.NOBODYS;
import static dev.litehaven.operator.PodFixture.SETTINGS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.run.RunStep;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RunnerPodFactoryTest {
  @ParameterizedTest
  @EnumSource(
      value = RunStep.class,
      names = {"PLAN", "MIGRATE", "ROLLBACK", "SETTLE"})
  void everyStepOnAClaimThatNobodyMountsIsTheFilesOwner(RunStep step) {
    Given given = new Given().in(step);
    var database = (Database.Usable) given.seen().run().database();
    assertThat(RunnerPodFactory.pod(given.seen(), database, NOBODYS, SETTINGS).identity())
        .isEqualTo(new RunnerPod.Identity(1000L, 1000L, null, List.of(), null));
  }
}
