package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sqlite.Collation;
import org.sqlite.Function;

class SupportedDatabaseTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE TABLE t (a TEXT COLLATE german) | no such collation sequence: german",
        "CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a COLLATE german) | german",
        "CREATE TABLE t (a TEXT, CHECK (slug(a) = a)) | function: slug",
        "CREATE TABLE t (a TEXT); CREATE INDEX i ON t (slug(a)) | slug",
        "CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a) WHERE slug(a) = 'x' | slug",
        "CREATE TABLE t (a TEXT, b TEXT AS (slug(a))) | slug",
        "CREATE TABLE t (a TEXT); CREATE TRIGGER r AFTER UPDATE OF a ON t BEGIN SELECT slug(new.a);"
            + " END | slug",
        "CREATE TABLE t (a TEXT); CREATE VIEW v AS SELECT slug(a) FROM t | slug",
      })
  void refusesWhatOnlyTheApplicationHas(String sql, String named) throws Exception {
    Path database = directory.resolve("a.db");
    try (Connection connection = TestDatabase.open(database);
        Statement statement = connection.createStatement()) {
      Collation.create(
          connection,
          "german",
          new Collation() {
            @Override
            protected int xCompare(String one, String other) {
              return one.compareTo(other);
            }
          });
      Function.create(
          connection,
          "slug",
          new Function() {
            @Override
            protected void xFunc() throws java.sql.SQLException {
              result(value_text(0));
            }
          },
          1,
          Function.FLAG_DETERMINISTIC);
      for (SqlStatement one : ScriptSplitter.split(sql)) {
        statement.execute(one.sql());
      }
    }
    assertThatThrownBy(() -> require(database))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e ->
                org.assertj.core.api.Assertions.assertThat(e.reason())
                    .isEqualTo(Reason.UNSUPPORTED_DATABASE))
        .hasMessageContaining(named);
  }

  @Test
  void refusesAnUnknownModule() throws Exception {
    Path database =
        TestDatabase.create(
            directory,
            "a.db",
            "CREATE TABLE t (a)",
            "PRAGMA writable_schema=1",
            "INSERT INTO sqlite_schema VALUES ('table', 'v', 'v', 0,"
                + " 'CREATE VIRTUAL TABLE v USING spellfix1')");
    assertThatThrownBy(() -> require(database)).hasMessageContaining("no such module: spellfix1");
  }

  @Test
  void refusesReservedBytes() throws Exception {
    Path database = TestDatabase.create(directory, "a.db", "CREATE TABLE t (a)");
    try (var file = new java.io.RandomAccessFile(database.toFile(), "rw")) {
      file.seek(20);
      file.write(32);
    }
    assertThatThrownBy(
            () -> {
              try (Connection connection = Sqlite.openImmutable(database)) {
                SupportedDatabase.require(
                    database,
                    connection,
                    new Schema(
                        java.util.List.of(),
                        java.util.List.of(),
                        java.util.List.of(),
                        java.util.List.of(),
                        java.util.List.of()));
              }
            })
        .hasMessageContaining("32 bytes");
  }

  @Test
  void acceptsAllThatSqliteHasItself() throws Exception {
    Path database =
        TestDatabase.create(
            directory,
            "a.db",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM,"
                + " c INT AS (abs(id)) STORED, d INT CHECK (typeof(d) = 'integer'))",
            "CREATE INDEX i ON t (lower(a)) WHERE json_valid(b)",
            "CREATE TABLE w (a PRIMARY KEY) WITHOUT ROWID",
            "CREATE TABLE s (a INT) STRICT",
            "CREATE VIRTUAL TABLE f USING fts5 (a, content='t')",
            "CREATE VIRTUAL TABLE f4 USING fts4 (a)",
            "CREATE VIRTUAL TABLE r USING rtree (id, x1, x2)",
            "CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO f (rowid, a)"
                + " VALUES (new.id, new.a); END",
            "CREATE VIEW v AS SELECT * FROM t",
            "CREATE VIEW broken AS SELECT * FROM gone");
    assertThatCode(() -> require(database)).doesNotThrowAnyException();
  }

  private static void require(Path database) throws Exception {
    try (Connection connection = Sqlite.openPrivate(database)) {
      SupportedDatabase.require(database, connection, SchemaReader.read(connection));
    }
  }
}
