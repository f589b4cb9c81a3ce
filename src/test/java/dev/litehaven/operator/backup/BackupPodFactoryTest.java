package dev.litehaven.operator.backup;

import static dev.litehaven.operator.PodFixture.SETTINGS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.job.RunnerPod.Identity;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who a backup's pod is. */
class BackupPodFactoryTest {
  private final BackupWorld world = new BackupWorld();

  private Identity identity() {
    return BackupPodFactory.pod(world.started().seen(), SETTINGS).identity();
  }

  @Test
  void itIsTheWorkloadWhereOneMountsTheClaim() {
    world.owner = new FileOwner(1000, 2000L, true);
    assertThat(identity()).isEqualTo(new Identity(1000L, 1000L, 1000L, List.of(), null));
  }

  @Test
  void itIsTheFilesOwnerWhereNobodyMountsItAndItsGroupIsNoReasonToChangeTheVolume() {
    world.mounted = false;
    world.owner = new FileOwner(10001, 2000L, false);
    assertThat(identity()).isEqualTo(new Identity(10001L, 2000L, null, List.of(), null));
  }

  @Test
  void itIsNotRootForAFileOfRoots() {
    world.mounted = false;
    world.owner = new FileOwner(0, 2000L, true);
    assertThat(identity()).isEqualTo(new Identity(65532L, 2000L, null, List.of(), null));
  }
}
