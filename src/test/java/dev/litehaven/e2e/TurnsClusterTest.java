package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One operation at a time per volume and workload: who comes second waits, and says for whom. */
@Tag("cluster")
class TurnsClusterTest {
  private static Haven haven;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("turns");
  }

  @AfterAll
  static void remove() {
    haven.close();
  }

  @Test
  void twoStreamsOfOneDatabaseTakeTurnsAndTheSecondSaysForWhomItWaits() {
    haven.start("streams", Apps.held("streams", "v1", "holdings.quantity"));
    haven.apply(Apps.migration("first", "streams", Apps.addColumn("001", "risk"), ""));
    haven.awaitPhase("first", "Planning");
    haven.apply(
        Apps.migration(
            "second", "streams", Apps.addColumn("001", "sector"), "history: {stream: reporting}"));

    String waiting =
        haven.await(
            "the second to wait for the first",
            () -> haven.message("second"),
            message -> message.contains("DatabaseMigration/first/"));
    assertThat(waiting).startsWith("Waiting for DatabaseMigration/first/");

    assertThat(haven.awaitEnd("first").status()).as(haven.story()).isEqualTo(Condition.TRUE);
    assertThat(haven.awaitEnd("second").status()).as(haven.story()).isEqualTo(Condition.TRUE);
    assertThat(
            haven.sql(
                "streams",
                "SELECT group_concat(name) FROM pragma_table_info('holdings') WHERE cid > 2"))
        .isEqualTo("risk,sector");
  }

  @Test
  void aSecondMigrationOfOneStreamIsRefusedWithTheOwnersName() {
    haven.start("owned", Apps.held("owned", "v1", "holdings.quantity"));
    haven.apply(Apps.migration("older", "owned", Apps.addColumn("001", "risk"), ""));
    assertThat(haven.awaitEnd("older").status()).isEqualTo(Condition.TRUE);
    haven.apply(Apps.migration("younger", "owned", Apps.addColumn("002", "sector"), ""));

    Condition end = haven.awaitEnd("younger");

    assertThat(end.reason()).isEqualTo(Reason.STREAM_OWNED.text());
    assertThat(end.message()).contains("DatabaseMigration older");
  }

  @Test
  void aPodThatNobodyDeclaredIsWaitedForWhileTheWorkloadRuns() {
    haven.start("visited", Apps.held("visited", "v1", "holdings.quantity"));
    String pod = haven.awaitRunning("visited").getMetadata().getUid();
    haven.apply(Apps.stranger("visitor", "visited-data"));
    haven.awaitRunning("visitor");
    haven.apply(Apps.migration("visited", "visited", Apps.addColumn("001", "risk"), ""));

    String waiting =
        haven.await(
            "the migration to wait for the visitor",
            () -> haven.message("visited"),
            message -> message.contains("pod visitor"));
    assertThat(waiting).contains("Stop it");
    assertThat(haven.awaitRunning("visited").getMetadata().getUid()).isEqualTo(pod);
    haven.kubectl("delete", "pod", "visitor");

    assertThat(haven.awaitEnd("visited").status()).as(haven.story()).isEqualTo(Condition.TRUE);
    assertThat(haven.migration("visited").getStatus().nextAction()).isNull();
  }

  @Test
  void twoDatabasesOnOneClaimTakeTurns() {
    haven.start("shared", Apps.held("shared", "v1", "holdings.quantity"));
    haven.exec(
        haven.awaitRunning("shared"),
        "python3",
        "-c",
        "import sqlite3; c=sqlite3.connect('/data/other.db'); c.execute('CREATE TABLE holdings (id INTEGER PRIMARY KEY)'); c.commit()");
    for (String file : new String[] {"app", "other"}) {
      haven.apply(
          """
          apiVersion: litehaven.dev/v1alpha1
          kind: SQLiteDatabase
          metadata: {name: shared-%1$s}
          spec:
            claimName: shared-data
            files: [{name: main, path: %1$s.db}]
          """
              .formatted(file));
      haven.awaitDatabase("shared-" + file, ready -> Condition.TRUE.equals(ready.status()));
    }
    haven.apply(Apps.migration("app", "shared-app", Apps.addColumn("001", "risk"), ""));
    haven.awaitPhase("app", "Planning");
    haven.apply(Apps.migration("other", "shared-other", Apps.addColumn("001", "risk"), ""));

    haven.await(
        "the other to wait",
        () -> haven.message("other"),
        message -> message.contains("DatabaseMigration/app/"));

    assertThat(haven.awaitEnd("app").status()).as(haven.story()).isEqualTo(Condition.TRUE);
    assertThat(haven.awaitEnd("other").status()).as(haven.story()).isEqualTo(Condition.TRUE);
  }

  @Test
  void bothWorkloadsOfOneDatabaseAreStoppedAndStartedAgain() {
    haven.start("pair", Apps.held("pair", "v1", "holdings.quantity"));
    haven.apply(Apps.idle("pair-reader", "pair-data"));
    haven.awaitRunning("pair-reader");
    haven.await(
        "the database to know both",
        () -> haven.database("pair").getStatus().workloads(),
        workloads -> workloads.size() == 2);
    String reader = haven.awaitRunning("pair-reader").getMetadata().getUid();

    haven.apply(Apps.migration("pair", "pair", Apps.addColumn("001", "risk"), ""));

    assertThat(haven.awaitEnd("pair").status()).as(haven.story()).isEqualTo(Condition.TRUE);
    assertThat(haven.awaitRunning("pair-reader").getMetadata().getUid()).isNotEqualTo(reader);
    haven.awaitRunning("pair");
  }
}
