package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.protocol.Reason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A VolumeSnapshot before the migration, where a class is named. */
@Tag("cluster")
@Isolated
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
    haven.snapshotsBy("kept", "litehaven-btrfs", 60);
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
    haven.snapshotsBy("never", "litehaven-snapshot-never-ready", 6);
    haven.apply(Apps.migration("never", "never", Apps.addColumn("001", "risk"), ""));

    Condition end = haven.awaitEnd("never");

    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.SNAPSHOT_NOT_READY.text());
    assertThat(end.message()).contains("kubectl describe volumesnapshot");
    assertThat(haven.sql("never", "SELECT count(*) FROM pragma_table_info('holdings')"))
        .isEqualTo("3");
    haven.assertNoRowLost("never", before);
  }

  @Test
  void ofAClassThatDoesNotExistStopsNothingWhereClassesCanBeRead() {
    haven.start("nowhere", Apps.held("nowhere", "v1", "holdings.quantity"));
    String pod = haven.awaitRunning("nowhere").getMetadata().getUid();
    haven.install("--set", "clusterReads.enabled=true");
    haven.snapshotsBy("nowhere", "no-such-class", 60);
    haven.apply(Apps.migration("nowhere", "nowhere", Apps.addColumn("001", "risk"), ""));

    Condition end = haven.awaitEnd("nowhere");
    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.SNAPSHOT_CLASS_NOT_FOUND.text());
    assertThat(haven.awaitRunning("nowhere").getMetadata().getUid()).isEqualTo(pod);

    // Where they cannot, the snapshot controller says it, and nothing was changed.
    haven.install("--set", "clusterReads.enabled=false");
    haven.kubectl("annotate", "dbm", "nowhere", "litehaven.dev/requestedAt=now");
    haven.await(
        "a run that tried",
        () -> haven.migration("nowhere").getStatus().runs(),
        runs -> !runs.isEmpty());
    end = haven.awaitEnd("nowhere");
    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.SNAPSHOT_CLASS_NOT_FOUND.text());
    assertThat(haven.sql("nowhere", "SELECT count(*) FROM pragma_table_info('holdings')"))
        .isEqualTo("3");
  }
}
