package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * An app with a database of two files, one in WAL and one in rollback mode, both always written.
 */
@Tag("cluster")
class FileSetClusterTest {
  private static final String BOTH =
      """
      - version: "001"
        attach: [guides]
        up: |
          ALTER TABLE holdings ADD COLUMN risk TEXT NOT NULL DEFAULT 'none';
          ALTER TABLE guides.visits ADD COLUMN holding INTEGER;
          UPDATE guides.visits SET holding = (SELECT min(id) FROM holdings);
      """;

  private static Haven haven;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("fileset");
  }

  @AfterAll
  static void remove() {
    haven.close();
  }

  /**
   * Every acknowledged row is in both files; guides.db, which is written first, is never behind.
   */
  private static void assertNoRowLost(String app, long acknowledged) {
    haven.assertNoRowLost(app, acknowledged);
    assertThat(
            TwoFilesApp.guides(
                haven,
                app,
                "SELECT max(number) = count(*), count(*) >= " + acknowledged + " FROM visits"))
        .as(haven.story())
        .isEqualTo("1|1");
  }

  @Test
  void aMigrationOverBothFilesKeepsEveryRowOfBoth() {
    TwoFilesApp.start(haven, "both");
    long before = haven.acknowledged("both");

    haven.apply(Apps.migration("both", "both", BOTH, ""));
    Condition end = haven.awaitEnd("both");

    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.SUCCEEDED.text());
    assertThat(haven.sql("both", "SELECT count(*) FROM pragma_table_info('holdings')"))
        .isEqualTo("4");
    assertThat(
            TwoFilesApp.guides(
                haven, "both", "SELECT count(holding) >= " + before + " FROM visits"))
        .isEqualTo("1");
    assertThat(TwoFilesApp.guides(haven, "both", "PRAGMA journal_mode")).isEqualTo("delete");
    assertNoRowLost("both", before);
    assertThat(haven.backups("both"))
        .singleElement()
        .satisfies(
            backup -> {
              assertThat(backup.getStatus().verified()).isTrue();
              assertThat(backup.getStatus().rows()).isGreaterThanOrEqualTo(2 * before + 3);
              assertThat(backup.getStatus().conditions())
                  .anySatisfy(c -> assertThat(c.message()).contains("main, guides"));
            });
  }

  @Test
  void aBadUpgradeBringsBothFilesBack() {
    TwoFilesApp.start(haven, "back");
    long before = haven.acknowledged("back");

    haven.apply(TwoFilesApp.deployment("back", "v2", "holdings.risk,holdings.missing"));
    haven.apply(Apps.migration("back", "back", BOTH, ""));
    Condition end = haven.awaitEnd("back");

    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.ROLLED_BACK.text());
    assertThat(haven.sql("back", "SELECT count(*) FROM pragma_table_info('holdings')"))
        .isEqualTo("3");
    assertThat(
            TwoFilesApp.guides(haven, "back", "SELECT count(*) FROM pragma_table_info('visits')"))
        .isEqualTo("1");
    assertNoRowLost("back", before);
  }
}
