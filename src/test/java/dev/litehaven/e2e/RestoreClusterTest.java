package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** Restores of every kind, of an app that waits at the gate and writes all the time. */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RestoreClusterTest {
  private static final String APP = "shop";

  private Haven haven;
  private Backups backups;

  @BeforeAll
  void install() {
    haven = Haven.withOperator("restore");
    backups = new Backups(haven);
    haven.start(APP, Apps.held(APP, "v1", "holdings.quantity"));
    backups.locationOnClaim("shelf");
  }

  @AfterAll
  void remove() {
    haven.close();
  }

  @Test
  @Order(1)
  void inPlaceItIsExactlyTheBackupAndWhatWasThereIsKept() {
    long acknowledged = haven.acknowledged(APP);
    DatabaseBackup made = backups.byHand("before", APP, "locationRef: {name: shelf}");
    assertThat(Backups.succeeded(made)).as(haven.story()).startsWith("True");
    haven.write(APP, "UPDATE holdings SET quantity = 4711");
    assertThat(changed()).as("written after the backup").isNotEqualTo("0");
    String pod = haven.awaitRunning(APP).getMetadata().getUid();

    apply("back", "databaseUid: " + uid() + "\nsource: {backupRef: {name: before}}");
    DatabaseRestoreStatus status = backups.awaitRestored("back");

    assertThat(Backups.succeeded(status)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(status.backup()).isEqualTo(made.getStatus().artifact().id());
    assertThat(status.downtimeMillis()).isPositive();
    assertThat(haven.awaitRunning(APP).getMetadata().getUid()).isNotEqualTo(pod);
    assertThat(changed()).as("as it was").isEqualTo("0");
    haven.assertNoRowLost(APP, acknowledged);
    DatabaseBackup kept = backups.backup(status.preRestoreBackups().getFirst());
    assertThat(kept.getSpec().type().text()).isEqualTo("PreRestore");
    assertThat(kept.getStatus().verified()).isTrue();
    assertThat(kept.getStatus().rows()).isGreaterThanOrEqualTo(made.getStatus().rows());
    assertThat(haven.kubectl("get", "dbr", "back")).containsPattern("back +shop +InPlace");
    assertThat(haven.kubectl("get", "leases", "-o", "yaml"))
        .doesNotContain("holderIdentity: DatabaseRestore");
  }

  @Test
  @Order(2)
  void prunedAndAppliedAgainItReplacesNothing() {
    haven.delete(backups.restore("back"));
    haven.await("it to go", () -> backups.restore("back"), Objects::isNull);
    long rows = haven.acknowledged(APP);
    String pod = haven.awaitRunning(APP).getMetadata().getUid();

    apply("back", "databaseUid: " + uid() + "\nsource: {backupRef: {name: before}}");
    DatabaseRestoreStatus status = backups.awaitRestored("back");

    assertThat(Backups.succeeded(status)).as(haven.story()).isEqualTo("True AlreadyRestored");
    assertThat(haven.awaitRunning(APP).getMetadata().getUid())
        .as("not even stopped")
        .isEqualTo(pod);
    haven.assertNoRowLost(APP, rows);
  }

  @Test
  @Order(3)
  void aDryRunSaysWhatWouldChangeAndTheAppKeepsRunning() {
    String pod = haven.awaitRunning(APP).getMetadata().getUid();

    apply("rehearsal", "dryRun: true\nsource: {backupRef: {name: before}}");
    DatabaseRestoreStatus status = backups.awaitRestored("rehearsal");

    assertThat(Backups.succeeded(status)).as(haven.story()).isEqualTo("True DryRun");
    assertThat(status.changes())
        .anySatisfy(
            change -> {
              assertThat(change.table()).isEqualTo("journal");
              assertThat(change.removed()).isPositive();
            });
    assertThat(haven.awaitRunning(APP).getMetadata().getUid()).isEqualTo(pod);
  }

  @Test
  @Order(4)
  void anotherDatabasesRestoreIsRefused() {
    apply("stranger", "databaseUid: not-this-one\nsource: {backupRef: {name: before}}");
    haven.await(
        "the refusal",
        () -> backups.restore("stranger").getStatus(),
        status ->
            status != null
                && Backups.ready(status.conditions())
                    .equals("False " + Reason.DATABASE_CHANGED.text()));
    haven.delete(backups.restore("stranger"));
  }

  @Test
  @Order(5)
  void selectedTablesComeBackAndAllOthersStay() {
    haven.write(APP, "UPDATE holdings SET quantity = 4711");
    long rows = haven.acknowledged(APP);

    apply(
        "some",
        "databaseUid: "
            + uid()
            + "\nsource: {backupRef: {name: before}}\ntables: {include: [holdings]}");
    DatabaseRestoreStatus status = backups.awaitRestored("some");

    assertThat(Backups.succeeded(status)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(changed()).as("the table that was named").isEqualTo("0");
    haven.assertNoRowLost(APP, rows);
  }

  @Test
  @Order(6)
  void aNewClaimGetsACopyAndTheAppIsLeftAlone() {
    String pod = haven.awaitRunning(APP).getMetadata().getUid();

    apply(
        "copy",
        """
        mode: NewClaim
        newClaim: {name: copy-data}
        source: {latest: Verified}
        transform: {sql: ["DELETE FROM journal"], assertions: [{name: empty, sql: "SELECT count(*) = 0 FROM journal"}]}
        """);
    DatabaseRestoreStatus status = backups.awaitRestored("copy");

    assertThat(Backups.succeeded(status)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(status.claimName()).isEqualTo("copy-data");
    assertThat(haven.awaitRunning(APP).getMetadata().getUid()).isEqualTo(pod);
    haven.apply(Apps.idle("looker", "copy-data"));
    assertThat(haven.onlyDatabase("looker", "SELECT count(*) FROM journal")).isEqualTo("0");
  }

  @Test
  @Order(7)
  void ifTheNewestIsDamagedAnOlderOneIsTakenAndThatIsSaid() {
    DatabaseBackup good = backups.byHand("good", APP, "locationRef: {name: shelf}");
    DatabaseBackup bad = backups.byHand("bad", APP, "locationRef: {name: shelf}");
    damage(bad.getStatus().artifact().id());

    apply("emergency", "databaseUid: " + uid() + "\nsource: {latest: Verified}");
    DatabaseRestoreStatus status = backups.awaitRestored("emergency");

    assertThat(Backups.succeeded(status)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(status.backup()).isEqualTo(good.getStatus().artifact().id());
    assertThat(status.passedOver())
        .anySatisfy(one -> assertThat(one.backup()).isEqualTo(bad.getStatus().artifact().id()));
  }

  @Test
  @Order(8)
  void deletedOnTheWayTheAppIsBackAndTheLockIsFree() {
    apply("midway", "databaseUid: " + uid() + "\nsource: {backupRef: {name: good}}");
    haven.await(
        "a run",
        () -> backups.restore("midway").getStatus(),
        status -> status != null && status.run() != null);
    haven.delete(backups.restore("midway"));
    haven.await("it to go", () -> backups.restore("midway"), Objects::isNull);
    haven.awaitRunning(APP);
    assertThat(haven.kubectl("get", "leases", "-o", "yaml"))
        .doesNotContain("holderIdentity: DatabaseRestore");
  }

  @Test
  @Order(9)
  void aBackupThatTheAppCannotLiveWithIsTakenBackAgain() {
    Pod pod = haven.awaitRunning(APP);
    haven.write(pod, "ALTER TABLE holdings RENAME COLUMN quantity TO amount");
    DatabaseBackup foreign = backups.byHand("foreign", APP, "locationRef: {name: shelf}");
    haven.write(pod, "ALTER TABLE holdings RENAME COLUMN amount TO quantity");
    assertThat(Backups.succeeded(foreign)).as(haven.story()).startsWith("True");
    haven.write(APP, "UPDATE holdings SET quantity = 1147");
    long acknowledged = haven.acknowledged(APP);

    apply(
        "unfit",
        "databaseUid: "
            + uid()
            + "\nreadinessDeadlineSeconds: 10\nsource: {backupRef: {name: foreign}}");
    DatabaseRestoreStatus status = backups.awaitRestored("unfit");

    assertThat(Backups.succeeded(status))
        .as(haven.story())
        .isEqualTo("False " + Reason.ROLLED_BACK.text());
    haven.awaitRunning(APP);
    assertThat(haven.sql(APP, "SELECT count(*) FROM holdings WHERE quantity <> 1147"))
        .as("as it was before the restore")
        .isEqualTo("0");
    haven.assertNoRowLost(APP, acknowledged);
  }

  private String changed() {
    return haven.sql(APP, "SELECT count(*) FROM holdings WHERE quantity = 4711");
  }

  private void damage(String id) {
    haven.exec(
        haven.awaitRunning("shelf"),
        "python3",
        "-c",
        "import glob,os,sys\n[f]=glob.glob('/data/backups/*/*/'+sys.argv[1]+'/*.zst')\nos.truncate(f, os.path.getsize(f)-7)",
        id);
  }

  private String uid() {
    return haven.database(APP).getMetadata().getUid();
  }

  private void apply(String name, String more) {
    backups.applyRestore(name, APP, more);
  }
}
