package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.FileStatus;
import dev.litehaven.protocol.Reason;
import java.util.stream.Collectors;
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

  private static String deployment(String name, String version, String requires) {
    return Apps.held(name, version, requires)
        .replace("command: [python3, /app/app.py]", "command: [python3, /app/two-files.py]");
  }

  private static void start(String name) {
    String script =
        Haven.resource("src/test/resources/e2e/two-files.py")
            .lines()
            .map(line -> "    " + line)
            .collect(Collectors.joining("\n"));
    haven.apply(Apps.files(name, Apps.SEED).stripTrailing() + "\n  two-files.py: |\n" + script);
    haven.apply(Apps.claim(name));
    haven.apply(deployment(name, "v1", "holdings.quantity"));
    haven.apply(
        """
        apiVersion: litehaven.dev/v1alpha1
        kind: SQLiteDatabase
        metadata: {name: %1$s}
        spec:
          claimName: %1$s-data
          files: [{name: main, path: app.db}, {name: guides, path: guides.db}]
        """
            .formatted(name));
    haven.awaitRunning(name);
    Condition ready =
        haven.awaitDatabase(name, condition -> Condition.TRUE.equals(condition.status()));
    assertThat(ready.message()).contains("main app.db", "guides guides.db");
    assertThat(haven.database(name).getStatus().files())
        .extracting(FileStatus::name)
        .containsExactly("main", "guides");
  }

  private static String guides(String app, String query) {
    String program =
        "import sqlite3,sys\n"
            + "c=sqlite3.connect('file:/data/guides.db?mode=ro',uri=True,timeout=10)\n"
            + "print('\\n'.join('|'.join(map(str,r)) for r in c.execute(sys.argv[1])))";
    return haven.exec(haven.awaitRunning(app), "python3", "-c", program, query).strip();
  }

  /**
   * Every acknowledged row is in both files; guides.db, which is written first, is never behind.
   */
  private static void assertNoRowLost(String app, long acknowledged) {
    haven.assertNoRowLost(app, acknowledged);
    assertThat(
            guides(
                app, "SELECT max(number) = count(*), count(*) >= " + acknowledged + " FROM visits"))
        .as(haven.story())
        .isEqualTo("1|1");
  }

  @Test
  void aMigrationOverBothFilesKeepsEveryRowOfBoth() {
    start("both");
    long before = haven.acknowledged("both");

    haven.apply(Apps.migration("both", "both", BOTH, ""));
    Condition end = haven.awaitEnd("both");

    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.SUCCEEDED.text());
    assertThat(haven.sql("both", "SELECT count(*) FROM pragma_table_info('holdings')"))
        .isEqualTo("4");
    assertThat(guides("both", "SELECT count(holding) >= " + before + " FROM visits"))
        .isEqualTo("1");
    assertThat(guides("both", "PRAGMA journal_mode")).isEqualTo("delete");
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
    start("back");
    long before = haven.acknowledged("back");

    haven.apply(deployment("back", "v2", "holdings.risk,holdings.missing"));
    haven.apply(Apps.migration("back", "back", BOTH, ""));
    Condition end = haven.awaitEnd("back");

    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.ROLLED_BACK.text());
    assertThat(haven.sql("back", "SELECT count(*) FROM pragma_table_info('holdings')"))
        .isEqualTo("3");
    assertThat(guides("back", "SELECT count(*) FROM pragma_table_info('visits')")).isEqualTo("1");
    assertNoRowLost("back", before);
  }
}
