package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.Finding;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file sets of two real systems, through the whole runner: plan, migrate, back. */
class FileSetScenariosTest {
  @TempDir Path root;

  private static void ended(RunnerReport report, Reason reason) {
    assertThat(report.reason()).as(report.message()).isEqualTo(reason);
  }

  @Test
  void riderproIsPlannedMigratedAndRolledBackAsOne() throws Exception {
    FileSetVolume volume = RealSets.riderpro(root);
    List<String> before = volume.contents();
    MigrationWork work = RealSets.riderproWork();

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
    FileSetVolume volume = RealSets.riderpro(root);
    List<String> before = volume.contents();
    MigrationWork good = RealSets.riderproWork();
    List<MigrationScript> scripts = new ArrayList<>(good.scripts());
    scripts.add(RealSets.script("6", "userdata", List.of(), null, "INSERT INTO users VALUES (1)"));
    MigrationWork bad =
        new MigrationWork(
            null, scripts, null, Destructive.FORBID, List.of(), VerifyRules.DEFAULT, null);
    ended(volume.run(RunnerStep.MIGRATE, "r1", 1, bad), Reason.SCRIPT_FAILED);
    assertThat(volume.contents()).isEqualTo(before);
    assertThat(volume.leftOvers()).isEmpty();
  }

  @Test
  void aRollbackNamesAllFilesSoThatNoneGoesWithoutABackup() throws Exception {
    FileSetVolume volume = RealSets.riderpro(root);
    ended(volume.run(RunnerStep.MIGRATE, "r1", 1, RealSets.riderproWork()), Reason.SUCCEEDED);
    List<String> migrated = volume.contents();
    var first = new FileSetVolume(root, volume.files().subList(0, 1));
    RunnerReport report = first.run(RunnerStep.ROLLBACK, "r1", 2, null);
    ended(report, Reason.INVALID_REQUEST);
    assertThat(report.message()).contains("data/replica/replica.db");
    assertThat(volume.contents()).isEqualTo(migrated);
  }

  @Test
  void aRowWrittenToOneFileKeepsAllFromGoingBack() throws Exception {
    FileSetVolume volume = RealSets.riderpro(root);
    ended(volume.run(RunnerStep.MIGRATE, "r1", 1, RealSets.riderproWork()), Reason.SUCCEEDED);
    TestDatabase.run(
        volume.path("userdata"), "INSERT INTO preferences VALUES ('u-001-13752295', 'x', 'y')");
    List<String> written = volume.contents();
    ended(volume.run(RunnerStep.ROLLBACK, "r1", 2, null), Reason.ROLLBACK_NEEDS_DECISION);
    assertThat(volume.contents()).isEqualTo(written);
  }

  @Test
  void aStrayWriterToOneOldFileStopsTheRollbackOfAll() throws Exception {
    FileSetVolume volume = RealSets.riderpro(root);
    ended(volume.run(RunnerStep.MIGRATE, "r1", 1, RealSets.riderproWork()), Reason.SUCCEEDED);
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
    FileSetVolume volume = RealSets.riderpro(root);
    List<String> before = volume.contents();
    try (Connection app = TestDatabase.open(volume.path("userdata"));
        var statement = app.createStatement()) {
      statement.executeQuery("SELECT count(*) FROM users").close();
      ended(volume.run(RunnerStep.MIGRATE, "r1", 1, RealSets.riderproWork()), Reason.LIVE_WRITER);
    }
    assertThat(volume.contents()).isEqualTo(before);
    assertThat(volume.leftOvers()).isEmpty();
  }

  private static Map<String, String> tables(Path file) throws Exception {
    return ContentHash.ofFile(file).tables().stream()
        .filter(table -> RealSets.USER_TABLES.contains(table.table()))
        .collect(
            java.util.stream.Collectors.toMap(
                ContentHash.TableHash::table, ContentHash.TableHash::hash));
  }

  @Test
  void arrowtunersTwoDatabasesBecomeOneWithEveryRowAccountedFor() throws Exception {
    FileSetVolume volume = RealSets.arrowtuner(root);
    Map<String, String> rows = tables(volume.path("userdata"));
    List<String> before = volume.contents();
    MigrationWork work = RealSets.consolidate(volume, "", RealSets.declared());

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
    FileSetVolume volume = RealSets.arrowtuner(root);
    List<String> before = volume.contents();
    RunnerReport report =
        volume.run(
            RunnerStep.MIGRATE,
            "r1",
            1,
            RealSets.consolidate(volume, " WHERE state = 'running'", RealSets.declared()));
    ended(report, Reason.DESTRUCTIVE_CHANGE);
    assertThat(report.plan().findings())
        .filteredOn(Finding::destructive)
        .singleElement()
        .satisfies(f -> assertThat(f.object()).isEqualTo("userdata.guide_sessions"));
    ended(
        volume.run(RunnerStep.PLAN, "r2", 2, RealSets.consolidate(volume, "", List.of())),
        Reason.DESTRUCTIVE_CHANGE);
    assertThat(volume.contents()).isEqualTo(before);
  }
}
