package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of each file, what it was and what it is; the counts by hand. */
class MovedRowsTest {
  @TempDir Path directory;
  private Path from;
  private Path fromNow;
  private Path to;
  private Path toNow;

  @BeforeEach
  void files() throws Exception {
    from = TestDatabase.create(directory, "from.db", "CREATE TABLE s (k TEXT PRIMARY KEY, v)");
    to = TestDatabase.create(directory, "to.db", "CREATE TABLE t (k TEXT, v, more TEXT)");
  }

  private void rows(String... values) throws Exception {
    for (String value : values) {
      TestDatabase.run(from, "INSERT INTO s VALUES (" + value + ")");
    }
  }

  private OptionalLong after(String inFrom, String... inTo) throws Exception {
    fromNow = TestDatabase.copyOf(from);
    toNow = TestDatabase.copyOf(to);
    TestDatabase.run(fromNow, inFrom);
    TestDatabase.run(toNow, inTo);
    try (MovedRows rows = MovedRows.open(from, fromNow, to, toNow)) {
      return rows.count("S", "T");
    }
  }

  @Test
  void countsWhatIsFoundAgain() throws Exception {
    rows("'a', 1", "'b', x'00ff00'", "'c', NULL", "'d', 'x' || char(0) || 'y'");
    assertThat(
            after(
                "DROP TABLE s",
                "INSERT INTO t (k, v) VALUES ('a', 1), ('b', x'00ff00'), ('c', NULL),"
                    + " ('d', 'x' || char(0) || 'y')"))
        .hasValue(4);
  }

  @Test
  void aValueOfAnotherTypeOrBehindANulCharacterIsAnother() throws Exception {
    rows("'a', 1", "'b', x'61'", "'c', NULL", "'d', 'x' || char(0) || 'y'", "'E', 5");
    assertThat(
            after(
                "DROP TABLE s",
                "INSERT INTO t (k, v) VALUES ('a', 1.0), ('b', 'a'), ('c', ''),"
                    + " ('d', 'x' || char(0) || 'z'), ('e', 5)"))
        .hasValue(0);
  }

  @Test
  void aRowThatWasThereBeforeIsNotTheOneThatMoved() throws Exception {
    rows("'a', 1", "'b', 2");
    TestDatabase.run(to, "INSERT INTO t (k, v) VALUES ('a', 1)");
    assertThat(after("DROP TABLE s", "INSERT INTO t (k, v) VALUES ('b', 2)")).hasValue(1);
  }

  @Test
  void equalRowsCountAsOftenAsTheyCame() throws Exception {
    TestDatabase.run(from, "DROP TABLE s", "CREATE TABLE s (k TEXT, v)");
    rows("'a', 1", "'a', 1", "'a', 1");
    TestDatabase.run(to, "INSERT INTO t (k, v) VALUES ('a', 1)");
    assertThat(after("DROP TABLE s", "INSERT INTO t (k, v) VALUES ('a', 1), ('a', 1)")).hasValue(2);
  }

  @Test
  void aRowThatStayedDidNotMoveAlsoWhenItWasCopied() throws Exception {
    rows("'a', 1", "'b', 2");
    assertThat(
            after("DELETE FROM s WHERE k = 'a'", "INSERT INTO t (k, v) VALUES ('a', 1), ('b', 2)"))
        .hasValue(1);
  }

  @Test
  void aColumnWithoutAPlaceMakesAllOfItLost() throws Exception {
    TestDatabase.run(from, "ALTER TABLE s ADD COLUMN secret TEXT");
    rows("'a', 1, 'x'");
    assertThat(after("DROP TABLE s", "INSERT INTO t (k, v) VALUES ('a', 1)")).isEmpty();
  }

  @Test
  void aTableThatIsNotThereTakesNothingIn() throws Exception {
    rows("'a', 1");
    assertThat(after("DROP TABLE s", "DROP TABLE t")).isEmpty();
  }

  private static final String COUNTED = "(id INTEGER PRIMARY KEY AUTOINCREMENT, v)";

  private long behind(String... inTo) throws Exception {
    TestDatabase.run(
        from,
        "DROP TABLE s",
        "CREATE TABLE s " + COUNTED,
        "INSERT INTO s VALUES (7, 'a')",
        "DELETE FROM s");
    fromNow = TestDatabase.copyOf(from);
    toNow = TestDatabase.copyOf(to);
    TestDatabase.run(toNow, inTo);
    try (MovedRows rows = MovedRows.open(from, fromNow, to, toNow)) {
      return rows.counterBehind("S", "new_T");
    }
  }

  @Test
  void aCounterThatIsNewHasGivenOutNothingYet() throws Exception {
    assertThat(behind("CREATE TABLE new_t " + COUNTED)).isEqualTo(7);
  }

  @Test
  void aCounterIsBehindByTheIdsThatItWouldGiveOutAgain() throws Exception {
    assertThat(behind("CREATE TABLE new_t " + COUNTED, "INSERT INTO new_t VALUES (5, 'b')"))
        .isEqualTo(2);
  }

  @Test
  void aCounterThatIsAheadIsNotBehind() throws Exception {
    assertThat(behind("CREATE TABLE new_t " + COUNTED, "INSERT INTO new_t VALUES (8, 'b')"))
        .isZero();
  }

  @Test
  void aTableWithoutACounterHasNoneToKeep() throws Exception {
    assertThat(behind("CREATE TABLE new_t (id INTEGER PRIMARY KEY, v)")).isZero();
  }
}
