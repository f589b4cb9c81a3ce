package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UntouchedTablesTest {
  @TempDir Path directory;
  private Path before;

  @BeforeEach
  void makeDatabase() throws Exception {
    before =
        TestDatabase.create(
            directory,
            "before.db",
            "CREATE TABLE deep (id INTEGER PRIMARY KEY, a TEXT, r REAL)",
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                + " INSERT INTO deep SELECT i, 'text ' || i, i FROM n",
            "CREATE TABLE long (id INTEGER PRIMARY KEY, body BLOB)",
            "INSERT INTO long VALUES (1, zeroblob(100000))",
            "CREATE TABLE pair (a TEXT, b INT, PRIMARY KEY (a, b)) WITHOUT ROWID",
            "INSERT INTO pair SELECT a, id FROM deep LIMIT 1000",
            "CREATE TABLE small (a)",
            "INSERT INTO small VALUES (1)");
  }

  @Test
  void allAreUntouchedInAnEqualCopy() throws Exception {
    assertThat(touched()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE INDEX i ON deep (a) |",
        "CREATE TABLE another (a) |",
        "ALTER TABLE deep ADD COLUMN b TEXT NOT NULL DEFAULT 'x' |",
        "PRAGMA user_version = 7 |",
        "PRAGMA journal_mode = WAL |",
        "UPDATE deep SET a = 'other' WHERE id = 12345 | deep",
        "UPDATE deep SET r = r + 1 WHERE id = 20000 | deep",
        "DELETE FROM deep WHERE id = 1 | deep",
        "INSERT INTO deep (a) VALUES ('x') | deep",
        "DELETE FROM deep | deep",
        "UPDATE pair SET b = -1 WHERE b = 500 | pair",
        "INSERT INTO small VALUES (2) | small",
        "ALTER TABLE deep RENAME COLUMN a TO b | deep",
        "ALTER TABLE deep DROP COLUMN r | deep",
        "PRAGMA encoding = 'UTF-16' |",
      })
  void findsExactlyWhatAStatementTouches(String sql, String expected) throws Exception {
    assertThat(touched(sql)).isEqualTo(expected == null ? List.of() : List.of(expected));
  }

  @Test
  void seesAChangeDeepInAnOverflowChain() throws Exception {
    assertThat(
            touched(
                "UPDATE long SET body = CAST(substr(zeroblob(60000), 1) || x'01'"
                    + " || substr(zeroblob(39999), 1) AS BLOB)"))
        .containsExactly("long");
  }

  @ParameterizedTest
  @ValueSource(strings = {"r REAL", "q INTEGER", "r INTEGER DEFAULT 5", "r INTEGER PRIMARY KEY"})
  void theSameBytesReadInAnotherWayAreNotTheSame(String column) throws Exception {
    // SQLite stores a REAL without a fraction as an integer, so the pages can be equal.
    Path integers =
        TestDatabase.create(
            directory, "integers.db", "CREATE TABLE t (r INTEGER)", "INSERT INTO t VALUES (1)");
    Path others =
        TestDatabase.create(
            directory, "others.db", "CREATE TABLE t (" + column + ")", "INSERT INTO t VALUES (1)");
    try (Pair pair = Pair.open(integers, others, Set.of())) {
      assertThat(pair.isUntouched("t")).isFalse();
    }
    try (Pair pair = Pair.open(integers, integers, Set.of())) {
      assertThat(pair.isUntouched("t")).isTrue();
    }
  }

  @Test
  void knowsNothingAfterARebuildOfAllPages() throws Exception {
    assertThat(touched("PRAGMA page_size = 1024", "VACUUM")).hasSize(4);
  }

  @Test
  void aShorterFileLostItsLastPages() throws Exception {
    TestDatabase.run(before, "CREATE TABLE last (a)", "INSERT INTO last VALUES (zeroblob(50000))");
    assertThat(touched("DELETE FROM last", "VACUUM")).contains("last");
  }

  private List<String> touched(String... changes) throws Exception {
    Path after = directory.resolve("after.db");
    Files.copy(before, after, StandardCopyOption.REPLACE_EXISTING);
    TestDatabase.run(after, changes);
    List<String> touched = new ArrayList<>();
    try (Pair pair = Pair.open(before, after, Set.of())) {
      for (Schema.Table table : pair.before().tables()) {
        if (!pair.isUntouched(table.name())) {
          touched.add(table.name());
        }
      }
    }
    return touched;
  }
}
