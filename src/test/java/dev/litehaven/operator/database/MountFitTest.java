package dev.litehaven.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.FileStatus;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountFitTest {
  private static VolumeUse.Mount mount(Long uid, String subPath, String... subPaths) {
    return new VolumeUse.Mount(
        "/data",
        subPath,
        new RunnerPod.Identity(uid, null, null, List.of(), null),
        null,
        List.of(subPaths),
        null);
  }

  private static List<FileStatus> file(String path, Long owner) {
    return List.of(new FileStatus("main", path, 1L, "wal", null, null, 1, owner, null, null));
  }

  @Test
  void theOwnersOwnWorkloadFits() {
    assertThat(MountFit.problem(mount(1000L, null), file("app.db", 1000L))).isEmpty();
  }

  @Test
  void anotherUidDoesNot() {
    assertThat(MountFit.problem(mount(1001L, null), file("app.db", 1000L)))
        .hasValueSatisfying(
            problem -> {
              assertThat(problem.reason()).isEqualTo(Reason.WRONG_OWNER);
              assertThat(problem.message()).contains("uid 1000", "uid 1001", "chown");
            });
  }

  @Test
  void rootAndWhoIsNotKnownMayPass() {
    assertThat(MountFit.problem(mount(0L, null), file("app.db", 1000L))).isEmpty();
    assertThat(MountFit.problem(mount(null, null), file("app.db", 1000L))).isEmpty();
    assertThat(MountFit.problem(mount(1000L, null), file("app.db", null))).isEmpty();
    assertThat(MountFit.problem(mount(1000L, null), file("app.db", -1L))).isEmpty();
  }

  @Test
  void aFileThatSomeContainerMountsByItselfDoesNot() {
    assertThat(MountFit.problem(mount(1000L, null, "app/shop.db"), file("app/shop.db", 1000L)))
        .hasValueSatisfying(
            problem -> assertThat(problem.reason()).isEqualTo(Reason.SUB_PATH_FILE));
    assertThat(MountFit.problem(mount(1000L, "app", "app", "app/shop.db"), file("shop.db", 1000L)))
        .isPresent();
    assertThat(MountFit.problem(mount(1000L, "app", "app"), file("shop.db", 1000L))).isEmpty();
  }
}
