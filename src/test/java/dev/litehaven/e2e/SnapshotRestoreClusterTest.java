package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import dev.litehaven.protocol.Reason;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** VolumeSnapshots of an app that writes all the time: opened, restored in place, and copied. */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SnapshotRestoreClusterTest {
  private static final String CLASS = "litehaven-btrfs";
  private static final String APP = "shop";

  private Haven haven;
  private Backups backups;

  @BeforeAll
  void install() {
    haven = Haven.withOperator("snapshots");
    haven.requireStorageClass(CLASS);
    backups = new Backups(haven);
    haven.start(APP, Apps.held(APP, "v1", "holdings.quantity"));
  }

  @AfterAll
  void remove() {
    haven.close();
  }

  @Test
  void aSnapshotIsOpenedOnAVolumeOfItsOwnAndRestoredInPlace() {
    long acknowledged = haven.acknowledged(APP);
    DatabaseBackup made =
        backups.byHand(
            "monday", APP, "method: VolumeSnapshot\nvolumeSnapshot: {className: " + CLASS + "}");
    assertThat(Backups.succeeded(made)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(made.getStatus().verified()).isTrue();
    assertThat(made.getStatus().rows()).isGreaterThanOrEqualTo(acknowledged);
    haven.await(
        "the volume that it was opened on to go",
        this::claims,
        found -> found.stream().noneMatch(name -> name.contains("read-back")));
    haven.write(APP, "UPDATE holdings SET quantity = 4711");

    backups.restoreInPlace("back", APP, "source: {backupRef: {name: monday}}");
    DatabaseRestoreStatus status = backups.awaitRestored("back");

    assertThat(Backups.succeeded(status)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(status.backup()).isEqualTo(made.getStatus().artifact().volumeSnapshotName());
    haven.awaitRunning(APP);
    assertThat(haven.sql(APP, "SELECT count(*) FROM holdings WHERE quantity = 4711"))
        .isEqualTo("0");
    haven.assertNoRowLost(APP, acknowledged);
    assertThat(backups.backup(status.preRestoreBackups().getFirst()).getStatus().verified())
        .isTrue();
  }

  @Test
  void somebodyElsesSnapshotIsWaitedForAndCopiedIntoANewClaim() {
    String pod = haven.awaitRunning(APP).getMetadata().getUid();
    backups.applyRestore(
        "copy",
        APP,
        """
        mode: NewClaim
        newClaim: {name: copy-data}
        source: {volumeSnapshotRef: {name: theirs}}
        """);
    haven.await(
        "the restore to say what it waits for",
        () -> backups.restore("copy"),
        found ->
            found.getStatus() != null
                && found.getStatus().conditions().toString().contains("no VolumeSnapshot theirs"));

    haven.apply(
        """
        apiVersion: snapshot.storage.k8s.io/v1
        kind: VolumeSnapshot
        metadata: {name: theirs}
        spec:
          volumeSnapshotClassName: %s
          source: {persistentVolumeClaimName: %s-data}
        """
            .formatted(CLASS, APP));
    DatabaseRestoreStatus status = backups.awaitRestored("copy");

    assertThat(Backups.succeeded(status)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(status.backup()).isEqualTo("theirs");
    assertThat(haven.awaitRunning(APP).getMetadata().getUid()).as("left alone").isEqualTo(pod);
    haven.apply(Apps.idle("looker", "copy-data"));
    assertThat(haven.onlyDatabase("looker", "PRAGMA integrity_check")).isEqualTo("ok");
  }

  @Test
  void oneOfAVolumeWithoutADatabaseIsNoBackupAndRestoresNothing() {
    haven.apply(Apps.claim("empty"));
    haven.apply(Apps.idle("user", "empty-data"));
    haven.awaitRunning("user");
    haven.apply(
        """
        apiVersion: snapshot.storage.k8s.io/v1
        kind: VolumeSnapshot
        metadata: {name: wrong}
        spec:
          volumeSnapshotClassName: %s
          source: {persistentVolumeClaimName: empty-data}
        """
            .formatted(CLASS));
    String pod = haven.awaitRunning(APP).getMetadata().getUid();
    backups.restoreInPlace("mistaken", APP, "source: {volumeSnapshotRef: {name: wrong}}");
    DatabaseRestoreStatus status = backups.awaitRestored("mistaken");

    assertThat(Backups.succeeded(status))
        .as(haven.story())
        .isEqualTo("False " + Reason.FILE_NOT_FOUND.text());
    assertThat(haven.awaitRunning(APP).getMetadata().getUid()).as("never stopped").isEqualTo(pod);
  }

  private List<String> claims() {
    return haven
        .client
        .persistentVolumeClaims()
        .inNamespace(haven.namespace)
        .list()
        .getItems()
        .stream()
        .map(claim -> claim.getMetadata().getName())
        .toList();
  }
}
