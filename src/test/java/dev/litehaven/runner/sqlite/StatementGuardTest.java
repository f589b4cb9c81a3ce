package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatementGuardTest {
  private final StatementGuard guard = new StatementGuard(Set.of("litehaven_history"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BEGIN",
        "begin immediate",
        "COMMIT",
        "END TRANSACTION",
        "ROLLBACK TO x",
        "SAVEPOINT x",
        "RELEASE x",
        "/* hidden */ COMMIT",
        "-- hidden\nCOMMIT",
        "EXPLAIN COMMIT",
        "ATTACH 'other.db' AS o",
        "DETACH o",
        "VACUUM",
        "VACUUM main INTO 'x.db'",
        "backup to x.db",
        "restore from x.db",
        "PRAGMA writable_schema = 1",
        "PRAGMA main.writable_schema = 1",
        "PRAGMA \"writable_schema\" = 1",
        "PRAGMA [main] . `Writable_Schema` = 1",
        "pragma journal_mode=wal",
        "PRAGMA locking_mode=EXCLUSIVE",
        "PRAGMA synchronous=OFF",
        "PRAGMA foreign_keys=OFF",
        "PRAGMA temp_store_directory='/tmp'",
        "PRAGMA query_only=OFF",
        "SELECT load_extension('x.so')",
        "SELECT Load_Extension /* ? */ ('x.so')",
        "SELECT \"load_extension\"('x.so')",
        "SELECT [load_extension]('x.so')",
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT load_extension('x'); END",
        "DELETE FROM litehaven_history",
        "DELETE FROM \"LiteHaven_History\"",
        "DROP TABLE main.[litehaven_history]",
        "INSERT INTO 'litehaven_history' VALUES (1)",
        "CREATE TRIGGER t AFTER INSERT ON litehaven_history BEGIN SELECT 1; END",
        "UPDATE t SET a = ?",
        "UPDATE t SET a = :name",
        "UPDATE t SET a = $x",
        "UPDATE t SET a = @x",
        ".read other.sql",
      })
  void refuses(String sql) {
    assertThat(objection(sql)).as(sql).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE \"commit\" (\"begin\" TEXT, [end] TEXT)",
        "INSERT INTO log VALUES ('COMMIT; ATTACH x', 'load_extension(1)')",
        "SELECT load_extension FROM plugins",
        "SELECT 1 -- COMMIT",
        "PRAGMA user_version = 7",
        "PRAGMA main.user_version",
        "PRAGMA foreign_key_check",
        "PRAGMA foreign_key_list(users)",
        "PRAGMA defer_foreign_keys = ON",
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; END",
        "ANALYZE",
        "REINDEX",
        "REPLACE INTO t VALUES (1)",
        "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
        "ALTER TABLE a RENAME TO b",
        "CREATE VIRTUAL TABLE f USING fts5(body, content='docs')",
        "SELECT data ->> '$.name', data -> '$.a' FROM t",
        "CREATE TABLE litehaven_history_notes (a)",
      })
  void allows(String sql) {
    assertThat(objection(sql)).as(sql).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PRAGMA foreign_keys = ON | foreign keys are off while migrations run",
        "COMMIT | one transaction that Litehaven opens",
        "VACUUM | maintenance",
        "ATTACH 'x' AS y | only the files it is for",
      })
  void saysWhy(String sql, String text) {
    assertThat(objection(sql)).hasValueSatisfying(why -> assertThat(why).contains(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT 1 | true",
        "WITH x AS (SELECT 1) SELECT * FROM x | true",
        "VALUES (1) | true",
        "DELETE FROM t | false",
        "PRAGMA user_version | false",
        "SELECT load_extension('x') | false",
      })
  void knowsQueries(String sql, boolean query) {
    assertThat(guard.objectionToQuery(ScriptSplitter.split(sql).getFirst()).isEmpty())
        .isEqualTo(query);
  }

  private Optional<String> objection(String sql) {
    List<SqlStatement> statements = ScriptSplitter.split(sql);
    assertThat(statements).hasSize(1);
    return guard.objection(statements.getFirst());
  }
}
