package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** New versions that cannot start beside the old one, with and without a migration. */
@Tag("cluster")
class HandOverClusterTest {
  private static Haven haven;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("hand-over");
  }

  @AfterAll
  static void remove() {
    haven.close();
  }

  @Test
  void aStatefulSetTakesANewVersionThatNeedsNoMigration() {
    haven.apply(Apps.files("set", Apps.SEED));
    haven.apply(Apps.stateful("set", "v1", "holdings.quantity"));
    haven.apply(Apps.databaseOn("set", "data-set-0"));
    haven.awaitDatabase("set", ready -> Condition.TRUE.equals(ready.status()));
    long before = haven.acknowledged("set");

    haven.apply(Apps.stateful("set", "v2", "holdings.quantity"));

    haven.awaitVersion("set", "v2");
    haven.assertNoRowLost("set", before);
    haven.await(
        "the partition that Git wants",
        () ->
            haven.kubectl(
                "get",
                "statefulset",
                "set",
                "-o",
                "jsonpath={.spec.updateStrategy.rollingUpdate.partition}"),
        "1"::equals);
  }

  @Test
  void aClaimForOnePodIsMigratedAndHandedOver() {
    haven.apply(Apps.files("single", Apps.SEED));
    haven.apply(Apps.claim("single").replace("ReadWriteOnce", "ReadWriteOncePod"));
    haven.apply(Apps.held("single", "v1", "holdings.quantity"));
    haven.apply(Apps.database("single", "app.db"));
    haven.awaitRunning("single");
    Condition ready =
        haven.awaitDatabase("single", condition -> Condition.TRUE.equals(condition.status()));
    assertThat(ready.reason()).isEqualTo(Reason.NOT_INSPECTED.text());
    long before = haven.acknowledged("single");

    haven.apply(Apps.migration("single", "single", Apps.addColumn("001", "risk"), ""));
    haven.apply(Apps.held("single", "v2", "holdings.risk"));

    assertThat(haven.awaitEnd("single").status()).as(haven.story()).isEqualTo(Condition.TRUE);
    haven.awaitVersion("single", "v2");
    haven.assertNoRowLost("single", before);

    haven.apply(Apps.held("single", "v3", "holdings.risk"));
    haven.awaitVersion("single", "v3");
    haven.assertNoRowLost("single", before);
  }
}
