package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.protocol.Reason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A VolumeSnapshot before the migration, where a class is named. */
@Tag("cluster")
class SnapshotClusterTest {
  private static Haven haven;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("snapshot");
  }

  @AfterAll
  static void remove() {
    haven.close();
  }

  @Test
  void isTakenOfTheStoppedVolumeAndRecorded() {
    haven.start("kept", Apps.held("kept", "v1", "holdings.quantity"));
    snapshotsBy("kept", "litehaven-btrfs");
    haven.apply(Apps.migration("kept", "kept", Apps.addColumn("001", "risk"), ""));

    assertThat(haven.awaitEnd("kept").status()).as(haven.story()).isEqualTo(Condition.TRUE);
    assertThat(haven.backups("kept"))
        .extracting(backup -> backup.getSpec().method())
        .containsExactlyInAnyOrder(
            DatabaseBackupSpec.Method.FILE, DatabaseBackupSpec.Method.VOLUME_SNAPSHOT);
  }

  @Test
  void thatNeverGetsReadyChangesNothingAndTheWorkloadComesBack() {
    haven.start("never", Apps.held("never", "v1", "holdings.quantity"));
    long before = haven.acknowledged("never");
    snapshotsBy("never", "litehaven-snapshot-never-ready");
    haven.apply(Apps.migration("never", "never", Apps.addColumn("001", "risk"), ""));

    Condition end = haven.awaitEnd("never");

    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.SNAPSHOT_NOT_READY.text());
    assertThat(end.message()).contains("kubectl describe volumesnapshot");
    assertThat(haven.sql("never", "SELECT count(*) FROM pragma_table_info('holdings')"))
        .isEqualTo("3");
    haven.assertNoRowLost("never", before);
  }

  private static void snapshotsBy(String database, String className) {
    haven.kubectl(
        "patch",
        "sdb",
        database,
        "--type=merge",
        "-p",
        "{\"spec\":{\"backup\":{\"volumeSnapshotClassName\":\"%s\",\"volumeSnapshotDeadlineSeconds\":6}}}"
            .formatted(className));
    haven.awaitDatabase(database, ready -> Condition.TRUE.equals(ready.status()));
  }
}
