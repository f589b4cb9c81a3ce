package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.BackupLocation;
import dev.litehaven.api.v1alpha1.BackupSchedule;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Backups by hand and on a schedule, to a claim, of an app that writes all the time. */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BackupClusterTest {
  private static final String APP = "quiz";

  private Haven haven;
  private Backups backups;

  @BeforeAll
  void install() {
    haven = Haven.withOperator("backup");
    backups = new Backups(haven);
    haven.start(APP, Apps.scaled(APP, "v1", "holdings.quantity"));
    backups.locationOnClaim("shelf");
  }

  @AfterAll
  void remove() {
    haven.close();
  }

  @Test
  void oneByHandIsMadeBesideTheAppAndReadBack() {
    long before = haven.acknowledged(APP);
    String pod = haven.awaitRunning(APP).getMetadata().getUid();

    DatabaseBackup made = backups.byHand("by-hand", APP, "locationRef: {name: shelf}");

    DatabaseBackupStatus status = made.getStatus();
    assertThat(Backups.succeeded(made)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(status.verified()).isTrue();
    assertThat(status.artifact().locationRef()).isEqualTo("shelf");
    assertThat(status.sameFailureDomain()).isFalse();
    assertThat(status.rows()).isGreaterThanOrEqualTo(before + 3);
    assertThat(haven.awaitRunning(APP).getMetadata().getUid()).isEqualTo(pod);
    assertThat(haven.kubectl("get", "dbb", "by-hand"))
        .contains("DATABASE", "TYPE", "METHOD", "SIZE", "VERIFIED", "AGE")
        .containsPattern("by-hand +quiz +Manual +File +[0-9.]+ .?i?B .*true");
    haven.await(
        "the database to name it",
        () -> haven.database(APP).getStatus().lastVerifiedBackup(),
        name -> name != null);
    assertThat(haven.database(APP).getStatus().lastBackup()).isNotNull();
    assertThat(haven.kubectl("get", "leases", "-o", "yaml"))
        .as("nobody has the volume any more")
        .doesNotContain("holderIdentity: DatabaseBackup");
  }

  /** VolSync 1042 and 653, K8up 456: a killed Job left its lock behind, and nothing ran again. */
  @Test
  void volsync1042AKilledBackupIsMadeAgainAndLeavesNoLock() {
    backups.apply("killed", APP, "locationRef: {name: shelf}");
    List<Pod> pods =
        haven.await("its pod", () -> backups.pods("killed"), found -> !found.isEmpty());
    pods.forEach(haven::delete);

    DatabaseBackup end = backups.awaitEnd("killed");

    assertThat(Backups.succeeded(end)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(haven.kubectl("get", "leases", "-o", "yaml"))
        .doesNotContain("holderIdentity: DatabaseBackup");
    assertThat(Backups.succeeded(backups.byHand("after-it", APP, "locationRef: {name: shelf}")))
        .isEqualTo("True Succeeded");
  }

  @Test
  void aScheduleIsRunNowAndKeepsWhatItsRetentionSays() {
    backups.schedule(
        "often",
        """
        databaseRef: {name: quiz}
        schedule: "0 3 1 1 *"
        locationRef: {name: shelf}
        retention: {keepLast: 2}
        """);
    for (int run = 1; run <= 4; run++) {
      backups.request("often", "run-" + run);
      int wanted = run;
      haven.await(
          "run " + run,
          () -> backups.ended("often", "run-" + wanted),
          ended -> ended.map(Backups::succeeded).orElse("").startsWith("True"));
    }
    haven.await(
        "retention",
        () ->
            backups.of("often").stream().map(one -> one.getSpec().scheduledBy().request()).toList(),
        kept -> kept.size() == 2 && kept.containsAll(List.of("run-3", "run-4")));
    BackupSchedule schedule =
        haven.await(
            "the schedule's state",
            () -> backups.schedule("often"),
            found -> Integer.valueOf(0).equals(found.getStatus().retention().goesTotal()));
    assertThat(schedule.getStatus().lastHandledRequest()).isEqualTo("run-4");
    assertThat(schedule.getStatus().lastSuccessfulTime()).isNotNull();
    assertThat(schedule.getStatus().lastVerifiedTime()).isNotNull();
    assertThat(schedule.getStatus().consecutiveFailures()).isZero();
    assertThat(schedule.getStatus().nextScheduleTime()).endsWith("01-01T03:00:00Z");
    assertThat(Backups.ready(schedule.getStatus().conditions())).isEqualTo("True UpToDate");
    List<String> kept =
        backups.of("often").stream().map(one -> one.getStatus().artifact().id()).toList();
    assertThat(backups.artifacts("shelf", haven.namespace + "/" + APP))
        .as("artifacts go with their records, and stay with them")
        .containsAll(kept)
        .hasSameSizeAs(
            haven
                .client
                .resources(DatabaseBackup.class)
                .inNamespace(haven.namespace)
                .list()
                .getItems()
                .stream()
                .filter(one -> one.getStatus() != null && one.getStatus().artifact() != null)
                .toList());
  }

  @Test
  void aLocationSaysWhatWasTried() {
    BackupLocation shelf = backups.location("shelf");
    assertThat(shelf.getStatus().checks())
        .extracting(check -> check.name())
        .containsExactly("write", "read", "list", "delete");
    haven.apply(
        """
        apiVersion: litehaven.dev/v1alpha1
        kind: BackupLocation
        metadata: {name: nowhere}
        spec: {claim: {name: no-such-claim}}
        """);
    haven.await(
        "the missing claim",
        () -> backups.location("nowhere"),
        found ->
            found.getStatus() != null
                && Backups.ready(found.getStatus().conditions()).equals("False ClaimNotFound"));
    backups.apply("to-nowhere", APP, "locationRef: {name: nowhere}");
    haven.await(
        "a backup that waits for its place",
        () -> backups.backup("to-nowhere"),
        found ->
            found.getStatus() != null
                && Backups.ready(found.getStatus().conditions()).equals("False LocationNotReady"));
    haven.delete(backups.backup("to-nowhere"));
  }

  @Test
  void aDeletedRecordTakesItsArtifactOnlyWhereThatWasAskedFor() {
    String kept =
        backups.byHand("kept", APP, "locationRef: {name: shelf}").getStatus().artifact().id();
    String gone =
        backups
            .byHand("gone", APP, "locationRef: {name: shelf}\ndeletionPolicy: Delete")
            .getStatus()
            .artifact()
            .id();
    haven.delete(backups.backup("kept"));
    haven.delete(backups.backup("gone"));
    haven.await(
        "both to go",
        () -> backups.backup("gone") == null && backups.backup("kept") == null,
        done -> done);
    assertThat(backups.artifacts("shelf", haven.namespace + "/" + APP))
        .contains(kept)
        .doesNotContain(gone);
  }

  @Test
  void anArtifactThatIsFoundGoneIsSaidAndDoesNotCountAnyMore() {
    DatabaseBackup made = backups.byHand("vanished", APP, "locationRef: {name: shelf}");
    backups.removeArtifact("shelf", made.getStatus().artifact());
    haven.kubectl("annotate", "dbb", "vanished", "litehaven.dev/requestedAt=now");
    DatabaseBackup after =
        haven.await(
            "what was found",
            () -> backups.backup("vanished"),
            found -> Boolean.FALSE.equals(found.getStatus().verified()));
    assertThat(Backups.succeeded(after)).isEqualTo("False BackupNotFound");
    assertThat(after.getStatus().conditions())
        .anySatisfy(condition -> assertThat(condition.type()).isEqualTo(Condition.STALLED));
  }
}
