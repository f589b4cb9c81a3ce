package dev.litehaven.runner.migrate;

import static dev.litehaven.runner.migrate.Rehearsal.ensure;
import static dev.litehaven.runner.migrate.Rehearsal.up;
import static dev.litehaven.runner.migrate.Rehearsal.when;
import static dev.litehaven.runner.migrate.Rehearsal.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.runner.migrate.MigrationEngine.Applied;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Migrations that depend on what is there: {@code when} and {@code ensure}. */
class MigrationEngineWhenAndEnsureTest extends MigrationEngineFixture {
  @Test
  void skipsWhereWhenIsFalseAndNeverAsksAgain() throws Exception {
    MigrationWork work =
        work(
            when("1", "SELECT count(*) FROM users WHERE name = 'nobody'", "DROP TABLE users"),
            when("2", "SELECT 1 WHERE 0", "DROP TABLE users"),
            when("3", "SELECT 'yes'", "DROP TABLE users"),
            when("4", "SELECT 0.5", "CREATE TABLE t (a)"));

    Applied applied = rehearsal.migrate(work);

    assertThat(applied.plan().steps())
        .extracting(PlanReport.Step::action)
        .containsExactly("skip", "skip", "skip", "up");
    assertThat(rehearsal.apply(work).nothingToDo()).isTrue();
  }

  @Test
  void whenIsEvaluatedAfterTheVersionsBefore() throws Exception {
    Applied applied =
        rehearsal.apply(
            work(
                up("1", "CREATE TABLE t (a)"),
                when(
                    "2",
                    "SELECT count(*) FROM sqlite_schema WHERE name = 't'",
                    "CREATE TABLE u (a)")));

    assertThat(applied.plan().steps().get(1).action()).isEqualTo("up");
  }

  @Test
  void whenCannotChangeAnything() {
    refused(
        Reason.STATEMENT_REFUSED,
        "would change the database",
        () ->
            rehearsal.apply(
                work(when("1", "WITH x AS (SELECT 1) DELETE FROM users RETURNING 1", "SELECT 1"))));
  }

  @Test
  void whenMustGiveOneRow() {
    refused(
        Reason.SCRIPT_FAILED,
        "more than one row",
        () -> rehearsal.apply(work(when("1", "SELECT id FROM users", "SELECT 1"))));
  }

  @Test
  void ensureAddsWhatIsMissingAndLeavesTheRestAlone() throws Exception {
    Ensure ensure =
        new Ensure(
            List.of(
                new Ensure.Table("users", "(nothing TEXT)"),
                new Ensure.Table("tags", "(id INTEGER PRIMARY KEY, name TEXT) STRICT")),
            List.of(
                new Ensure.Column("users", "NAME", "TEXT"),
                new Ensure.Column("users", "risk", "INTEGER NOT NULL DEFAULT 7"),
                new Ensure.Column("tags", "colour", "TEXT")),
            List.of(
                new Ensure.Index("tags_name", "tags", List.of("name", "colour"), true, "id > 5")));

    Applied first = rehearsal.migrate(work(ensure("1", ensure)));
    String ddl =
        TestDatabase.query(database, "SELECT group_concat(sql) FROM sqlite_schema").getFirst();
    Applied second = rehearsal.migrate(work(ensure("1", ensure), ensure("2", ensure)));

    assertThat(first.plan().findings()).isEmpty();
    assertThat(ddl).contains("\"risk\" INTEGER NOT NULL DEFAULT 7", "\"colour\" TEXT", "tags_name");
    assertThat(second.plan().ddl()).isEmpty();
    assertThat(TestDatabase.query(database, "SELECT risk FROM users")).containsOnly("7");
  }

  @Test
  void ensureCannotDoAnythingElse() {
    refused(
        Reason.STATEMENT_REFUSED,
        "second statement",
        () ->
            rehearsal.apply(
                work(
                    ensure(
                        "1",
                        new Ensure(
                            null,
                            List.of(new Ensure.Column("users", "a", "TEXT; DROP TABLE users")),
                            null)))));
  }
}
