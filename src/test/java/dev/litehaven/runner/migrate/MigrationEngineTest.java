package dev.litehaven.runner.migrate;

import static dev.litehaven.runner.migrate.Rehearsal.ensure;
import static dev.litehaven.runner.migrate.Rehearsal.to;
import static dev.litehaven.runner.migrate.Rehearsal.up;
import static dev.litehaven.runner.migrate.Rehearsal.upDown;
import static dev.litehaven.runner.migrate.Rehearsal.verified;
import static dev.litehaven.runner.migrate.Rehearsal.when;
import static dev.litehaven.runner.migrate.Rehearsal.work;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.runner.migrate.MigrationEngine.Applied;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrationEngineTest {
  @TempDir Path directory;
  private Path database;
  private Rehearsal rehearsal;

  @BeforeEach
  void makeDatabase() throws Exception {
    database =
        TestDatabase.create(
            directory,
            "shop.db",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT)",
            "INSERT INTO users VALUES (1, 'Ada', 'ada@example.org'), (2, 'Bo', NULL),"
                + " (3, 'Cy', 'cy@example.org')",
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)",
            "INSERT INTO notes VALUES (1, 'one'), (2, 'two')");
    rehearsal = new Rehearsal(database);
  }

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
  void refusesADroppedColumnAndCountsItsValues() {
    assertThatThrownBy(() -> rehearsal.apply(work(up("1", "ALTER TABLE users DROP COLUMN email"))))
        .isInstanceOfSatisfying(
            PlanRefusedException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.DESTRUCTIVE_CHANGE);
              assertThat(e).hasMessageContaining("column users.email (2 values)");
              assertThat(e.plan().findings())
                  .singleElement()
                  .satisfies(
                      finding -> {
                        assertThat(finding.key()).isEqualTo("DS103:users.email");
                        assertThat(finding.rows()).isEqualTo(2);
                      });
            });
  }

  @Test
  void refusesADroppedTableAndCountsItsRows() {
    assertThatThrownBy(() -> rehearsal.apply(work(up("1", "DROP TABLE notes"))))
        .isInstanceOf(PlanRefusedException.class)
        .hasMessageContaining("table notes (2 rows)");
  }

  @Test
  void refusesLostRowsAndCountsThem() {
    assertThatThrownBy(
            () ->
                rehearsal.apply(
                    work(
                        up(
                            "1",
                            "DELETE FROM users WHERE id > 1;"
                                + " INSERT INTO users VALUES (10, 'new', NULL), (11, 'n', NULL)"))))
        .isInstanceOf(PlanRefusedException.class)
        .hasMessageContaining("2 rows of table users");
  }

  @Test
  void allowsWhatThePolicyAllowsAndStillReportsIt() throws Exception {
    Applied applied =
        rehearsal.apply(
            work(Destructive.ALLOW, List.of(), up("1", "DROP TABLE notes; DELETE FROM users")));

    assertThat(applied.plan().findings())
        .extracting(finding -> finding.key() + " " + finding.rows())
        .containsExactly("DS102:notes 2", "LH101:users 3");
  }

  @Test
  void refusesChangedValuesUnlessDeclared() throws Exception {
    String sql = "UPDATE users SET email = 'x' WHERE id = 1";

    assertThatThrownBy(() -> rehearsal.apply(work(up("1", sql))))
        .isInstanceOfSatisfying(
            PlanRefusedException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.VALUES_CHANGED))
        .hasMessageContaining("column users.email (values changed in 1 row)");

    Applied declared =
        rehearsal.apply(work(Destructive.FORBID, List.of("Users.Email"), up("1", sql)));
    assertThat(declared.plan().findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.key()).isEqualTo("LH103:users.email");
              assertThat(finding.destructive()).isFalse();
            });
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
  void goingDownOverDataIsDestructive() throws Exception {
    var one = upDown("1", "CREATE TABLE a (x)", "DROP TABLE a");
    rehearsal.migrate(work(one));
    TestDatabase.run(database, "INSERT INTO a VALUES (1)");

    assertThatThrownBy(() -> rehearsal.apply(to("0", Destructive.FORBID, one)))
        .hasMessageContaining("table a (1 row)");
  }

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
  void newForeignKeyViolationsAreRefusedAndOldOnesAreNot() throws Exception {
    TestDatabase.run(
        database,
        "CREATE TABLE likes (id INTEGER PRIMARY KEY, user INTEGER REFERENCES users (id))",
        "INSERT INTO likes VALUES (1, 1), (2, 99)");

    assertThat(rehearsal.apply(work(up("1", "CREATE TABLE t (a)"))).nothingToDo()).isFalse();
    refused(
        Reason.FOREIGN_KEYS_VIOLATED,
        "1 row of likes without their row in users",
        () -> rehearsal.apply(work(up("1", "INSERT INTO likes VALUES (3, 98)"))));
  }

  @Test
  void aMigrationThatLeavesAKeyThatCannotHoldIsRefused() {
    refused(
        Reason.FOREIGN_KEYS_VIOLATED,
        "foreign key mismatch",
        () ->
            rehearsal.apply(
                work(
                    up(
                        "1",
                        "CREATE TABLE likes (who TEXT REFERENCES users (name));"
                            + " INSERT INTO likes VALUES ('Ada')"))));
  }

  @Test
  void anIndexThatAKeyNeedsMayNotGo() throws Exception {
    TestDatabase.run(
        database,
        "CREATE UNIQUE INDEX names ON users (name)",
        "CREATE TABLE likes (who TEXT REFERENCES users (name))",
        "INSERT INTO likes VALUES ('Ada')");
    refused(
        Reason.FOREIGN_KEYS_VIOLATED,
        "foreign key mismatch",
        () -> rehearsal.apply(work(up("1", "DROP INDEX names"))));
  }

  @Test
  void aKeyThatNeverHeldIsTheApplicationsBusiness() throws Exception {
    TestDatabase.run(
        database,
        "CREATE TABLE likes (who TEXT REFERENCES users (name))",
        "INSERT INTO likes VALUES ('Ada')");
    assertThat(rehearsal.apply(work(up("1", "INSERT INTO likes VALUES ('Bo')"))).nothingToDo())
        .isFalse();
  }

  @Test
  void verifiesTablesColumnsAndAssertions() throws Exception {
    var script = up("1", "CREATE TABLE t (a)");
    assertThat(
            rehearsal
                .apply(
                    verified(
                        new VerifyRules(
                            true,
                            List.of("T", "users"),
                            List.of("users.email", "t.a"),
                            List.of(
                                new VerifyRules.Assertion(
                                    "users", "SELECT count(*) = 3 FROM users"))),
                        script))
                .nothingToDo())
        .isFalse();
    refused(
        Reason.VERIFICATION_FAILED,
        "required table gone",
        () ->
            rehearsal.apply(verified(new VerifyRules(false, List.of("gone"), null, null), script)));
    refused(
        Reason.VERIFICATION_FAILED,
        "required column users.age",
        () ->
            rehearsal.apply(
                verified(new VerifyRules(false, null, List.of("users.age"), null), script)));
    refused(
        Reason.VERIFICATION_FAILED,
        "assertion enough",
        () ->
            rehearsal.apply(
                verified(
                    new VerifyRules(
                        false,
                        null,
                        null,
                        List.of(
                            new VerifyRules.Assertion("enough", "SELECT count(*) > 3 FROM users"))),
                    script)));
  }

  @Test
  void planHashIsTheSameForEveryRehearsalAndOnlyForTheSameChange() throws Exception {
    MigrationWork work = work(up("1", "CREATE TABLE t (a)"));
    String hash = rehearsal.apply(work).plan().planHash();
    TestDatabase.run(database, "INSERT INTO users VALUES (77, 'late', NULL)");

    assertThat(rehearsal.apply(work).plan().planHash()).isEqualTo(hash);
    assertThat(rehearsal.apply(work(up("1", "CREATE TABLE t (b)"))).plan().planHash())
        .isNotEqualTo(hash);
    assertThat(rehearsal.apply(work(up("2", "CREATE TABLE t (a)"))).plan().planHash())
        .isNotEqualTo(hash);
    TestDatabase.run(database, "CREATE TABLE other (a)");
    assertThat(rehearsal.apply(work).plan().planHash()).isNotEqualTo(hash);
  }

  @Test
  void anotherPlanThanTheExpectedOneIsRefused() throws Exception {
    var script = up("1", "DROP TABLE notes");
    String hash = rehearsal.apply(work(Destructive.ALLOW, List.of(), script)).plan().planHash();
    MigrationWork expecting =
        new MigrationWork(null, List.of(script), null, Destructive.ALLOW, null, null, hash);
    assertThat(rehearsal.apply(expecting).plan().planHash()).isEqualTo(hash);

    TestDatabase.run(database, "ALTER TABLE notes ADD COLUMN author TEXT");
    refused(Reason.PLAN_CHANGED, hash, () -> rehearsal.apply(expecting));
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
              rehearsal.copy(), database, "id", Rehearsal.RUN, work(up("1", "CREATE TABLE t (a)")));
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
                rehearsal.copy(),
                database,
                "id",
                Rehearsal.RUN,
                work(
                    up(
                        "1",
                        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                            + " SELECT count(*) FROM n"))));
    over.set(true);
  }

  private static void refused(Reason reason, String text, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(text);
  }
}
