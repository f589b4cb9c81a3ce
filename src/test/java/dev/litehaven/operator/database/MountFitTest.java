package dev.litehaven.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.FileStatus;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Optional;
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
    return file(path, owner, false);
  }

  private static List<FileStatus> file(String path, Long owner, boolean groupWritable) {
    return List.of(
        new FileStatus(
            "main", path, 1L, "wal", null, null, 1, owner, 2000L, groupWritable, null, null));
  }

  private static Optional<MountFit> problem(VolumeUse.Mount mount, List<FileStatus> files) {
    return MountFit.problem(mount, files, false);
  }

  @Test
  void theOwnersOwnWorkloadFits() {
    assertThat(problem(mount(1000L, null), file("app.db", 1000L))).isEmpty();
  }

  @Test
  void anotherUidDoesNot() {
    assertThat(problem(mount(1001L, null), file("app.db", 1000L)))
        .hasValueSatisfying(
            problem -> {
              assertThat(problem.reason()).isEqualTo(Reason.WRONG_OWNER);
              assertThat(problem.message()).contains("uid 1000", "uid 1001", "chown");
            });
  }

  @Test
  void rootAndWhoIsNotKnownMayPass() {
    assertThat(problem(mount(0L, null), file("app.db", 1000L))).isEmpty();
    assertThat(problem(mount(null, null), file("app.db", 1000L))).isEmpty();
    assertThat(problem(mount(1000L, null), file("app.db", null))).isEmpty();
    assertThat(problem(mount(1000L, null), file("app.db", -1L))).isEmpty();
  }

  @Test
  void aFileOfRootsThatNobodyMountsIsReachedByItsGroupOrAsRootWhereThatIsAllowed() {
    VolumeUse.Mount nobodys = VolumeUse.Mount.DEFAULT;
    assertThat(problem(nobodys, file("app.db", 0L)))
        .hasValueSatisfying(
            problem -> {
              assertThat(problem.reason()).isEqualTo(Reason.WRONG_OWNER);
              assertThat(problem.message()).contains("chown", "chmod g+w", "runner.allowRoot");
            });
    assertThat(problem(nobodys, file("app.db", 0L, true))).isEmpty();
    assertThat(MountFit.problem(nobodys, file("app.db", 0L), true)).isEmpty();
    assertThat(problem(nobodys, file("app.db", 1000L))).isEmpty();
  }

  @Test
  void aFileThatSomeContainerMountsByItselfDoesNot() {
    assertThat(problem(mount(1000L, null, "app/shop.db"), file("app/shop.db", 1000L)))
        .hasValueSatisfying(
            problem -> assertThat(problem.reason()).isEqualTo(Reason.SUB_PATH_FILE));
    assertThat(problem(mount(1000L, "app", "app", "app/shop.db"), file("shop.db", 1000L)))
        .isPresent();
    assertThat(problem(mount(1000L, "app", "app"), file("shop.db", 1000L))).isEmpty();
  }
}
