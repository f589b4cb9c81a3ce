package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreReport.TableChange;
import dev.litehaven.protocol.RestoreWork.Mode;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.restore.Fetched;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.sqlite.ContentHash.TableHash;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Some tables become what a backup has; every other row and definition stays what it is. */
class RestoreTablesTest {
  private static final String[] SCHEMA = {
    "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT CHECK (name <> ''))",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, user INTEGER REFERENCES users (id)"
        + " ON DELETE CASCADE, cents INTEGER, euros REAL AS (cents / 100.0) STORED)",
    "CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT)",
    "CREATE TABLE settings (k TEXT PRIMARY KEY, v ANY) WITHOUT ROWID, STRICT",
    "CREATE TABLE notes (text)",
    "CREATE TABLE docs (id INTEGER PRIMARY KEY, body TEXT)",
    "CREATE VIRTUAL TABLE docs_fts USING fts5(body, content='docs', content_rowid='id')",
    "CREATE VIRTUAL TABLE search USING fts5(term)",
    "CREATE VIEW names AS SELECT name FROM users",
    "CREATE INDEX users_by_name ON users (lower(name))",
    "CREATE UNIQUE INDEX notes_once ON notes (text) WHERE text LIKE 'once%'",
    "CREATE TRIGGER users_in AFTER INSERT ON users BEGIN"
        + " INSERT INTO audit (what) VALUES ('in ' || new.name); END",
    "create trigger  users_out after delete on users begin"
        + " insert into audit (what) values ('out ' || old.name);  end",
    "CREATE TRIGGER names_in INSTEAD OF INSERT ON names BEGIN"
        + " INSERT INTO users (name) VALUES (new.name); END",
    "CREATE TRIGGER docs_in AFTER INSERT ON docs BEGIN"
        + " INSERT INTO docs_fts (rowid, body) VALUES (new.id, new.body); END",
  };

  @TempDir Path dir;
  private FileSetVolume volume;
  private Path live;
  private Path backup;
  private long epoch;

  @BeforeEach
  void thenAndNow() throws Exception {
    Path root = Files.createDirectory(dir.resolve("volume"));
    live = TestDatabase.create(root, "app.db", SCHEMA);
    TestDatabase.run(
        live,
        "INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Bob'), (7, 'Cy'), (9, 'Zoe')",
        "DELETE FROM users WHERE id = 9", // its number is never given out again
        "INSERT INTO orders (id, user, cents) VALUES (1, 1, 250), (2, 7, 1)",
        "INSERT INTO settings VALUES ('theme', 'dark'), ('limit', 5)",
        "INSERT INTO notes (rowid, text) VALUES (3, 'three'), (9, x'00ff'), (4, NULL)",
        "INSERT INTO docs VALUES (1, 'the quick fox')",
        "INSERT INTO search VALUES ('alpha'), ('beta')");
    backup = Files.copy(live, dir.resolve("backup.db"));
    TestDatabase.run(
        live,
        "PRAGMA user_version = 12",
        "DELETE FROM users WHERE id = 2",
        "UPDATE users SET name = 'Adele' WHERE id = 1",
        "INSERT INTO users (id, name) VALUES (20, 'Dan')",
        "INSERT INTO orders (id, user, cents) VALUES (3, 1, 9)",
        "UPDATE settings SET v = 'light' WHERE k = 'theme'",
        "DELETE FROM notes WHERE rowid = 9",
        "INSERT INTO docs VALUES (2, 'a lazy dog')",
        "DELETE FROM search WHERE term = 'alpha'",
        "CREATE TABLE newer (x)",
        "INSERT INTO newer VALUES (1), (2)",
        "DROP INDEX users_by_name",
        "DROP TRIGGER users_out",
        "ALTER TABLE users ADD COLUMN mail TEXT");
    volume = new FileSetVolume(root, List.of(new DatabaseFile("main", "app.db")));
  }

  private RunnerReport restore(List<String> include, List<String> exclude, boolean dryRun)
      throws Exception {
    String run = "r" + ++epoch;
    RunnerRequest request =
        Fetched.request(
            volume.request(RunnerStep.RESTORE, run, epoch, null),
            Fetched.work(Mode.IN_PLACE, include, exclude, dryRun, null));
    Fetched.stage(request, Map.of("main", backup));
    return Volume.run(request);
  }

  private RunnerReport restore(String... include) throws Exception {
    return restore(List.of(include), List.of(), false);
  }

  static Map<String, String> tables(Path file) throws Exception {
    var tables = new TreeMap<String, String>();
    for (TableHash table : ContentHash.ofFile(file).tables()) {
      tables.put(table.table(), table.rows() + " " + table.hash());
    }
    return tables;
  }

  static List<String> schema(Path file, String condition) throws Exception {
    return TestDatabase.query(
        file,
        "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '-')"
            + " FROM sqlite_schema WHERE "
            + condition
            + " ORDER BY type, name");
  }

  static void succeeded(RunnerReport report) {
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.SUCCEEDED);
  }

  private void refused(RunnerReport report, Reason reason, String... says) throws Exception {
    assertThat(report.reason()).as(report.message()).isEqualTo(reason);
    for (String said : says) {
      assertThat(report.message()).contains(said);
    }
    assertThat(volume.leftOvers()).isEmpty();
  }

  @Test
  void everyOtherRowAndDefinitionIsAsItWas() throws Exception {
    Map<String, String> before = tables(live);
    Map<String, String> then = tables(backup);
    List<String> others = schema(live, "tbl_name <> 'users'");
    RunnerReport report = restore("users");
    succeeded(report);

    Map<String, String> expected = new TreeMap<>(before);
    expected.put("users", then.get("users"));
    assertThat(tables(live)).isEqualTo(expected);
    assertThat(schema(live, "tbl_name <> 'users'")).isEqualTo(others);
    assertThat(schema(live, "tbl_name = 'users'"))
        .as("definition, index and triggers, to the byte")
        .isEqualTo(schema(backup, "tbl_name = 'users'"))
        .hasSize(4);
    assertThat(TestDatabase.query(live, "PRAGMA user_version")).containsExactly("12");
    assertThat(TestDatabase.query(live, "PRAGMA integrity_check")).containsExactly("ok");
    assertThat(report.restore().tables())
        .extracting(TableChange::table, TableChange::rowsBefore, TableChange::rowsAfter)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("users", 3L, 3L));
    assertThat(report.backups().getFirst().type()).isEqualTo("PreRestore");
  }

  @Test
  void triggersAreSilentAndWorkAfterwards() throws Exception {
    List<String> audit = TestDatabase.query(live, "SELECT what FROM audit");
    succeeded(restore("users"));
    assertThat(TestDatabase.query(live, "SELECT what FROM audit")).isEqualTo(audit);
    TestDatabase.run(live, "DELETE FROM users WHERE id = 2", "INSERT INTO names VALUES ('Eve')");
    assertThat(TestDatabase.query(live, "SELECT what FROM audit"))
        .hasSize(audit.size() + 2)
        .endsWith("out Bob", "in Eve");
  }

  @Test
  void rowidsAndCountersAreKept() throws Exception {
    succeeded(restore("users", "notes"));
    assertThat(TestDatabase.query(live, "SELECT rowid || ' ' || typeof(text) FROM notes"))
        .containsExactly("3 text", "4 null", "9 blob");
    assertThat(
            TestDatabase.query(live, "SELECT name || ' ' || seq FROM sqlite_sequence ORDER BY 1"))
        .containsExactly("audit 7", "users 9");
    assertThat(schema(live, "tbl_name = 'notes'")).isEqualTo(schema(backup, "tbl_name = 'notes'"));
  }

  @Test
  void tablesWithoutRowidAndGeneratedColumnsAreRestored() throws Exception {
    TestDatabase.run(live, "DELETE FROM orders WHERE id = 3");
    succeeded(restore("settings", "orders"));
    assertThat(TestDatabase.query(live, "SELECT k || ' ' || v || ' ' || typeof(v) FROM settings"))
        .containsExactly("limit 5 integer", "theme dark text");
    assertThat(TestDatabase.query(live, "SELECT euros FROM orders")).containsExactly("2.5", "0.01");
  }

  @Test
  void rowsThatACheckWouldRefuseTodayComeBackAsTheyWere() throws Exception {
    try (var connection = TestDatabase.open(backup);
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA ignore_check_constraints=1");
      statement.execute("UPDATE users SET name = '' WHERE id = 2");
    }
    succeeded(restore("users"));
    assertThat(TestDatabase.query(live, "SELECT name FROM users WHERE id = 2")).containsExactly("");
  }

  @Test
  void foreignKeysThatWouldNotHoldAreRefusedWithTheirNumber() throws Exception {
    TestDatabase.run(live, "INSERT INTO orders (id, user, cents) VALUES (4, 20, 1), (5, 20, 2)");
    Map<String, String> before = tables(live);
    // Dan, whose orders these are, came after the backup.
    refused(
        restore("users"),
        Reason.FOREIGN_KEYS_VIOLATED,
        "2 rows of orders without their row in users",
        "Restore the tables that belong together");
    assertThat(tables(live)).isEqualTo(before);
    succeeded(restore("users", "orders"));
  }

  @Test
  void foreignKeysThatDidNotHoldBeforeAreNoneOfItsBusiness() throws Exception {
    TestDatabase.run(live, "DELETE FROM orders WHERE id = 3");
    TestDatabase.run(live, "INSERT INTO orders (id, user, cents) VALUES (50, 999, 1)");
    succeeded(restore("users"));
  }

  @Test
  void aFullTextIndexComesWithItsContentAndWithWhatItIsOver() throws Exception {
    succeeded(restore("docs", "docs_fts", "search"));
    assertThat(TestDatabase.query(live, "SELECT rowid FROM docs_fts WHERE docs_fts MATCH 'quick'"))
        .containsExactly("1");
    assertThat(TestDatabase.query(live, "SELECT rowid FROM docs_fts WHERE docs_fts MATCH 'lazy'"))
        .isEmpty();
    assertThat(TestDatabase.query(live, "SELECT term FROM search WHERE search MATCH 'alpha'"))
        .containsExactly("alpha");
    TestDatabase.run(
        live,
        "INSERT INTO docs VALUES (5, 'an old bear')",
        "INSERT INTO docs_fts (docs_fts, rank) VALUES ('integrity-check', 1)",
        "INSERT INTO search (search) VALUES ('integrity-check')");
    assertThat(TestDatabase.query(live, "SELECT rowid FROM docs_fts WHERE docs_fts MATCH 'bear'"))
        .containsExactly("5");
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs", "docs_fts"})
  void aFullTextIndexWithoutWhatItIsOverIsRefused(String table) throws Exception {
    refused(restore(table), Reason.INVALID_REQUEST, "docs_fts is kept in step with docs", "both");
  }

  @Test
  void aPartOfAVirtualTableIsRefused() throws Exception {
    refused(
        restore("search_content"),
        Reason.TABLE_NOT_FOUND,
        "search_content holds content of the virtual table search",
        "Name search");
  }

  @Test
  void aTableThatIsNotThereIsRefusedWithWhatThereIs() throws Exception {
    refused(
        restore("Users"),
        Reason.TABLE_NOT_FOUND,
        "no table Users",
        "audit, docs, docs_fts, notes, orders, search, settings, users");
    refused(restore("newer"), Reason.TABLE_NOT_FOUND, "no table newer");
    refused(restore("user%"), Reason.TABLE_NOT_FOUND, "exact");
    refused(restore("sqlite_sequence"), Reason.TABLE_NOT_FOUND);
    refused(
        restore(List.of(), List.of("nothing"), false), Reason.TABLE_NOT_FOUND, "no table nothing");
  }

  @Test
  void aTableThatIsOnlyInTheBackupComesBack() throws Exception {
    TestDatabase.run(live, "DROP TABLE notes", "DROP TABLE search");
    succeeded(restore("main.notes", "search"));
    assertThat(tables(live).get("notes")).isEqualTo(tables(backup).get("notes"));
    assertThat(TestDatabase.query(live, "SELECT term FROM search WHERE search MATCH 'alpha'"))
        .containsExactly("alpha");
  }

  @Test
  void allButSomeTablesMeansThatTablesTheBackupHasNotGo() throws Exception {
    Map<String, String> before = tables(live);
    RunnerReport report = restore(List.of(), List.of("audit", "settings"), false);
    succeeded(report);
    Map<String, String> expected = new TreeMap<>(tables(backup));
    expected.put("audit", before.get("audit"));
    expected.put("settings", before.get("settings"));
    assertThat(tables(live)).isEqualTo(expected);
    assertThat(report.restore().tables())
        .anySatisfy(
            table -> {
              assertThat(table.table()).isEqualTo("newer");
              assertThat(table.rowsAfter()).isEqualTo(-1);
            });

    TestDatabase.run(live, "CREATE TABLE newest (x)");
    succeeded(restore(List.of(), List.of("audit", "newest"), false));
    assertThat(tables(live)).containsKey("newest");
  }

  @Test
  void aNameThatAnotherObjectHasIsRefused() throws Exception {
    TestDatabase.run(live, "DROP TABLE notes", "CREATE VIEW notes AS SELECT 1");
    refused(restore("notes"), Reason.UNSUPPORTED_DATABASE, "notes");
  }

  @Test
  void aDryRunSaysInRowsWhatWouldChangeAndChangesNothing() throws Exception {
    Map<String, String> before = tables(live);
    try (var app = TestDatabase.open(live)) {
      app.createStatement().executeQuery("SELECT count(*) FROM users").close();
      RunnerReport report = restore(List.of("users"), List.of(), true);
      assertThat(report.reason()).as(report.message()).isEqualTo(Reason.DRY_RUN);
      assertThat(report.restore().applied()).isFalse();
      assertThat(report.restore().tables())
          .as("Bob comes, Dan goes, Ada is Ada again")
          .containsExactly(new TableChange("users", 3, 3, 1, 1, 1));

      RunnerReport all = restore(List.of(), List.of(), true);
      assertThat(all.reason()).as(all.message()).isEqualTo(Reason.DRY_RUN);
      assertThat(all.restore().tables())
          .contains(
              new TableChange("newer", 2, -1, 0, 2, 0),
              new TableChange("settings", 2, 2, 0, 0, 1),
              new TableChange("users", 3, 3, 1, 1, 1),
              new TableChange("orders", 3, 2, 0, 1, 0))
          .extracting(TableChange::table)
          .doesNotContain("names");
    }
    assertThat(tables(live)).isEqualTo(before);
    assertThat(volume.leftOvers()).isEmpty();
    assertThat(volume.root().resolve(".litehaven/restore")).isEmptyDirectory();
  }

  @Test
  void selectedTablesCannotBeTransformedAsWell() throws Exception {
    RunnerRequest request =
        Fetched.request(
            volume.request(RunnerStep.RESTORE, "r1", 1, null),
            new dev.litehaven.protocol.RestoreWork(
                null,
                null,
                null,
                false,
                Mode.IN_PLACE,
                List.of("users"),
                List.of(),
                false,
                List.of("UPDATE users SET name = 'x'"),
                List.of(),
                null));
    Fetched.stage(request, Map.of("main", backup));
    refused(Volume.run(request), Reason.INVALID_REQUEST, "cannot be transformed");
  }

  @Test
  void theSameRunRollsSelectedTablesBack() throws Exception {
    Map<String, String> before = tables(live);
    succeeded(restore("users"));
    RunnerReport report = volume.run(RunnerStep.ROLLBACK, "r1", 2, null);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.ROLLED_BACK);
    assertThat(tables(live)).isEqualTo(before);
  }
}
