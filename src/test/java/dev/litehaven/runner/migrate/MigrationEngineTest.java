package dev.litehaven.runner.migrate;

import static dev.litehaven.runner.migrate.Rehearsal.to;
import static dev.litehaven.runner.migrate.Rehearsal.up;
import static dev.litehaven.runner.migrate.Rehearsal.upDown;
import static dev.litehaven.runner.migrate.Rehearsal.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.runner.migrate.MigrationEngine.Applied;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What is applied, in which order, and what ends it early. */
class MigrationEngineTest extends MigrationEngineFixture {
  @Test
  void appliesInVersionOrderAndRemembersIt() throws Exception {
    Applied applied =
        rehearsal.migrate(
            work(
                up("10", "CREATE INDEX users_risk ON users (risk)"),
                up("002", "ALTER TABLE users ADD COLUMN risk INTEGER NOT NULL DEFAULT 0")));

    assertThat(applied.nothingToDo()).isFalse();
    PlanReport plan = applied.plan();
    assertThat(plan.steps()).extracting(PlanReport.Step::version).containsExactly("002", "10");
    assertThat(plan.steps()).extracting(PlanReport.Step::action).containsOnly("up");
    assertThat(plan.versionBefore()).isNull();
    assertThat(plan.versionAfter()).isEqualTo("10");
    assertThat(plan.findings()).isEmpty();
    assertThat(plan.ddl()).contains("+CREATE INDEX users_risk").doesNotContain("litehaven_history");
    assertThat(plan.tables())
        .containsExactly(
            new PlanReport.TableRows("notes", 2, 2), new PlanReport.TableRows("users", 3, 3));
    assertThat(
            TestDatabase.query(
                database,
                "SELECT version || ' ' || action || ' ' || applied_at || ' ' || run_id"
                    + " FROM litehaven_history ORDER BY id"))
        .containsExactly("002 up 2026-01-02T03:04:05Z run-1", "10 up 2026-01-02T03:04:05Z run-1");
    assertThat(TestDatabase.query(database, "SELECT risk FROM users")).containsOnly("0");
  }

  @Test
  void doesNothingTheSecondTime() throws Exception {
    MigrationWork work = work(up("1", "CREATE TABLE t (a)"));
    rehearsal.migrate(work);
    byte[] before = Files.readAllBytes(database);

    Applied again = rehearsal.apply(work);

    assertThat(again.nothingToDo()).isTrue();
    assertThat(again.plan().versionAfter()).isEqualTo("1");
    assertThat(Files.readAllBytes(rehearsal.copy())).isEqualTo(before);
  }

  @Test
  void goesUpAndDownAgain() throws Exception {
    var one = upDown("1", "CREATE TABLE a (x); CREATE TABLE b (x)", "DROP TABLE a; DROP TABLE b");
    var two =
        upDown(
            "2", "ALTER TABLE users ADD COLUMN risk INTEGER", "ALTER TABLE users DROP COLUMN risk");
    List<String> schema =
        TestDatabase.query(database, "SELECT sql FROM sqlite_schema ORDER BY name");
    rehearsal.migrate(work(one, two));

    // The way down is the one that was stored, whatever the source says now.
    var changed = upDown("2", two.up(), "SELECT broken");
    Applied down = rehearsal.migrate(to("1", Destructive.ALLOW, one, changed));
    assertThat(down.plan().steps()).extracting(PlanReport.Step::action).containsExactly("down");
    assertThat(down.plan().versionBefore()).isEqualTo("2");
    assertThat(down.plan().versionAfter()).isEqualTo("1");

    rehearsal.migrate(to("0", Destructive.ALLOW, one));
    assertThat(
            TestDatabase.query(
                database,
                "SELECT sql FROM sqlite_schema WHERE name <> 'litehaven_history' ORDER BY name"))
        .isEqualTo(schema);
    assertThat(
            TestDatabase.query(
                database, "SELECT count(*) FROM litehaven_history WHERE rolled_back_at NOTNULL"))
        .containsExactly("2");

    Applied up = rehearsal.migrate(work(one, two));
    assertThat(up.plan().versionAfter()).isEqualTo("2");
  }

  @Test
  void aFailingScriptNamesVersionLineAndHint() {
    refused(
        Reason.SCRIPT_FAILED,
        "Version 1, line 3 (ALTER TABLE) failed: duplicate column name: email. The column is there"
            + " already: write it under ensure",
        () ->
            rehearsal.apply(
                work(up("1", "CREATE TABLE a (x);\n\nALTER TABLE users ADD COLUMN email TEXT"))));
  }

  @Test
  void aLaterFailureIsARefusalOfAll() {
    refused(
        Reason.SCRIPT_FAILED,
        "no such table: missing",
        () -> rehearsal.apply(work(up("1", "CREATE TABLE a (x)"), up("2", "DELETE FROM missing"))));
  }

  @Test
  void checksEveryScriptBeforeTheFirstRuns() {
    refused(
        Reason.STATEMENT_REFUSED,
        "Version 2, line 2 (COMMIT) is refused",
        () -> rehearsal.apply(work(up("1", "DELETE FROM missing"), up("2", "SELECT 1;\nCOMMIT;"))));
  }

  @Test
  void keepsWalModeAndLeavesNoSidecars() throws Exception {
    TestDatabase.run(database, "PRAGMA journal_mode=WAL", "INSERT INTO notes VALUES (3, 'wal')");

    rehearsal.migrate(work(up("1", "CREATE TABLE t (a)")));

    try (var files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString())).containsExactly("shop.db");
    }
    assertThat(TestDatabase.query(database, "PRAGMA journal_mode")).containsExactly("wal");
    assertThat(TestDatabase.query(database, "SELECT body FROM notes WHERE id = 3"))
        .containsExactly("wal");
  }

  @Test
  void streamsAreIndependent() throws Exception {
    rehearsal.migrate(work(up("5", "CREATE TABLE five (a)")));

    Applied other =
        rehearsal.migrate(
            new MigrationWork(
                "reports", List.of(up("1", "CREATE TABLE r (a)")), null, null, null, null, null));

    assertThat(other.plan().versionBefore()).isNull();
    assertThat(other.plan().versionAfter()).isEqualTo("1");
  }

  @Test
  void takesMigrationsFromFiles() throws Exception {
    Applied applied =
        rehearsal.apply(
            new MigrationWork(
                null,
                null,
                Map.of("V2__t.sql", "CREATE TABLE t (a)", "U2__t.sql", "DROP TABLE t"),
                null,
                null,
                null,
                null,
                null));

    assertThat(applied.plan().versionAfter()).isEqualTo("2");
  }

  @Test
  void aCancelledEngineStops() {
    MigrationEngine engine = new MigrationEngine(Rehearsal.CLOCK, step -> {});
    engine.cancel();
    refused(
        Reason.INTERRUPTED,
        "run it again",
        () -> {
          Files.copy(database, rehearsal.copy());
          engine.apply(
              FileSet.of(rehearsal.copy(), database),
              "id",
              Rehearsal.RUN,
              work(up("1", "CREATE TABLE t (a)")));
        });
  }

  @Test
  void cancellingInterruptsAStatementThatNeverEnds() throws Exception {
    MigrationEngine[] engine = new MigrationEngine[1];
    AtomicBoolean over = new AtomicBoolean();
    engine[0] =
        new MigrationEngine(
            Rehearsal.CLOCK,
            step -> {
              if (step.equals("up 1")) {
                // Again and again: SQLite forgets an interrupt that comes before the statement.
                Thread.startVirtualThread(
                    () -> {
                      while (!over.get()) {
                        engine[0].cancel();
                      }
                    });
              }
            });
    Files.copy(database, rehearsal.copy());
    refused(
        Reason.INTERRUPTED,
        "interrupted",
        () ->
            engine[0].apply(
                FileSet.of(rehearsal.copy(), database),
                "id",
                Rehearsal.RUN,
                work(
                    up(
                        "1",
                        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                            + " SELECT count(*) FROM n"))));
    over.set(true);
  }
}
