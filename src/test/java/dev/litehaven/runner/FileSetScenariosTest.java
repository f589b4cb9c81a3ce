package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.Finding;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationScript.Move;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.sqlite.TestDatabase;
import dev.litehaven.scenario.Scenarios;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file sets of two real systems, through the whole runner: plan, migrate, back. */
class FileSetScenariosTest {
  private static final List<String> USER_TABLES =
      List.of("users", "bow_setups", "guide_sessions", "backup_metadata", "sessions");

  @TempDir Path root;

  private static void ended(RunnerReport report, Reason reason) {
    assertThat(report.reason()).as(report.message()).isEqualTo(reason);
  }

  // riderpro: main.db and replica.db in WAL mode, userdata.db in rollback mode.

  private FileSetVolume riderpro() throws Exception {
    Files.createDirectories(root.resolve("data/replica"));
    Scenarios.RIDERPRO_MAIN.build(root.resolve("data"));
    Scenarios.RIDERPRO_REPLICA.build(root.resolve("data/replica"));
    Scenarios.RIDERPRO_USERDATA.build(root);
    return new FileSetVolume(
        root,
        List.of(
            new DatabaseFile("main", "data/main.db"),
            new DatabaseFile("replica", "data/replica/replica.db"),
            new DatabaseFile("userdata", "userdata.db")));
  }

  private static MigrationWork riderproWork() {
    Ensure columns =
        new Ensure(
            null,
            Stream.of("signatureUrl", "photoUrl", "capturedAt")
                .map(name -> new Ensure.Column("shipments", name, "TEXT"))
                .toList(),
            null);
    String copy =
        "UPDATE shipments SET (signatureUrl, photoUrl, capturedAt) ="
            + " (SELECT signatureUrl, photoUrl, capturedAt FROM acknowledgments a"
            + " WHERE a.shipmentId = shipments.id)";
    return new MigrationWork(
        null,
        List.of(
            new MigrationScript("1", "consolidate shipments", "", null, null, columns),
            script("2", "replica", List.of(), columns, ""),
            script("3", null, List.of(), null, copy),
            script("4", "replica", List.of(), null, copy),
            script(
                "5",
                null,
                List.of("userdata"),
                null,
                "ALTER TABLE riders ADD COLUMN name TEXT;"
                    + " UPDATE riders SET name = (SELECT u.name FROM userdata.users u"
                    + " WHERE u.id = riders.userId);"
                    + " ALTER TABLE userdata.users ADD COLUMN vehicle TEXT;"
                    + " UPDATE userdata.users SET vehicle = (SELECT r.vehicle FROM riders r"
                    + " WHERE r.userId = users.id);")),
        null,
        Destructive.FORBID,
        List.of(),
        new VerifyRules(
            true,
            List.of("shipments", "replica.shipments", "userdata.users"),
            List.of("shipments.photoUrl", "replica.shipments.photoUrl", "userdata.users.vehicle"),
            List.of(
                new VerifyRules.Assertion(
                    "every rider is somebody",
                    "SELECT NOT EXISTS (SELECT 1 FROM main.riders r"
                        + " LEFT JOIN userdata.users u ON u.id = r.userId"
                        + " WHERE r.name IS NOT u.name OR u.vehicle IS NOT r.vehicle)"))),
        null);
  }

  private static MigrationScript script(
      String version, String file, List<String> attach, Ensure ensure, String up) {
    return new MigrationScript(version, "", up, null, null, ensure, file, attach, null);
  }

  @Test
  void riderproIsPlannedMigratedAndRolledBackAsOne() throws Exception {
    FileSetVolume volume = riderpro();
    List<String> before = volume.contents();
    MigrationWork work = riderproWork();

    RunnerReport plan = volume.run(RunnerStep.PLAN, "r1", 1, work);
    ended(plan, Reason.SUCCEEDED);
    assertThat(plan.plan().findings()).isEmpty();
    assertThat(volume.contents()).isEqualTo(before);
    assertThat(volume.leftOvers()).isEmpty();

    RunnerReport migrate = volume.run(RunnerStep.MIGRATE, "r1", 1, work);
    ended(migrate, Reason.SUCCEEDED);
    assertThat(migrate.plan().planHash()).isEqualTo(plan.plan().planHash());
    BackupRecord backup = migrate.backups().getFirst();
    assertThat(migrate.backups()).hasSize(1);
    assertThat(backup.files()).containsExactly("main", "replica", "userdata");
    assertThat(backup.verified()).isTrue();
    assertThat(backup.rows()).isEqualTo(69 + 120 + 24 + 8 + 150 + 30 + 54 + 8 + 120 + 1 + 115);
    assertThat(
            TestDatabase.query(
                volume.path("main"), "SELECT count(*) FROM shipments WHERE capturedAt <> ''"))
        .containsExactly("69");
    assertThat(
            TestDatabase.query(
                volume.path("replica"), "SELECT count(*) FROM shipments WHERE capturedAt <> ''"))
        .containsExactly("54");
    assertThat(TestDatabase.query(volume.path("userdata"), "SELECT count(vehicle) FROM users"))
        .containsExactly("24");
    assertThat(TestDatabase.query(volume.path("replica"), "PRAGMA journal_mode"))
        .containsExactly("wal");
    assertThat(TestDatabase.query(volume.path("userdata"), "PRAGMA journal_mode"))
        .containsExactly("delete");
    ended(volume.run(RunnerStep.MIGRATE, "r2", 2, work), Reason.UP_TO_DATE);
    RunnerReport verify = volume.run(RunnerStep.VERIFY, "v1", 3, work);
    ended(verify, Reason.HEALTHY);

    RunnerReport back = volume.run(RunnerStep.ROLLBACK, "r1", 4, null);
    ended(back, Reason.ROLLED_BACK);
    assertThat(volume.contents()).isEqualTo(before);
    assertThat(back.backups())
        .singleElement()
        .satisfies(kept -> assertThat(kept.files()).hasSize(3));
    ended(volume.run(RunnerStep.SETTLE, "r1", 5, null), Reason.SUCCEEDED);
    assertThat(volume.leftOvers()).isEmpty();
  }

  @Test
  void aFailureInTheLastFileLeavesAllAsTheyWere() throws Exception {
    FileSetVolume volume = riderpro();
    List<String> before = volume.contents();
    MigrationWork good = riderproWork();
    List<MigrationScript> scripts = new ArrayList<>(good.scripts());
    scripts.add(script("6", "userdata", List.of(), null, "INSERT INTO users VALUES (1)"));
    MigrationWork bad =
        new MigrationWork(
            null, scripts, null, Destructive.FORBID, List.of(), VerifyRules.DEFAULT, null);
    ended(volume.run(RunnerStep.MIGRATE, "r1", 1, bad), Reason.SCRIPT_FAILED);
    assertThat(volume.contents()).isEqualTo(before);
    assertThat(volume.leftOvers()).isEmpty();
  }

  @Test
  void aRollbackNamesAllFilesSoThatNoneGoesWithoutABackup() throws Exception {
    FileSetVolume volume = riderpro();
    ended(volume.run(RunnerStep.MIGRATE, "r1", 1, riderproWork()), Reason.SUCCEEDED);
    List<String> migrated = volume.contents();
    var first = new FileSetVolume(root, volume.files().subList(0, 1));
    RunnerReport report = first.run(RunnerStep.ROLLBACK, "r1", 2, null);
    ended(report, Reason.INVALID_REQUEST);
    assertThat(report.message()).contains("data/replica/replica.db");
    assertThat(volume.contents()).isEqualTo(migrated);
  }

  @Test
  void aRowWrittenToOneFileKeepsAllFromGoingBack() throws Exception {
    FileSetVolume volume = riderpro();
    ended(volume.run(RunnerStep.MIGRATE, "r1", 1, riderproWork()), Reason.SUCCEEDED);
    TestDatabase.run(
        volume.path("userdata"), "INSERT INTO preferences VALUES ('u-001-13752295', 'x', 'y')");
    List<String> written = volume.contents();
    ended(volume.run(RunnerStep.ROLLBACK, "r1", 2, null), Reason.ROLLBACK_NEEDS_DECISION);
    assertThat(volume.contents()).isEqualTo(written);
  }

  @Test
  void aStrayWriterToOneOldFileStopsTheRollbackOfAll() throws Exception {
    FileSetVolume volume = riderpro();
    ended(volume.run(RunnerStep.MIGRATE, "r1", 1, riderproWork()), Reason.SUCCEEDED);
    List<String> migrated = volume.contents();
    Path old = root.resolve("data/replica/.replica.db.lh-r1.old");
    // SQLite refuses the old files of a set; whoever has one open from before does not ask it.
    try (var file = new RandomAccessFile(old.toFile(), "rw")) {
      file.seek(file.length() - 1);
      int last = file.read();
      file.seek(file.length() - 1);
      file.write(last ^ 1);
    }
    ended(volume.run(RunnerStep.ROLLBACK, "r1", 2, null), Reason.DIVERGED);
    assertThat(volume.contents()).isEqualTo(migrated);
  }

  @Test
  void oneFileInUseKeepsAllFromBeingReplaced() throws Exception {
    FileSetVolume volume = riderpro();
    List<String> before = volume.contents();
    try (Connection app = TestDatabase.open(volume.path("userdata"));
        var statement = app.createStatement()) {
      statement.executeQuery("SELECT count(*) FROM users").close();
      ended(volume.run(RunnerStep.MIGRATE, "r1", 1, riderproWork()), Reason.LIVE_WRITER);
    }
    assertThat(volume.contents()).isEqualTo(before);
    assertThat(volume.leftOvers()).isEmpty();
  }

  // arrowtuner: user_data.db goes into arrow_database.db.

  private FileSetVolume arrowtuner() {
    Scenarios.ARROWTUNER_ARROWS.build(root);
    Scenarios.ARROWTUNER_USERS.build(root);
    return new FileSetVolume(
        root,
        List.of(
            new DatabaseFile("arrows", "arrow_database.db"),
            new DatabaseFile("userdata", "user_data.db")));
  }

  /** Migration 023 from the schema that is there: every table as it is, with its rows. */
  private static MigrationWork consolidate(FileSetVolume volume, String rows, List<Move> moves)
      throws Exception {
    StringBuilder up = new StringBuilder();
    for (String table : USER_TABLES) {
      up.append(
              String.join(
                  ";",
                  TestDatabase.query(
                      volume.path("userdata"),
                      "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = '"
                          + table
                          + "'")))
          .append(";\n");
      up.append("INSERT INTO main." + table + " SELECT * FROM userdata." + table);
      up.append(table.equals("guide_sessions") ? rows : "").append(";\n");
    }
    for (String table : USER_TABLES.reversed()) {
      up.append("DROP TABLE userdata." + table + ";\n");
    }
    up.append("INSERT INTO schema_migrations VALUES ('023', '2026-01-19T21:00:00Z');");
    return new MigrationWork(
        null,
        List.of(
            new MigrationScript(
                "23", "", up.toString(), null, null, null, null, List.of("userdata"), moves)),
        null,
        Destructive.FORBID,
        List.of(),
        VerifyRules.DEFAULT,
        null);
  }

  private static List<Move> declared() {
    return USER_TABLES.stream().map(table -> new Move("userdata." + table, table)).toList();
  }

  private static Map<String, String> tables(Path file) throws Exception {
    return ContentHash.ofFile(file).tables().stream()
        .filter(table -> USER_TABLES.contains(table.table()))
        .collect(
            java.util.stream.Collectors.toMap(
                ContentHash.TableHash::table, ContentHash.TableHash::hash));
  }

  @Test
  void arrowtunersTwoDatabasesBecomeOneWithEveryRowAccountedFor() throws Exception {
    FileSetVolume volume = arrowtuner();
    Map<String, String> rows = tables(volume.path("userdata"));
    List<String> before = volume.contents();
    MigrationWork work = consolidate(volume, "", declared());

    RunnerReport plan = volume.run(RunnerStep.PLAN, "r1", 1, work);
    ended(plan, Reason.SUCCEEDED);
    assertThat(plan.plan().findings())
        .extracting(f -> f.code() + " " + f.object() + " " + f.rows())
        .contains(
            "LH105 userdata.users 55",
            "LH105 userdata.bow_setups 84",
            "LH105 userdata.guide_sessions 64",
            "LH105 userdata.backup_metadata 30",
            "LH105 userdata.sessions 37");
    assertThat(plan.plan().findings()).noneMatch(Finding::destructive);

    ended(volume.run(RunnerStep.MIGRATE, "r1", 1, work), Reason.SUCCEEDED);
    assertThat(tables(volume.path("arrows"))).isEqualTo(rows);
    assertThat(tables(volume.path("userdata"))).isEmpty();
    ended(volume.run(RunnerStep.MIGRATE, "r2", 2, work), Reason.UP_TO_DATE);

    ended(volume.run(RunnerStep.ROLLBACK, "r1", 3, null), Reason.ROLLED_BACK);
    assertThat(volume.contents()).isEqualTo(before);
  }

  @Test
  void arrowtunersRowsThatDoNotArriveAreLost() throws Exception {
    FileSetVolume volume = arrowtuner();
    List<String> before = volume.contents();
    RunnerReport report =
        volume.run(
            RunnerStep.MIGRATE,
            "r1",
            1,
            consolidate(volume, " WHERE state = 'running'", declared()));
    ended(report, Reason.DESTRUCTIVE_CHANGE);
    assertThat(report.plan().findings())
        .filteredOn(Finding::destructive)
        .singleElement()
        .satisfies(f -> assertThat(f.object()).isEqualTo("userdata.guide_sessions"));
    ended(
        volume.run(RunnerStep.PLAN, "r2", 2, consolidate(volume, "", List.of())),
        Reason.DESTRUCTIVE_CHANGE);
    assertThat(volume.contents()).isEqualTo(before);
  }
}
