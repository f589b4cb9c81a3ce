package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.runner.sqlite.KeyedDiff.ColumnCount;
import dev.litehaven.runner.sqlite.KeyedDiff.DroppedColumn;
import dev.litehaven.runner.sqlite.KeyedDiff.Result;
import dev.litehaven.runner.sqlite.KeyedDiff.TableCount;
import dev.litehaven.runner.sqlite.KeyedDiff.TableDiff;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyedDiffTest {
  private static final String USERS = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)";
  private static final String USERS_ROWS =
      "INSERT INTO t VALUES (1, 'x', 'p'), (2, 'y', 'q'), (5, 'z', NULL)";

  @TempDir Path directory;

  @Test
  void findsNothingWhereNothingChanged() throws Exception {
    TableDiff diff = table(setUp(USERS, USERS_ROWS), "CREATE INDEX i ON t (a)");
    assertThat(diff).isEqualTo(same(3));
  }

  @Test
  void countsLostAddedAndChangedRows() throws Exception {
    TableDiff diff =
        table(
            setUp(USERS, USERS_ROWS),
            "DELETE FROM t WHERE id = 2",
            "INSERT INTO t VALUES (6, 'n', 'n'), (7, 'm', 'm')",
            "UPDATE t SET b = 'r' WHERE id IN (1, 5)");
    assertThat(diff.rowsLost()).isEqualTo(1);
    assertThat(diff.rowsBefore()).isEqualTo(3);
    assertThat(diff.rowsAfter()).isEqualTo(4);
    assertThat(diff.changed()).containsExactly(new ColumnCount("b", 2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE t SET a = CAST(a AS BLOB) WHERE id = 1",
        "UPDATE t SET a = 'X' WHERE id = 1",
        "UPDATE t SET a = 'x ' WHERE id = 1",
        "UPDATE t SET a = NULL WHERE id = 1",
        "UPDATE t SET a = 'x' || char(0) || 'y' WHERE id = 1",
      })
  void comparesRawValues(String change) throws Exception {
    Path before =
        setUp(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE)",
            "INSERT INTO t VALUES (1, 'x'), (2, 'y')");
    assertThat(table(before, change).changed()).containsExactly(new ColumnCount("a", 1));
  }

  @Test
  void anotherTypeIsAnotherValue() throws Exception {
    TableDiff diff =
        table(
            setUp(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER)",
                "INSERT INTO t VALUES (1, '007', 1), (2, 'x', 2)"),
            "CREATE TABLE n (id INTEGER PRIMARY KEY, a INTEGER, b REAL)",
            "INSERT INTO n SELECT * FROM t",
            "DROP TABLE t",
            "ALTER TABLE n RENAME TO t");
    assertThat(diff.changed()).containsExactly(new ColumnCount("a", 1), new ColumnCount("b", 2));
  }

  @Test
  void countsValuesOfDroppedColumns() throws Exception {
    TableDiff diff = table(setUp(USERS, USERS_ROWS), "ALTER TABLE t DROP COLUMN b");
    assertThat(diff.dropped()).containsExactly(new DroppedColumn("b", false, 2, null));
    assertThat(diff.changed()).isEmpty();
  }

  @Test
  void recognisesARenamedColumnByItsValues() throws Exception {
    TableDiff diff =
        table(
            setUp(USERS, USERS_ROWS),
            "ALTER TABLE t RENAME COLUMN b TO c",
            "ALTER TABLE t ADD COLUMN d TEXT");
    assertThat(diff.dropped()).containsExactly(new DroppedColumn("b", false, 2, "c"));
  }

  @Test
  void aRenameThatLosesAValueIsADrop() throws Exception {
    TableDiff diff =
        table(
            setUp(USERS, USERS_ROWS),
            "ALTER TABLE t RENAME COLUMN b TO c",
            "UPDATE t SET c = 'other' WHERE id = 1");
    assertThat(diff.dropped()).containsExactly(new DroppedColumn("b", false, 2, null));
  }

  @Test
  void anEmptyColumnIsRenamedOnlyInItsPlace() throws Exception {
    Path before = setUp(USERS, "INSERT INTO t (id) VALUES (1)");
    assertThat(table(before, "ALTER TABLE t RENAME COLUMN b TO c").dropped())
        .containsExactly(new DroppedColumn("b", false, 0, "c"));
    assertThat(
            table(before, "ALTER TABLE t DROP COLUMN a", "ALTER TABLE t ADD COLUMN e TEXT")
                .dropped())
        .containsExactly(new DroppedColumn("a", false, 0, null));
  }

  @Test
  void recognisesARenamedTableByItsRows() throws Exception {
    Result result = diff(setUp(USERS, USERS_ROWS), "ALTER TABLE t RENAME TO u");
    assertThat(result.dropped()).isEmpty();
    assertThat(result.added()).isEmpty();
    assertThat(result.tables())
        .singleElement()
        .satisfies(
            diff -> {
              assertThat(diff.table()).isEqualTo("t");
              assertThat(diff.renamedTo()).isEqualTo("u");
            });
  }

  @Test
  void aRenamedTableWithAnotherValueIsADrop() throws Exception {
    Result result =
        diff(
            setUp(USERS, USERS_ROWS),
            "ALTER TABLE t RENAME TO u",
            "UPDATE u SET a = 'w' WHERE id = 1");
    assertThat(result.dropped()).containsExactly(new TableCount("t", 3));
    assertThat(result.added()).containsExactly(new TableCount("u", 3));
  }

  @Test
  void rowsWithoutAKeyMayGetOtherRowids() throws Exception {
    Path before =
        setUp(
            "CREATE TABLE t (a TEXT)",
            "INSERT INTO t VALUES ('1'), ('2'), ('3'), ('3')",
            "DELETE FROM t WHERE a = '1'");
    TableDiff rebuilt =
        table(
            before,
            "CREATE TABLE n (a TEXT)",
            "INSERT INTO n SELECT a FROM t",
            "DROP TABLE t",
            "ALTER TABLE n RENAME TO t");
    assertThat(rebuilt).isEqualTo(same(3));

    TableDiff lossy =
        table(
            before,
            "CREATE TABLE n (a TEXT)",
            "INSERT INTO n SELECT DISTINCT a FROM t",
            "DROP TABLE t",
            "ALTER TABLE n RENAME TO t");
    assertThat(lossy.rowsLost() > 0 || !lossy.changed().isEmpty()).isTrue();
  }

  @Test
  void rowsAreFoundByATextKeyWhateverTheirRowid() throws Exception {
    TableDiff diff =
        table(
            setUp(
                "CREATE TABLE t (code TEXT PRIMARY KEY, a)",
                "INSERT INTO t VALUES ('c', 1), ('a', 2), ('b', 3)"),
            "CREATE TABLE n (code TEXT PRIMARY KEY, a)",
            "INSERT INTO n SELECT * FROM t WHERE code <> 'b' ORDER BY code",
            "DROP TABLE t",
            "ALTER TABLE n RENAME TO t");
    assertThat(diff.rowsLost()).isEqualTo(1);
    assertThat(diff.changed()).isEmpty();
  }

  @Test
  void aLostKeyColumnDoesNotHideLostRows() throws Exception {
    // CREATE TABLE AS makes no key: the old one says which rows are there, and how often.
    TableDiff diff =
        table(
            setUp(USERS, USERS_ROWS),
            "CREATE TABLE n AS SELECT * FROM t WHERE id < 5 UNION ALL SELECT * FROM t WHERE id = 1",
            "DROP TABLE t",
            "ALTER TABLE n RENAME TO t");
    assertThat(diff.rowsAfter()).isEqualTo(3);
    assertThat(diff.rowsLost()).isEqualTo(1);
    assertThat(diff.rowsBefore()).isEqualTo(3);
  }

  @Test
  void aRenamedKeyIsFoundByTheRowid() throws Exception {
    TableDiff diff =
        table(
            setUp(USERS, USERS_ROWS),
            "ALTER TABLE t RENAME COLUMN id TO user_id",
            "UPDATE t SET a = 'changed' WHERE user_id = 5");
    assertThat(diff.changed()).containsExactly(new ColumnCount("a", 1));
    assertThat(diff.dropped()).containsExactly(new DroppedColumn("id", false, 3, "user_id"));
  }

  @Test
  void worksWithoutRowid() throws Exception {
    Path before =
        setUp(
            "CREATE TABLE t (a TEXT, b INTEGER, c TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID",
            "INSERT INTO t VALUES ('x', 1, 'p'), ('x', 2, 'q'), ('y', 1, 'r')");
    TableDiff diff =
        table(before, "DELETE FROM t WHERE a = 'y'", "UPDATE t SET c = 'w' WHERE b = 2");
    assertThat(diff.rowsLost()).isEqualTo(1);
    assertThat(diff.changed()).containsExactly(new ColumnCount("c", 1));
    assertThat(table(before, "ALTER TABLE t RENAME COLUMN a TO k").dropped())
        .containsExactly(new DroppedColumn("a", false, 3, "k"));
  }

  @Test
  void worksWhenWithoutRowidIsTakenAway() throws Exception {
    TableDiff diff =
        table(
            setUp(
                "CREATE TABLE t (a TEXT PRIMARY KEY, b) WITHOUT ROWID",
                "INSERT INTO t VALUES ('x', 1), ('y', 2)"),
            "CREATE TABLE n (a TEXT PRIMARY KEY, b)",
            "INSERT INTO n SELECT * FROM t",
            "DROP TABLE t",
            "ALTER TABLE n RENAME TO t");
    assertThat(diff).isEqualTo(same(2));
  }

  @Test
  void aTableWithoutAnyCommonKeyIsComparedByItsRows() throws Exception {
    TableDiff diff =
        table(
            setUp(
                "CREATE TABLE t (a TEXT, b INTEGER, c TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID",
                "INSERT INTO t VALUES ('x', 1, 'p'), ('x', 2, 'q'), ('y', 3, 'r')"),
            "CREATE TABLE n (b INTEGER PRIMARY KEY, c TEXT) WITHOUT ROWID",
            "INSERT INTO n SELECT b, c FROM t WHERE b < 3",
            "DROP TABLE t",
            "ALTER TABLE n RENAME TO t");
    assertThat(diff.rowsLost()).isEqualTo(1);
    assertThat(diff.dropped()).containsExactly(new DroppedColumn("a", false, 3, null));
  }

  @Test
  void keysThatAreNullAreRows() throws Exception {
    TableDiff diff =
        table(
            setUp(
                "CREATE TABLE t (k TEXT PRIMARY KEY, a)",
                "INSERT INTO t VALUES (NULL, 1), (NULL, 2), ('x', 3)"),
            "DELETE FROM t WHERE a = 2",
            "UPDATE t SET a = 4 WHERE k = 'x'");
    assertThat(diff.rowsLost()).isEqualTo(1);
    assertThat(diff.changed()).containsExactly(new ColumnCount("a", 1));
  }

  @Test
  void generatedColumnsAreNotData() throws Exception {
    Path before =
        setUp(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, d INT AS (a * 2),"
                + " s INT AS (a * 3) STORED)",
            "INSERT INTO t (id, a) VALUES (1, 1), (2, 2)");
    TableDiff diff =
        table(before, "UPDATE t SET a = 5 WHERE id = 1", "ALTER TABLE t DROP COLUMN d");
    assertThat(diff.changed()).containsExactly(new ColumnCount("a", 1));
    assertThat(diff.dropped()).containsExactly(new DroppedColumn("d", true, 0, null));
  }

  @Test
  void aColumnThatBecomesGeneratedIsCompared() throws Exception {
    TableDiff diff =
        table(
            setUp(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, d INT)",
                "INSERT INTO t VALUES (1, 1, 2), (2, 2, 9)"),
            "CREATE TABLE n (id INTEGER PRIMARY KEY, a INT, d INT AS (a * 2))",
            "INSERT INTO n (id, a) SELECT id, a FROM t",
            "DROP TABLE t",
            "ALTER TABLE n RENAME TO t");
    assertThat(diff.changed()).containsExactly(new ColumnCount("d", 1));
  }

  @Test
  void fullTextTablesAreComparedThroughThemselves() throws Exception {
    Path before =
        setUp(
            "CREATE VIRTUAL TABLE t USING fts5 (title, body)",
            "INSERT INTO t VALUES ('one', 'first'), ('two', 'second')");
    assertThat(table(before, "INSERT INTO t(t) VALUES ('optimize')")).isEqualTo(same(2));
    TableDiff diff = table(before, "UPDATE t SET body = 'third' WHERE title = 'two'");
    assertThat(diff.changed()).containsExactly(new ColumnCount("body", 1));
    assertThat(diff(before, "DROP TABLE t").dropped()).containsExactly(new TableCount("t", 2));
  }

  @Test
  void aFullTextIndexOverAnotherTableHoldsNothing() throws Exception {
    Path before =
        setUp(
            USERS,
            USERS_ROWS,
            "CREATE VIRTUAL TABLE f USING fts5 (a, content='t', content_rowid='id')",
            "INSERT INTO f(f) VALUES ('rebuild')");
    Result result = diff(before, "UPDATE t SET a = 'other' WHERE id = 1");
    assertThat(result.tables()).extracting(TableDiff::table).containsExactly("t");
  }

  @Test
  void treeTablesWork() throws Exception {
    Path before =
        setUp(
            "CREATE VIRTUAL TABLE t USING rtree (id, x1, x2)",
            "INSERT INTO t VALUES (1, 0, 1), (2, 5, 6)");
    assertThat(table(before, "DELETE FROM t WHERE id = 2").rowsLost()).isEqualTo(1);
  }

  @Test
  void aCounterThatGoesDownIsSeen() throws Exception {
    Path before =
        setUp(
            "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a)",
            "INSERT INTO t (a) VALUES (1), (2), (3)",
            "DELETE FROM t WHERE id = 3");
    assertThat(diff(before, "INSERT INTO t (a) VALUES (9)").sequences()).isEmpty();
    assertThat(
            diff(
                    before,
                    "CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, a)",
                    "INSERT INTO n SELECT * FROM t",
                    "DROP TABLE t",
                    "ALTER TABLE n RENAME TO t")
                .sequences())
        .containsExactly("t");
  }

  @Test
  void namesCanBeAnything() throws Exception {
    Path before =
        setUp(
            "CREATE TABLE \"a \"\"b; --\" (\"rowid\" TEXT, \"se lect\" TEXT PRIMARY KEY, [x'y])",
            "INSERT INTO \"a \"\"b; --\" VALUES ('1', '2', '3')");
    TableDiff diff = diff(before, "UPDATE \"a \"\"b; --\" SET [x'y] = '4'").tables().getFirst();
    assertThat(diff.changed()).containsExactly(new ColumnCount("x'y", 1));
  }

  @Test
  void aKeyOfAnotherTypeStillFindsItsRows() throws Exception {
    TableDiff diff =
        table(
            setUp(USERS, USERS_ROWS),
            "CREATE TABLE n (id TEXT PRIMARY KEY, a TEXT, b TEXT)",
            "INSERT INTO n SELECT * FROM t WHERE id <> 2",
            "DROP TABLE t",
            "ALTER TABLE n RENAME TO t");
    assertThat(diff.rowsLost()).isEqualTo(1);
    assertThat(diff.changed()).containsExactly(new ColumnCount("id", 2));
  }

  @Test
  void anEmptiedTableLosesAllItsRows() throws Exception {
    assertThat(table(setUp(USERS, USERS_ROWS), "DELETE FROM t").rowsLost()).isEqualTo(3);
  }

  private static TableDiff same(long rows) {
    return new TableDiff("t", null, rows, rows, 0, java.util.List.of(), java.util.List.of());
  }

  private Path setUp(String... statements) throws Exception {
    return TestDatabase.create(directory, "before.db", statements);
  }

  private Result diff(Path before, String... changes) throws Exception {
    Path after = directory.resolve("after.db");
    java.nio.file.Files.copy(before, after, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    TestDatabase.run(after, changes);
    try (Pair pair = Pair.open(before, after, Set.of())) {
      return KeyedDiff.compare(pair);
    }
  }

  private TableDiff table(Path before, String... changes) throws Exception {
    Result result = diff(before, changes);
    assertThat(result.dropped()).isEmpty();
    assertThat(result.tables()).hasSize(1);
    return result.tables().getFirst();
  }
}
