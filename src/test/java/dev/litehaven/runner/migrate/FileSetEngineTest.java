package dev.litehaven.runner.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.Finding;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationScript.Move;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.PlanReport.TableRows;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.runner.migrate.MigrationEngine.Applied;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Migrations over a database of two files. */
class FileSetEngineTest {
  private static final String MOVE =
      "CREATE TABLE guide_sessions (id INTEGER PRIMARY KEY, user_id INTEGER, note TEXT);"
          + " INSERT INTO guide_sessions SELECT * FROM guides.sessions; DROP TABLE guides.sessions;";

  @TempDir Path directory;
  private Path main;
  private Path guides;

  @BeforeEach
  void twoFiles() throws Exception {
    main =
        TestDatabase.create(
            directory,
            "main.db",
            "PRAGMA journal_mode=wal",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
            "INSERT INTO users VALUES (1, 'Ada'), (2, 'Bo')");
    guides =
        TestDatabase.create(
            directory,
            "guides.db",
            "CREATE TABLE sessions (id INTEGER PRIMARY KEY, user_id INTEGER, note TEXT)",
            "INSERT INTO sessions VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, NULL)",
            "CREATE TABLE steps (id INTEGER PRIMARY KEY,"
                + " session INTEGER REFERENCES sessions (id))",
            "INSERT INTO steps VALUES (1, NULL)");
  }

  private static Path copyOf(Path file) {
    return file.resolveSibling("work-" + file.getFileName());
  }

  private Applied apply(MigrationWork work) throws IOException {
    List<FileSet.Member> members = new ArrayList<>();
    for (Path file : List.of(main, guides)) {
      Files.copy(file, copyOf(file), StandardCopyOption.REPLACE_EXISTING);
      String name = file.getFileName().toString().replace(".db", "");
      members.add(new FileSet.Member(name, copyOf(file), file));
    }
    return new MigrationEngine(Rehearsal.CLOCK, step -> {})
        .apply(new FileSet(members), "shop", Rehearsal.RUN, work);
  }

  private Applied migrate(MigrationWork work) throws IOException {
    Applied applied = apply(work);
    for (Path file : List.of(main, guides)) {
      Files.move(copyOf(file), file, StandardCopyOption.REPLACE_EXISTING);
    }
    return applied;
  }

  private static MigrationScript script(
      String version, String file, List<String> attach, List<Move> moves, String up, String down) {
    return new MigrationScript(version, "", up, down, null, null, file, attach, moves);
  }

  private static MigrationScript on(String version, String file, String up) {
    return script(version, file, null, null, up, null);
  }

  private static MigrationScript move(String up, String to) {
    return script("1", null, List.of("guides"), List.of(new Move("guides.sessions", to)), up, null);
  }

  private static MigrationWork work(MigrationScript... scripts) {
    return Rehearsal.work(scripts);
  }

  private void refused(Reason reason, String text, MigrationWork work) {
    assertThatThrownBy(() -> apply(work))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(text);
  }

  private static List<String> findings(PlanReport plan) {
    return plan.findings().stream()
        .map(f -> f.code() + " " + f.object() + " " + f.rows() + (f.destructive() ? " !" : ""))
        .toList();
  }

  @Test
  void aMigrationIsForTheFileThatItNamesAndTheFirstFileRemembersAll() throws Exception {
    Applied applied =
        migrate(
            work(
                on("1", null, "ALTER TABLE users ADD COLUMN age INTEGER"),
                on("2", "guides", "ALTER TABLE sessions ADD COLUMN state TEXT"),
                on("3", "main", "CREATE INDEX users_age ON users (age)")));
    assertThat(applied.plan().versionAfter()).isEqualTo("3");
    assertThat(TestDatabase.query(main, "SELECT version FROM litehaven_history"))
        .containsExactly("1", "2", "3");
    assertThat(TestDatabase.query(main, "SELECT coalesce(files, '') FROM litehaven_history"))
        .containsExactly("", "-- litehaven:file guides", "");
    assertThat(TestDatabase.query(guides, "SELECT name FROM sqlite_schema WHERE name LIKE 'lite%'"))
        .isEmpty();
    assertThat(TestDatabase.query(guides, "SELECT count(state) FROM sessions"))
        .containsExactly("0");
    assertThat(TestDatabase.query(main, "PRAGMA journal_mode")).containsExactly("wal");
    assertThat(TestDatabase.query(guides, "PRAGMA journal_mode")).containsExactly("delete");
    assertThat(applied.plan().ddl()).contains("-- file main", "-- file guides");
    assertThat(applied.plan().tables())
        .extracting(TableRows::table)
        .containsExactly("main.users", "guides.sessions", "guides.steps");
    // Naming the first file or not is the same migration.
    assertThat(
            apply(
                    work(
                        on("1", "main", "ALTER TABLE users ADD COLUMN age INTEGER"),
                        on("2", "guides", "ALTER TABLE sessions ADD COLUMN state TEXT"),
                        on("3", null, "CREATE INDEX users_age ON users (age)")))
                .nothingToDo())
        .isTrue();
    refused(
        Reason.CHECKSUM_CHANGED,
        "Version 2",
        work(
            on("1", null, "ALTER TABLE users ADD COLUMN age INTEGER"),
            on("2", null, "ALTER TABLE sessions ADD COLUMN state TEXT"),
            on("3", null, "CREATE INDEX users_age ON users (age)")));
  }

  @Test
  void aFileThatIsNotAttachedCannotBeReached() {
    refused(
        Reason.SCRIPT_FAILED,
        "guides.sessions",
        work(on("1", null, "INSERT INTO guides.sessions VALUES (9, 9, 'x')")));
    refused(
        Reason.STATEMENT_REFUSED,
        "under attach",
        work(on("1", null, "ATTACH 'guides.db' AS guides")));
    // Nor by a name that only it has.
    refused(Reason.SCRIPT_FAILED, "sessions", work(on("1", null, "DELETE FROM sessions")));
    refused(Reason.SCRIPT_FAILED, "users", work(on("1", "guides", "DELETE FROM users")));
  }

  @Test
  void filesThatAreNotThereAreNamedWithThoseThatAre() {
    refused(
        Reason.SOURCE_INVALID,
        "Version 1 names the file replica, which the database does not have. Its files are: main,"
            + " guides",
        work(on("1", "replica", "SELECT 1")));
    refused(
        Reason.SOURCE_INVALID,
        "Turn it around",
        work(script("1", "guides", List.of("main"), null, "SELECT 1", null)));
    refused(
        Reason.SOURCE_INVALID,
        "sees already",
        work(script("1", null, List.of("guides", "guides"), null, "SELECT 1", null)));
    refused(
        Reason.SOURCE_INVALID,
        "without attaching",
        work(script("1", null, null, List.of(new Move("guides.sessions", "x")), "SELECT 1", null)));
  }

  @Test
  void ensureLooksOnlyInTheMigrationsOwnFile() throws Exception {
    var table = new Ensure.Table("steps", "(id INTEGER PRIMARY KEY)");
    var column = new Ensure.Column("steps", "note", "TEXT");
    var index = new Ensure.Index("steps_note", "steps", List.of("note"), false, null);
    refused(
        Reason.SCRIPT_FAILED,
        "no such table",
        work(ensuring(new Ensure(null, List.of(column), null))));
    migrate(work(ensuring(new Ensure(List.of(table), List.of(column), List.of(index)))));
    assertThat(TestDatabase.query(main, "SELECT name FROM pragma_table_info('steps')"))
        .containsExactly("id", "note");
    assertThat(TestDatabase.query(guides, "SELECT name FROM pragma_table_info('steps')"))
        .containsExactly("id", "session");
  }

  private static MigrationScript ensuring(Ensure ensure) {
    return new MigrationScript("1", "", "", null, null, ensure, null, List.of("guides"), List.of());
  }

  @Test
  void whatEachFileLosesIsFoundAndNamedWithTheFile() {
    refused(
        Reason.DESTRUCTIVE_CHANGE,
        "2 rows of table guides.sessions",
        work(
            script(
                "1",
                null,
                List.of("guides"),
                null,
                "DELETE FROM guides.sessions WHERE id < 3",
                null)));
    refused(
        Reason.VALUES_CHANGED,
        "guides.sessions.note",
        work(on("1", "guides", "UPDATE sessions SET note = 'x' WHERE id = 1")));
    refused(
        Reason.FOREIGN_KEYS_VIOLATED,
        "guides.steps without their row in guides.sessions",
        work(on("1", "guides", "UPDATE steps SET session = 99")));
  }

  @Test
  void changesAreAllowedInTheFileThatIsNamed() throws Exception {
    MigrationScript update = on("1", "guides", "UPDATE sessions SET note = 'x' WHERE id = 1");
    Applied applied =
        apply(Rehearsal.work(Destructive.FORBID, List.of("guides.sessions.note"), update));
    assertThat(findings(applied.plan())).containsExactly("LH103 guides.sessions.note 1");
    // Without a file it is the first one's.
    refused(
        Reason.VALUES_CHANGED,
        "guides.sessions.note",
        Rehearsal.work(Destructive.FORBID, List.of("sessions.note"), update));
  }

  @Test
  void rulesSeeAllFiles() throws Exception {
    MigrationScript any = on("1", null, "CREATE TABLE t (x)");
    var good =
        new VerifyRules(
            true,
            List.of("users", "guides.sessions"),
            List.of("users.name", "guides.sessions.note"),
            List.of(
                new VerifyRules.Assertion(
                    "owned",
                    "SELECT NOT EXISTS (SELECT 1 FROM guides.sessions"
                        + " WHERE user_id NOT IN (SELECT id FROM main.users))")));
    apply(Rehearsal.verified(good, any));
    refused(
        Reason.VERIFICATION_FAILED,
        "table guides.users",
        Rehearsal.verified(
            new VerifyRules(false, List.of("guides.users"), List.of(), List.of()), any));
    refused(
        Reason.VERIFICATION_FAILED,
        "column guides.sessions.name",
        Rehearsal.verified(
            new VerifyRules(false, List.of(), List.of("guides.sessions.name"), List.of()), any));
    refused(
        Reason.VERIFICATION_FAILED,
        "assertion few",
        Rehearsal.verified(
            new VerifyRules(
                false,
                List.of(),
                List.of(),
                List.of(
                    new VerifyRules.Assertion("few", "SELECT count(*) < 3 FROM guides.sessions"))),
            any));
  }

  @Test
  void rowsThatMoveAsDeclaredAreNotLost() throws Exception {
    Applied applied = migrate(work(move(MOVE, "main.guide_sessions")));
    assertThat(findings(applied.plan())).containsExactly("LH105 guides.sessions 3");
    assertThat(applied.plan().findings().getFirst().message())
        .contains("3 rows of table guides.sessions moved to main.guide_sessions");
    assertThat(TestDatabase.query(main, "SELECT group_concat(note, '') FROM guide_sessions"))
        .containsExactly("ab");
  }

  @Test
  void aCounterThatEndsLowerWhereTheRowsMovedToIsRefused() throws Exception {
    TestDatabase.run(
        guides,
        "DROP TABLE sessions",
        "CREATE TABLE sessions (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER, note TEXT)",
        "INSERT INTO sessions VALUES (1, 1, 'a'), (2, 1, 'b'), (9, 2, 'gone')",
        "DELETE FROM sessions WHERE id = 9");
    String counted = MOVE.replace("PRIMARY KEY", "PRIMARY KEY AUTOINCREMENT");
    refused(
        Reason.DESTRUCTIVE_CHANGE,
        "7 ids of guides.sessions",
        work(move(counted, "main.guide_sessions")));
    MigrationWork raised =
        work(
            move(
                counted + " UPDATE sqlite_sequence SET seq = 9 WHERE name = 'guide_sessions';",
                "main.guide_sessions"));
    assertThat(findings(apply(raised).plan())).containsExactly("LH105 guides.sessions 2");
    // Without a counter of its own nobody relies on ids that never come back.
    assertThat(findings(migrate(work(move(MOVE, "main.guide_sessions"))).plan()))
        .containsExactly("LH105 guides.sessions 2");
  }

  @Test
  void undeclaredTheyAreLostAsEver() {
    refused(
        Reason.DESTRUCTIVE_CHANGE,
        "table guides.sessions (3 rows)",
        work(script("1", null, List.of("guides"), null, MOVE, null)));
  }

  @Test
  void aDeclarationIsNotBelievedRowByRow() throws Exception {
    refused(
        Reason.DESTRUCTIVE_CHANGE,
        "table guides.sessions (1 row)",
        work(
            move(
                MOVE.replace("FROM guides.sessions;", "FROM guides.sessions WHERE id < 3;"),
                "guide_sessions")));
    refused(
        Reason.DESTRUCTIVE_CHANGE,
        "table guides.sessions (1 row)",
        work(
            move(
                MOVE.replace("SELECT *", "SELECT id, user_id, iif(id = 2, note || 'x', note)"),
                "guide_sessions")));
    // A column without a place there would be lost with its values.
    refused(
        Reason.DESTRUCTIVE_CHANGE,
        "table guides.sessions (3 rows)",
        work(
            move(
                MOVE.replace(", note TEXT", "").replace("SELECT *", "SELECT id, user_id"),
                "guide_sessions")));
  }

  @Test
  void someRowsMayMoveAndTheOthersStay() throws Exception {
    String up =
        "CREATE TABLE old (id INTEGER PRIMARY KEY, user_id INTEGER, note TEXT, why TEXT);"
            + " INSERT INTO old SELECT *, 'old' FROM guides.sessions WHERE id < 3;"
            + " DELETE FROM guides.sessions WHERE id < ";
    Applied applied = apply(work(move(up + "3", "old")));
    assertThat(findings(applied.plan())).containsExactly("LH105 guides.sessions 2");
    refused(
        Reason.DESTRUCTIVE_CHANGE, "1 row of table guides.sessions", work(move(up + "4", "old")));
  }

  @Test
  void oneRowDoesNotCountForTwoMoves() {
    String twice =
        "CREATE TABLE a (id INTEGER PRIMARY KEY, session INTEGER);"
            + " INSERT INTO a SELECT * FROM guides.steps; DROP TABLE guides.steps;";
    List<Move> moves =
        List.of(new Move("guides.steps", "a"), new Move("guides.sessions", "main.A"));
    refused(
        Reason.SOURCE_INVALID,
        "count twice",
        work(script("1", null, List.of("guides"), moves, twice, null)));
  }

  @Test
  void theWayBackMovesTheRowsBack() throws Exception {
    MigrationScript there =
        script(
            "1",
            null,
            List.of("guides"),
            List.of(new Move("guides.sessions", "guide_sessions")),
            MOVE,
            "CREATE TABLE guides.sessions (id INTEGER PRIMARY KEY, user_id INTEGER, note TEXT);"
                + " INSERT INTO guides.sessions SELECT * FROM guide_sessions;"
                + " DROP TABLE guide_sessions;");
    migrate(work(there));
    Applied back = migrate(Rehearsal.to("0", Destructive.FORBID, there));
    assertThat(findings(back.plan())).containsExactly("LH105 main.guide_sessions 3");
    assertThat(TestDatabase.query(guides, "SELECT count(*) FROM sessions")).containsExactly("3");
  }

  @Test
  void aFileThatFailsSqlitesCheckIsNamed() throws Exception {
    // A CHECK that was added by hand, and rows break it.
    TestDatabase.run(
        guides,
        "PRAGMA writable_schema=ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'note TEXT', 'note TEXT CHECK (note > ''b'')')"
            + " WHERE name = 'sessions'");
    refused(
        Reason.INTEGRITY_FAILED,
        "The migrated copy of guides fails",
        Rehearsal.verified(
            new VerifyRules(true, List.of(), List.of(), List.of()),
            on("1", null, "CREATE TABLE t (x)")));
  }

  @Test
  void filesInAnotherOrderAreRefusedBeforeAnythingIsAppliedTwice() throws Exception {
    migrate(work(on("1", null, "CREATE TABLE t (x)")));
    var swapped =
        new FileSet(
            List.of(
                new FileSet.Member("guides", guides, guides),
                new FileSet.Member("other", main, main)));
    assertThatThrownBy(
            () ->
                new MigrationEngine(Rehearsal.CLOCK, step -> {})
                    .apply(
                        swapped, "shop", Rehearsal.RUN, work(on("1", null, "CREATE TABLE t (x)"))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("Name other first");
  }

  @Test
  void aPlanIsTheSameWhateverTheNumberOfRowsThatMove() throws Exception {
    MigrationWork work = work(move(MOVE, "guide_sessions"));
    String hash = apply(work).plan().planHash();
    TestDatabase.run(guides, "DELETE FROM sessions");
    PlanReport empty = apply(work).plan();
    assertThat(empty.planHash()).isEqualTo(hash);
    assertThat(empty.findings()).noneMatch(Finding::destructive);
  }

  @Test
  void anOlderHistoryGetsTheColumnThatItLacks() throws Exception {
    MigrationScript one = on("1", null, "CREATE TABLE t (x)");
    migrate(work(one));
    TestDatabase.run(main, "ALTER TABLE litehaven_history DROP COLUMN files");
    assertThat(apply(work(one)).nothingToDo()).isTrue();
    migrate(work(one, on("2", "guides", "CREATE TABLE t (x)")));
    assertThat(TestDatabase.query(main, "SELECT coalesce(files, '') FROM litehaven_history"))
        .containsExactly("", "-- litehaven:file guides");
  }
}
