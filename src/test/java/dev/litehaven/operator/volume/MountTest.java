package dev.litehaven.operator.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.FileStatus;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.job.RunnerPod.Identity;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who a runner is on a volume: whoever it can be without anything there changing hands. */
class MountTest {
  private static final FileOwner APPS = new FileOwner(10001, 2000L, true);
  private static final FileOwner ROOTS = new FileOwner(0, 2000L, true);
  private static final long IMAGE_USER = 65532;

  private static Identity identity(Long uid, Long gid, Long fsGroup) {
    return new Identity(uid, gid, fsGroup, List.of(), null);
  }

  private static Identity mounted(Identity workload, FileOwner owner) {
    return new VolumeUse.Mount("/data", null, workload, null, List.of(), null).runner(owner, false);
  }

  private static Identity nobodys(FileOwner owner, boolean allowRoot) {
    return VolumeUse.Mount.DEFAULT.runner(owner, allowRoot);
  }

  @Test
  void onAClaimThatNobodyMountsItIsTheOwnerOfTheFileByUserAndGroup() {
    assertThat(nobodys(APPS, false)).isEqualTo(identity(10001L, 2000L, null));
    assertThat(nobodys(null, false)).isEqualTo(Identity.UNKNOWN);
  }

  @Test
  void itIsRootOnlyWhereThatIsAllowedAndOtherwiseInItsFilesGroup() {
    assertThat(nobodys(ROOTS, false)).isEqualTo(identity(IMAGE_USER, 2000L, null));
    assertThat(nobodys(ROOTS, true)).isEqualTo(identity(0L, 2000L, null));
    assertThat(VolumeUse.Mount.DEFAULT.byGroupOnly(ROOTS, false)).isTrue();
    assertThat(VolumeUse.Mount.DEFAULT.byGroupOnly(ROOTS, true)).isFalse();
    assertThat(VolumeUse.Mount.DEFAULT.byGroupOnly(APPS, false)).isFalse();
    assertThat(VolumeUse.Mount.DEFAULT.byGroupOnly(null, false)).isFalse();
  }

  @Test
  void whatAWorkloadSaysCounts() {
    Identity said = identity(10002L, 3000L, 4000L);
    assertThat(mounted(said, APPS)).isEqualTo(said);
    assertThat(mounted(identity(10002L, null, null), APPS))
        .as("a file of somebody else")
        .isEqualTo(identity(10002L, null, null));
  }

  @Test
  void whatAWorkloadLeavesToItsImageTheFileTells() {
    assertThat(mounted(identity(null, null, 4000L), APPS))
        .isEqualTo(identity(10001L, 2000L, 4000L));
    assertThat(mounted(identity(10001L, null, null), APPS))
        .as("without runAsGroup")
        .isEqualTo(identity(10001L, 2000L, null));
  }

  @Test
  void aFileThatNobodyHasSeenTellsNothing() {
    assertThat(FileOwner.of((SQLiteDatabaseStatus) null)).isNull();
    assertThat(FileOwner.of(SQLiteDatabaseStatus.unobserved())).isNull();
    assertThat(FileOwner.of(file(-1L, -1L, false))).isNull();
    assertThat(FileOwner.of(file(null, null, null))).isNull();
    assertThat(FileOwner.of(file(0L, 2000L, true))).isEqualTo(ROOTS);
  }

  private static FileStatus file(Long uid, Long gid, Boolean groupWritable) {
    return new FileStatus(
        "main", "app.db", null, null, null, null, null, uid, gid, groupWritable, null, null);
  }
}
