package dev.litehaven.operator.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.Settings;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.migration.MigrationObservation.Database;
import dev.litehaven.operator.volume.VolumeUse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RunnerPodFactoryTest {
  private static final Settings SETTINGS =
      new Settings("test", "shop", List.of(), "litehaven:1", "Always", false, "lease");
  private static final VolumeUse NOBODYS =
      new VolumeUse(
          Optional.of(new VolumeUse.Claim("data", "uid-claim", true, false, false)),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          VolumeUse.Mount.DEFAULT);

  @ParameterizedTest
  @EnumSource(
      value = RunStep.class,
      names = {"PLAN", "MIGRATE", "ROLLBACK", "SETTLE"})
  void everyStepOnAClaimThatNobodyMountsIsTheFilesOwner(RunStep step) {
    Given given = new Given().in(step);
    var database = (Database.Usable) given.seen().database();
    assertThat(RunnerPodFactory.pod(given.seen(), database, NOBODYS, SETTINGS).identity())
        .isEqualTo(new RunnerPod.Identity(1000L, 1000L, null, List.of(), null));
  }
}
