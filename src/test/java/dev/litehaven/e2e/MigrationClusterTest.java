package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A migration from apply to a verified database, under the rights that the chart gives. */
@Tag("cluster")
class MigrationClusterTest {
  private static final String SEED =
      """
      CREATE TABLE holdings (id INTEGER PRIMARY KEY, ticker TEXT NOT NULL, quantity REAL NOT NULL);
      INSERT INTO holdings (ticker, quantity) VALUES ('NORF', 63), ('FJEL', 59), ('SKOG', 89);
      """;

  private static Haven haven;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("migration");
  }

  @AfterAll
  static void remove() {
    haven.close();
  }

  private static String migration(String name, String steps, String more) {
    return """
        apiVersion: litehaven.dev/v1alpha1
        kind: DatabaseMigration
        metadata: {name: %1$s}
        spec:
          databaseRef: {name: %1$s}
          rollback: {readinessDeadlineSeconds: 15}
        %3$s
          source:
            inline:
        %2$s
        """
        .formatted(name, steps.indent(6).stripTrailing(), more.indent(2).stripTrailing());
  }

  private static final String RISK =
      """
      - version: "001"
        description: add risk
        up: ALTER TABLE holdings ADD COLUMN risk TEXT NOT NULL DEFAULT 'unknown';
        down: ALTER TABLE holdings DROP COLUMN risk;
      """;

  @Test
  void aHeldDeploymentIsMigratedAndKeepsEveryAcknowledgedRow() {
    start("happy", Apps.held("happy", "v1", "holdings.quantity"));
    String before =
        haven.exec(haven.awaitRunning("happy"), "python3", "/app/app.py", "get", "/last");

    haven.apply(migration("happy", RISK, ""));
    Condition end = haven.awaitEnd("happy");

    assertThat(end.status()).as(haven.story()).isEqualTo(Condition.TRUE);
    assertThat(end.reason()).isEqualTo(Reason.SUCCEEDED.text());
    assertThat(haven.sql("happy", "SELECT ticker, risk FROM holdings ORDER BY id"))
        .isEqualTo("NORF|unknown\nFJEL|unknown\nSKOG|unknown");
    assertThat(haven.sql("happy", "SELECT count(*) >= " + before.strip() + " FROM journal"))
        .isEqualTo("1");
    assertThat(haven.sql("happy", "SELECT max(number) = count(*) FROM journal")).isEqualTo("1");
    assertThat(haven.migration("happy").getStatus().currentVersion()).isEqualTo("001");
    assertThat(haven.backups("happy"))
        .anySatisfy(backup -> assertThat(backup.getStatus().verified()).isTrue());
  }

  private static void start(String name, String deployment) {
    haven.apply(Apps.files(name, SEED));
    haven.apply(Apps.claim(name));
    haven.apply(deployment);
    haven.apply(Apps.database(name));
    haven.awaitRunning(name);
    haven.awaitDatabase(name, ready -> Condition.TRUE.equals(ready.status()));
  }
}
