package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.protocol.Reason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The image in Git is an older one than the data, by a revert or because the data went on alone.
 */
@Tag("cluster")
class DowngradeClusterTest {
  private static final String OLD = "image: python:3.13-slim";

  /** The same image by its full name, which tells the two versions apart. */
  private static final String NEW = "image: docker.io/library/python:3.13-slim";

  private static Haven haven;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("downgrade");
  }

  @AfterAll
  static void remove() {
    haven.close();
  }

  private static String newer(String app, String requires) {
    return Apps.held(app, "v2", requires).replace(OLD, NEW);
  }

  /** The new version runs on its schema, and then Git is reverted. */
  private static SQLiteDatabaseStatus.Downgrade reverted(String app) {
    String old = Apps.held(app, "v1", "holdings.quantity");
    haven.start(app, old);
    ledger(app, 1);
    haven.apply(newer(app, "holdings.risk"));
    haven.apply(Apps.migration(app, app, Apps.addColumn("001", "risk"), ""));
    assertThat(haven.awaitEnd(app).status()).as(haven.story()).isEqualTo(Condition.TRUE);
    haven.awaitVersion(app, "v2");
    ledger(app, 2);

    haven.apply(old);
    haven.awaitDatabase(app, ready -> Reason.DOWNGRADE_HELD.text().equals(ready.reason()));
    SQLiteDatabaseStatus status =
        haven.await(
            "the rows that would be lost",
            () -> haven.database(app).getStatus(),
            found -> found.downgrade() != null && found.downgrade().countedAt() != null);
    haven.awaitVersion(app, "v2");
    assertThat(status.nextAction())
        .contains("litehaven.dev/admit=" + status.downgrade().template())
        .contains("litehaven.dev/rollback=" + status.downgrade().run());
    return status.downgrade();
  }

  private static void ledger(String app, int size) {
    haven.await(
        size + " in the ledger",
        () -> haven.database(app).getStatus().app(),
        entries -> entries.size() == size);
  }

  @Test
  void aRevertedImageIsOfferedTheDataOfThenWithTheRowsThatWouldBeLost() {
    SQLiteDatabaseStatus.Downgrade offered = reverted("revert");
    assertThat(offered.image()).isEqualTo("python:3.13-slim");
    assertThat(offered.written()).isTrue();
    assertThat(offered.rowsLost()).as(offered.message()).isPositive();
    assertThat(haven.backups("revert"))
        .anySatisfy(
            backup -> assertThat(backup.getMetadata().getName()).isEqualTo(offered.backup()));

    haven.kubectl(
        "annotate", "dbm", offered.migration(), "litehaven.dev/rollback=" + offered.run());
    haven.await(
        "the data of then",
        () -> haven.condition("revert").map(Condition::reason).orElse(""),
        Reason.ROLLED_BACK.text()::equals);
    haven.awaitVersion("revert", "v1");
    assertThat(haven.sql("revert", "SELECT count(*) FROM pragma_table_info('holdings')"))
        .isEqualTo("3");
    assertThat(haven.sql("revert", "PRAGMA integrity_check")).isEqualTo("ok");
    haven.awaitDatabase("revert", ready -> Reason.HEALTHY.text().equals(ready.reason()));
    assertThat(haven.database("revert").getStatus().downgrade()).isNull();
  }

  @Test
  void aRevertedImageIsLetInOnThePresentSchemaByOneCommand() {
    SQLiteDatabaseStatus.Downgrade offered = reverted("admit");
    long before = haven.acknowledged("admit");
    haven.kubectl("annotate", "sdb", "admit", "litehaven.dev/admit=" + offered.template());
    haven.awaitVersion("admit", "v1");
    assertThat(haven.sql("admit", "SELECT count(*) FROM pragma_table_info('holdings')"))
        .isEqualTo("4");
    haven.assertNoRowLost("admit", before);
    ledger("admit", 3);
  }

  @Test
  void withRecreateNewCodeIsHeldFromTheOldSchemaAndTheImageToRevertToIsNamed() {
    String recreate = "strategy: {type: Recreate}";
    String rolling =
        "strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    haven.start(
        "recreate", Apps.held("recreate", "v1", "holdings.quantity").replace(rolling, recreate));
    ledger("recreate", 1);
    long before = haven.acknowledged("recreate");

    haven.apply(newer("recreate", "holdings.missing").replace(rolling, recreate));
    haven.apply(Apps.migration("recreate", "recreate", Apps.addColumn("001", "risk"), ""));
    Condition end = haven.awaitEnd("recreate");
    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.ROLLED_BACK.text());
    assertThat(end.message()).contains("put image python:3.13-slim");
    assertThat(haven.migration("recreate").getStatus().nextAction())
        .contains("put image python:3.13-slim");
    String held =
        haven.await(
            "the new code at the gate",
            () -> haven.database("recreate").getStatus().workloads().getFirst().held(),
            text -> text != null && text.contains("stays at the gate"));
    assertThat(haven.running("recreate")).as(held).isEmpty();

    haven.apply(Apps.held("recreate", "v1", "holdings.quantity").replace(rolling, recreate));
    haven.awaitVersion("recreate", "v1");
    haven.assertNoRowLost("recreate", before);
  }
}
