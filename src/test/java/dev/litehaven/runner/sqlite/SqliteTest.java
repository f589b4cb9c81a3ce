package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteTest {
  @TempDir Path directory;

  @Test
  void opensPathsWithAnyCharacters() throws Exception {
    Path odd = Files.createDirectory(directory.resolve("a b?c#d%41&é+"));
    Path database = odd.resolve("x?mode=memory&y.db");
    Path plain = TestDatabase.create(directory, "p.db", "CREATE TABLE t (a)");
    Files.move(plain, database);
    try (var connection = Sqlite.openReadWrite(database)) {
      Sqlite.execute(connection, "INSERT INTO t VALUES (1)");
    }
    try (var connection = Sqlite.openImmutable(database)) {
      assertThat(Sqlite.queryLong(connection, "SELECT a FROM t")).isEqualTo(1);
    }
    try (var files = Files.list(odd)) {
      assertThat(files).containsExactly(database);
    }
  }

  @Test
  void neverMakesADatabase() {
    Path missing = directory.resolve("missing.db");
    for (Opener opener :
        new Opener[] {
          Sqlite::openReadOnly, Sqlite::openReadWrite, Sqlite::openPrivate, Sqlite::openImmutable
        }) {
      assertThatThrownBy(() -> opener.open(missing).close()).isInstanceOf(SQLException.class);
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void readOnlyIsReadOnly() throws Exception {
    Path database = TestDatabase.create(directory, "a.db", "CREATE TABLE t (a)");
    try (var connection = Sqlite.openReadOnly(database)) {
      assertThatThrownBy(() -> Sqlite.execute(connection, "INSERT INTO t VALUES (1)"))
          .isInstanceOfSatisfying(
              SQLException.class,
              e ->
                  assertThat(SqliteErrors.reason(e, Reason.SCRIPT_FAILED))
                      .isEqualTo(Reason.READ_ONLY_VOLUME));
    }
  }

  @Test
  void keepsCacheAndTemporaryContentOffTheHeap() throws Exception {
    Path database = TestDatabase.create(directory, "a.db", "CREATE TABLE t (a)");
    try (var connection = Sqlite.openReadWrite(database)) {
      assertThat(Sqlite.queryLong(connection, "PRAGMA cache_size")).isEqualTo(-Sqlite.CACHE_KIB);
      assertThat(Sqlite.queryLong(connection, "PRAGMA temp_store")).isEqualTo(1);
      assertThat(Sqlite.queryLong(connection, "PRAGMA mmap_size")).isZero();
      assertThat(Sqlite.queryLong(connection, "PRAGMA trusted_schema")).isZero();
      assertThatThrownBy(() -> Sqlite.execute(connection, "SELECT load_extension('x')"))
          .hasMessageContaining("not authorized");
    }
  }

  @Test
  void errorsSpeakInSqlitesOwnWords() throws Exception {
    Path database =
        TestDatabase.create(
            directory, "a.db", "CREATE TABLE t (a UNIQUE)", "INSERT INTO t VALUES (1)");
    try (var connection = Sqlite.openReadWrite(database)) {
      assertThatThrownBy(() -> Sqlite.execute(connection, "INSERT INTO t VALUES (1)"))
          .isInstanceOfSatisfying(
              SQLException.class,
              e -> assertThat(SqliteErrors.message(e)).isEqualTo("UNIQUE constraint failed: t.a"));
      assertThatThrownBy(() -> Sqlite.execute(connection, "SELECT \"a (b)\"(1)"))
          .isInstanceOfSatisfying(
              SQLException.class,
              e -> assertThat(SqliteErrors.message(e)).isEqualTo("no such function: a (b)"));
    }
  }

  @Test
  void aFullDiskIsCalledThat() throws Exception {
    Path database = TestDatabase.create(directory, "a.db", "CREATE TABLE t (a)");
    try (var connection = Sqlite.openPrivate(database)) {
      Sqlite.execute(connection, "PRAGMA max_page_count=3");
      assertThatThrownBy(
              () -> Sqlite.execute(connection, "INSERT INTO t VALUES (zeroblob(100000))"))
          .isInstanceOfSatisfying(
              SQLException.class,
              e -> {
                var refusal = SqliteErrors.refusal(e, Reason.SCRIPT_FAILED, "It failed");
                assertThat(refusal.reason()).isEqualTo(Reason.NO_SPACE);
                assertThat(refusal).hasMessageContaining("Free space on the volume");
              });
    }
  }

  private interface Opener {
    java.sql.Connection open(Path path) throws SQLException;
  }
}
