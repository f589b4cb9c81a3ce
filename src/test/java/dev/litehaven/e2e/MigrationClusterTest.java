package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A migration from apply to a verified database, under the rights that the chart gives. */
@Tag("cluster")
class MigrationClusterTest {
  private static Haven haven;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("migration");
  }

  @AfterAll
  static void remove() {
    haven.close();
  }

  @Test
  void aHeldDeploymentIsMigratedAndKeepsEveryAcknowledgedRow() {
    haven.start("happy", Apps.held("happy", "v1", "holdings.quantity"));
    long before = haven.acknowledged("happy");

    haven.apply(Apps.migration("happy", "happy", Apps.addColumn("001", "risk"), ""));
    Condition end = haven.awaitEnd("happy");

    assertThat(end.status()).as(haven.story()).isEqualTo(Condition.TRUE);
    assertThat(end.reason()).isEqualTo(Reason.SUCCEEDED.text());
    assertThat(haven.sql("happy", "SELECT ticker, risk FROM holdings ORDER BY id"))
        .isEqualTo("NORF|none\nFJEL|none\nSKOG|none");
    haven.assertNoRowLost("happy", before);
    assertThat(haven.migration("happy").getStatus().currentVersion()).isEqualTo("001");
    assertThat(haven.backups("happy"))
        .singleElement()
        .satisfies(
            backup -> {
              assertThat(backup.getSpec().type()).isEqualTo(DatabaseBackupSpec.Type.PRE_MIGRATION);
              assertThat(backup.getStatus().verified()).isTrue();
            });

    // And back again, with the text that the database itself has kept.
    haven.apply(
        Apps.migration(
            "happy", "happy", Apps.addColumn("001", "risk") + Apps.addColumn("002", "sector"), ""));
    assertThat(haven.awaitEnd("happy").status()).as(haven.story()).isEqualTo(Condition.TRUE);
    haven.apply(
        Apps.migration(
            "happy",
            "happy",
            Apps.addColumn("001", "risk") + Apps.addColumn("002", "sector"),
            """
            targetVersion: "001"
            policy: {destructive: Allow}
            """));
    Condition back = haven.awaitEnd("happy");
    // The database's own policy forbids to lose a column, whatever the migration says.
    assertThat(back.reason()).as(haven.story()).isEqualTo(Reason.DESTRUCTIVE_CHANGE.text());
    haven.kubectl(
        "patch",
        "sdb",
        "happy",
        "--type=merge",
        "-p",
        "{\"spec\":{\"migrationPolicy\":{\"destructive\":\"Allow\"}}}");
    haven.await(
        "version 001",
        () -> haven.migration("happy").getStatus(),
        status -> "001".equals(status.currentVersion()) && status.run() == null);
    assertThat(haven.sql("happy", "SELECT count(*) FROM pragma_table_info('holdings')"))
        .isEqualTo("4");
    haven.assertNoRowLost("happy", before);
  }

  @Test
  void aWorkloadWithoutTheGateIsScaledAndComesBackWithItsReplicas() {
    haven.start("scaled", Apps.scaled("scaled", "v1", "holdings.quantity"));
    long before = haven.acknowledged("scaled");

    haven.apply(Apps.migration("scaled", "scaled", Apps.addColumn("001", "risk"), ""));
    Condition end = haven.awaitEnd("scaled");

    assertThat(end.status()).as(haven.story()).isEqualTo(Condition.TRUE);
    haven.assertNoRowLost("scaled", before);
    var deployment =
        haven.client.apps().deployments().inNamespace(haven.namespace).withName("scaled").get();
    assertThat(deployment.getSpec().getReplicas()).isEqualTo(1);
    assertThat(deployment.getMetadata().getAnnotations())
        .doesNotContainKey("litehaven.dev/quiesced");
  }

  @Test
  void aStatefulSetIsHeldByItsPartition() {
    haven.apply(Apps.files("stateful", Apps.SEED));
    haven.apply(Apps.stateful("stateful", "v1", "holdings.quantity"));
    haven.apply(
        """
        apiVersion: litehaven.dev/v1alpha1
        kind: SQLiteDatabase
        metadata: {name: stateful}
        spec: {claimName: data-stateful-0}
        """);
    haven.awaitRunning("stateful");
    haven.awaitDatabase("stateful", ready -> Condition.TRUE.equals(ready.status()));
    long before = haven.acknowledged("stateful");

    haven.apply(Apps.migration("stateful", "stateful", Apps.addColumn("001", "risk"), ""));

    assertThat(haven.awaitEnd("stateful").status()).as(haven.story()).isEqualTo(Condition.TRUE);
    haven.assertNoRowLost("stateful", before);
    assertThat(haven.sql("stateful", "SELECT count(*) FROM pragma_table_info('holdings')"))
        .isEqualTo("4");
  }

  @Test
  void aFailedUpgradeBringsBackOldImageAndOldDataTogether() {
    haven.start("upgrade", Apps.held("upgrade", "v1", "holdings.quantity"));
    long before = haven.acknowledged("upgrade");

    // The new version needs a column that its migration does not bring: it never gets ready.
    haven.apply(Apps.held("upgrade", "v2", "holdings.risk,holdings.missing"));
    haven.apply(Apps.migration("upgrade", "upgrade", Apps.addColumn("001", "risk"), ""));
    Condition end = haven.awaitEnd("upgrade");

    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.ROLLED_BACK.text());
    assertThat(haven.migration("upgrade").getStatus().currentVersion()).isNull();
    Pod running = haven.awaitRunning("upgrade");
    assertThat(haven.exec(running, "python3", "/app/app.py", "get", "/version").strip())
        .isEqualTo("v1");
    assertThat(haven.sql("upgrade", "SELECT count(*) FROM pragma_table_info('holdings')"))
        .isEqualTo("3");
    haven.assertNoRowLost("upgrade", before);
    assertThat(haven.backups("upgrade"))
        .anySatisfy(
            backup ->
                assertThat(backup.getSpec().type())
                    .isEqualTo(DatabaseBackupSpec.Type.FAILED_STATE));
    // The new template is still what Git asks for; it waits, and nothing was touched.
    var deployment =
        haven.client.apps().deployments().inNamespace(haven.namespace).withName("upgrade").get();
    assertThat(deployment.getSpec().getPaused()).isNotEqualTo(Boolean.TRUE);
    assertThat(
            deployment
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv()
                .stream()
                .filter(variable -> variable.getName().equals("APP_VERSION"))
                .findFirst()
                .orElseThrow()
                .getValue())
        .isEqualTo("v2");
  }

  @Test
  void aMigrationThatLosesDataIsRefusedWithWhatItWouldLoseAndNothingIsStopped() {
    haven.start("lossy", Apps.held("lossy", "v1", "holdings.quantity"));
    String pod = haven.awaitRunning("lossy").getMetadata().getUid();

    haven.apply(
        Apps.migration(
            "lossy",
            "lossy",
            """
            - version: "001"
              up: DELETE FROM holdings WHERE ticker = 'NORF'; ALTER TABLE holdings DROP COLUMN quantity;
            """,
            ""));
    Condition end = haven.awaitEnd("lossy");

    assertThat(end.status()).isEqualTo(Condition.FALSE);
    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.DESTRUCTIVE_CHANGE.text());
    assertThat(end.message()).contains("holdings");
    assertThat(haven.migration("lossy").getStatus().plan().findings())
        .anySatisfy(finding -> assertThat(finding.object()).isEqualTo("holdings.quantity"));
    assertThat(haven.awaitRunning("lossy").getMetadata().getUid()).isEqualTo(pod);
  }
}
