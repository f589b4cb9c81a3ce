package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.runner.sqlite.ContentHash.DatabaseHash;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentHashTest {
  @TempDir Path directory;
  private Path database;

  @BeforeEach
  void makeDatabase() throws Exception {
    database =
        TestDatabase.create(
            directory,
            "a.db",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT COLLATE NOCASE)",
            "INSERT INTO t VALUES (1, 1, 'x'), (2, 'two', NULL), (3, x'00ff', ''), (4, 1.5, 'ab')",
            "CREATE TABLE nokey (a TEXT)",
            "INSERT INTO nokey VALUES ('one'), ('two'), ('two')",
            "DELETE FROM nokey WHERE a = 'one'",
            "CREATE TABLE pair (a TEXT, b INT, PRIMARY KEY (a, b)) WITHOUT ROWID",
            "INSERT INTO pair VALUES ('k', 1), ('k', 2)",
            "CREATE VIRTUAL TABLE words USING fts5 (body)",
            "INSERT INTO words VALUES ('lite haven')");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PRAGMA journal_mode=WAL",
        "CREATE INDEX i ON t (b, a)",
        "REINDEX",
        "ANALYZE",
        "UPDATE t SET a = a",
        "CREATE VIEW v AS SELECT 1",
        "PRAGMA user_version = 5",
      })
  void staysTheSame(String sql) throws Exception {
    DatabaseHash before = ContentHash.ofFile(database);
    TestDatabase.run(database, sql);
    assertThat(ContentHash.ofFile(database)).isEqualTo(before);
  }

  @Test
  void survivesVacuumAndAnotherPageSize() throws Exception {
    // VACUUM may renumber rowids that are nobody's value; those are part of the hash.
    TestDatabase.run(database, "DROP TABLE nokey");
    DatabaseHash before = ContentHash.ofFile(database);
    TestDatabase.run(database, "PRAGMA page_size=1024", "VACUUM");
    assertThat(ContentHash.ofFile(database)).isEqualTo(before);
  }

  @Test
  void doesNotDependOnTheOrderOfRows() throws Exception {
    Path other =
        TestDatabase.create(
            directory,
            "b.db",
            "CREATE TABLE pair (a TEXT, b INT, PRIMARY KEY (a, b)) WITHOUT ROWID",
            "INSERT INTO pair VALUES ('k', 2), ('k', 1)",
            "CREATE TABLE pair2 (b INT, a TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID",
            "INSERT INTO pair2 VALUES (1, 'k'), (2, 'k')");
    try (var connection = Sqlite.openImmutable(other)) {
      var columns = java.util.List.of("a", "b");
      assertThat(ContentHash.ofColumns(connection, "main", "pair", columns).hash())
          .isEqualTo(ContentHash.ofColumns(connection, "main", "pair2", columns).hash());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE t SET a = 1.0 WHERE id = 1",
        "UPDATE t SET a = '1' WHERE id = 1",
        "UPDATE t SET a = x'31' WHERE id = 1",
        "UPDATE t SET a = CAST(a AS BLOB) WHERE id = 2",
        "UPDATE t SET b = 'X' WHERE id = 1",
        "UPDATE t SET b = '' WHERE id = 2",
        "UPDATE t SET a = x'00fe' WHERE id = 3",
        "UPDATE t SET b = NULL WHERE id = 3",
        "UPDATE t SET b = 'ab' || char(0) || 'c' WHERE id = 4",
        "UPDATE t SET id = 9 WHERE id = 1",
        "UPDATE t SET a = b, b = a WHERE id = 1",
        "DELETE FROM t WHERE id = 1",
        "INSERT INTO nokey VALUES ('two')",
        "DELETE FROM nokey WHERE rowid = 2",
        "UPDATE nokey SET rowid = 70 WHERE rowid = 2",
        "UPDATE words SET body = 'lite havens'",
        "ALTER TABLE t RENAME COLUMN a TO c",
        "ALTER TABLE t RENAME TO u",
        "CREATE TABLE another (a)",
      })
  void changes(String sql) throws Exception {
    DatabaseHash before = ContentHash.ofFile(database);
    TestDatabase.run(database, sql);
    assertThat(ContentHash.ofFile(database).hash()).isNotEqualTo(before.hash());
  }

  @Test
  void seesWhatComesAfterANul() throws Exception {
    TestDatabase.run(database, "UPDATE t SET b = 'ab' || char(0) || 'c' WHERE id = 4");
    DatabaseHash before = ContentHash.ofFile(database);
    TestDatabase.run(database, "UPDATE t SET b = 'ab' || char(0) || 'd' WHERE id = 4");
    assertThat(ContentHash.ofFile(database).hash()).isNotEqualTo(before.hash());
  }

  @Test
  void countsRowsOfAllTables() throws Exception {
    DatabaseHash hash = ContentHash.ofFile(database);
    assertThat(hash.tables())
        .extracting(ContentHash.TableHash::table)
        .contains("nokey", "pair", "t", "words_content")
        .doesNotContain("words");
    assertThat(hash.rows())
        .isEqualTo(hash.tables().stream().mapToLong(ContentHash.TableHash::rows).sum());
  }

  @Test
  void valuesLargerThanTheBufferAreHashedWhole() throws Exception {
    TestDatabase.run(database, "UPDATE t SET a = zeroblob(100000), b = 'tail' WHERE id = 4");
    DatabaseHash before = ContentHash.ofFile(database);
    TestDatabase.run(
        database,
        "UPDATE t SET a = CAST(substr(zeroblob(100000), 2) || x'01' AS BLOB) WHERE id = 4");
    assertThat(ContentHash.ofFile(database).hash()).isNotEqualTo(before.hash());
  }
}
