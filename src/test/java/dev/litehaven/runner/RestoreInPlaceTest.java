package dev.litehaven.runner;

import static dev.litehaven.runner.Volume.ADD_RISK;
import static dev.litehaven.runner.Volume.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreWork.Mode;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.restore.Fetched;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole databases that are restored over what is there, and the ways back from it. */
class RestoreInPlaceTest {
  @TempDir Path dir;
  private Path backup;

  @BeforeEach
  void backUpAnOlderState() throws Exception {
    backup =
        TestDatabase.create(
            dir,
            "backup.db",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, age INTEGER)",
            "CREATE TABLE orders (id INTEGER PRIMARY KEY)",
            "INSERT INTO users VALUES (1, 'first@example.org', 30)");
  }

  private static RunnerRequest request(Volume volume, String run, long epoch, String token) {
    return Fetched.request(
        volume.request(RunnerStep.RESTORE, run, epoch, null), Fetched.whole(Mode.IN_PLACE, token));
  }

  private RunnerReport restore(Volume volume, String run, long epoch, String token)
      throws Exception {
    RunnerRequest request = request(volume, run, epoch, token);
    Fetched.stage(request, Map.of("main", backup));
    return Volume.run(request);
  }

  private Volume volume(String journalMode) throws Exception {
    return Volume.create(dir.resolve("volume"), journalMode);
  }

  private static void assertRestored(Volume volume) throws Exception {
    assertThat(volume.query("SELECT email FROM users")).isEqualTo("first@example.org");
    assertThat(volume.query("SELECT name FROM sqlite_schema ORDER BY name"))
        .isEqualTo("orders,users");
  }

  @ParameterizedTest
  @CsvSource({"wal, delete", "delete, wal", "wal, wal", "delete, delete"})
  void theDatabaseIsAsTheBackupHasItInItsOwnJournalMode(String live, String backedUp)
      throws Exception {
    Volume volume = volume(live);
    TestDatabase.run(backup, "PRAGMA journal_mode=" + backedUp);
    String before = ContentHash.ofFile(volume.database).hash();
    Object mode = Files.getAttribute(volume.database, "unix:mode");

    RunnerReport report = restore(volume, "r1", 1, null);

    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.SUCCEEDED);
    assertRestored(volume);
    assertThat(volume.query("PRAGMA journal_mode")).isEqualTo(live);
    assertThat(Files.getAttribute(volume.database, "unix:mode")).isEqualTo(mode);
    assertThat(report.restore().backupId()).isEqualTo(Fetched.BACKUP);
    assertThat(report.restore().applied()).isTrue();
    assertThat(report.swap().state()).isEqualTo("DONE");
    assertThat(report.backups())
        .singleElement()
        .satisfies(
            made -> {
              assertThat(made.type()).isEqualTo("PreRestore");
              assertThat(made.verified()).isTrue();
              assertThat(made.contentHash()).isEqualTo(before);
              assertThat(made.rows()).isEqualTo(Volume.ROWS);
            });
    assertThat(volume.files())
        .as("what was fetched is gone, what was replaced is kept")
        .noneMatch(name -> name.startsWith(".litehaven/restore/"))
        .contains("app/.portfolio.db.lh-r1.old", ".litehaven/reports/r1-restore.json");
  }

  @Test
  void whatChangedIsReportedTableByTable() throws Exception {
    RunnerReport report = restore(volume("wal"), "r1", 1, null);
    assertThat(report.restore().tablesTotal()).isEqualTo(2);
    assertThat(report.restore().tables())
        .extracting(t -> t.table() + " " + t.rowsBefore() + " " + t.rowsAfter())
        .containsExactly("orders -1 0", "users 500 1");
  }

  @Test
  void theSameRunRollsItBackWhileNothingWasWritten() throws Exception {
    Volume volume = volume("wal");
    restore(volume, "r1", 1, "t1");
    RunnerReport report = volume.run(RunnerStep.ROLLBACK, "r1", 2, null);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.ROLLED_BACK);
    assertThat(volume.state()).isEqualTo("old");

    RunnerReport again = restore(volume, "r1", 3, "t1");
    assertThat(again.reason()).isEqualTo(Reason.ROLLED_BACK);
    assertThat(again.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(restore(volume, "r2", 4, "t1").reason())
        .as("it was carried out, whatever became of it")
        .isEqualTo(Reason.ALREADY_RESTORED);
    assertThat(volume.state()).isEqualTo("old");
  }

  @Test
  void aRollbackOfARestoreThatWasWrittenToNeedsADecision() throws Exception {
    Volume volume = volume("delete");
    restore(volume, "r1", 1, null);
    TestDatabase.run(volume.database, "INSERT INTO orders VALUES (7)");
    RunnerReport report = volume.run(RunnerStep.ROLLBACK, "r1", 2, null);
    assertThat(report.reason()).isEqualTo(Reason.ROLLBACK_NEEDS_DECISION);
    assertRestored(volume);

    RunnerReport forced = Volume.run(volume.request(RunnerStep.ROLLBACK, "r1", 3, null, true));
    assertThat(forced.reason()).as(forced.message()).isEqualTo(Reason.ROLLED_BACK);
    assertThat(volume.state()).isEqualTo("old");
  }

  @Test
  void theSameRunSettlesItAndTheBackupIsWhatIsLeft() throws Exception {
    Volume volume = volume("wal");
    BackupRecord backedUp = restore(volume, "r1", 1, null).backups().getFirst();
    RunnerReport report = volume.run(RunnerStep.SETTLE, "r1", 2, null);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.SUCCEEDED);
    assertThat(report.backups()).singleElement().isEqualTo(backedUp);
    assertThat(volume.files()).noneMatch(name -> name.contains(".lh-"));
    assertRestored(volume);
  }

  @Test
  void aRestoreThatIsSettledGoesBackByItsBackup() throws Exception {
    Volume volume = volume("wal");
    restore(volume, "r1", 1, null);
    volume.run(RunnerStep.SETTLE, "r1", 2, null);
    RunnerRequest back = volume.request(RunnerStep.ROLLBACK, "r2", 3, null);
    RunnerReport report =
        Volume.run(
            new RunnerRequest(
                back.formatVersion(),
                back.step(),
                back.run(),
                back.mountPath(),
                back.files(),
                back.excludePatterns(),
                null,
                back.backup(),
                "r1",
                false,
                null));
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.ROLLED_BACK);
    assertThat(volume.state()).isEqualTo("old");
  }

  @Test
  void aRunThatIsMadeAgainSaysTheSameAndChangesNothing() throws Exception {
    Volume volume = volume("wal");
    RunnerReport first = restore(volume, "r1", 1, "t1");
    TestDatabase.run(volume.database, "INSERT INTO orders VALUES (7)");
    RunnerReport again = Volume.run(request(volume, "r1", 2, "t1"));
    assertThat(again.message()).isEqualTo(first.message());
    assertThat(again.restore()).isEqualTo(first.restore());
    assertThat(volume.query("SELECT id FROM orders")).isEqualTo("7");
  }

  @Test
  void aRestoreThatWasCarriedOutNeverReplacesNewerData() throws Exception {
    Volume volume = volume("wal");
    restore(volume, "r1", 1, "default.monday");
    TestDatabase.run(volume.database, "INSERT INTO orders VALUES (7)");
    RunnerReport again = restore(volume, "r2", 2, "default.monday");
    assertThat(again.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(again.reason()).isEqualTo(Reason.ALREADY_RESTORED);
    assertThat(again.message()).contains("r1", Fetched.BACKUP);
    assertThat(volume.query("SELECT id FROM orders")).isEqualTo("7");

    assertThat(restore(volume, "r3", 3, "default.tuesday").reason()).isEqualTo(Reason.SUCCEEDED);
    assertThat(volume.query("SELECT count(*) FROM orders")).isEqualTo("0");
  }

  @Test
  void aRestoreThatFailedIsNotTakenForOneThatWasCarriedOut() throws Exception {
    Volume volume = volume("wal");
    RunnerRequest request = request(volume, "r1", 1, "t1");
    Path staged = Fetched.stage(request, Map.of("main", backup)).resolve("main.db");
    try (var file = new RandomAccessFile(staged.toFile(), "rw")) {
      file.seek(2_000);
      file.write(file.read() ^ 1);
    }
    RunnerReport report = Volume.run(request);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.BACKUP_DAMAGED);
    assertThat(report.backups()).isEmpty();
    assertThat(volume.state()).isEqualTo("old");
    assertThat(volume.files())
        .noneMatch(name -> name.contains(".lh-") || name.startsWith(".litehaven/backups"));
    assertThat(restore(volume, "r1", 2, "t1").reason()).isEqualTo(Reason.SUCCEEDED);
  }

  @Test
  void nothingFetchedOrCutShortIsRefused() throws Exception {
    Volume volume = volume("wal");
    RunnerRequest request = request(volume, "r1", 1, null);
    assertThat(Volume.run(request).reason()).isEqualTo(Reason.BACKUP_NOT_FOUND);
    Path staged = Fetched.stage(request, Map.of("main", backup)).resolve("main.db");
    Files.write(staged, java.util.Arrays.copyOf(Files.readAllBytes(staged), 4096));
    RunnerReport report = Volume.run(request);
    assertThat(report.reason()).isEqualTo(Reason.BACKUP_DAMAGED);
    assertThat(report.message()).contains("main.db has 4096 bytes");
    assertThat(volume.state()).isEqualTo("old");
  }

  @Test
  void aLinkInPlaceOfWhatWasFetchedIsNotFollowed() throws Exception {
    Volume volume = volume("wal");
    RunnerRequest request = request(volume, "r1", 1, null);
    Path staged = Fetched.stage(request, Map.of("main", backup)).resolve("main.db");
    Files.delete(staged);
    Files.createSymbolicLink(staged, backup);
    assertThat(Volume.run(request).reason()).isEqualTo(Reason.BACKUP_DAMAGED);
    assertThat(volume.state()).isEqualTo("old");
  }

  @Test
  void aDamagedDatabaseIsReplacedAndItsFileKept() throws Exception {
    Volume volume = volume("delete");
    try (var file = new RandomAccessFile(volume.database.toFile(), "rw")) {
      file.seek(4096);
      file.write(new byte[4096]);
    }
    byte[] damaged = Files.readAllBytes(volume.database);
    RunnerReport report = restore(volume, "r1", 1, null);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.SUCCEEDED);
    assertThat(report.message()).contains("too damaged to be backed up");
    assertThat(report.backups()).isEmpty();
    assertRestored(volume);
    Path kept = volume.database.resolveSibling(".portfolio.db.lh-r1.old");
    assertThat(kept).hasBinaryContent(damaged);

    assertThat(volume.run(RunnerStep.SETTLE, "r1", 2, null).reason())
        .isEqualTo(Reason.BACKUP_FAILED);
    assertThat(restore(volume, "r2", 3, null).reason()).isEqualTo(Reason.SUCCEEDED);
    assertThat(kept).as("only a human gives it up").hasBinaryContent(damaged);
  }

  @Test
  void aMigrationStillRefusesADamagedDatabase() throws Exception {
    Volume volume = volume("delete");
    try (var file = new RandomAccessFile(volume.database.toFile(), "rw")) {
      file.seek(4096);
      file.write(new byte[4096]);
    }
    assertThat(volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK)).reason())
        .isEqualTo(Reason.CORRUPT);
  }

  @Test
  void anAppThatStillHasTheDatabaseOpenIsFoundAndNothingChanged() throws Exception {
    Volume volume = volume("delete");
    try (var app = TestDatabase.open(volume.database)) {
      app.createStatement().executeQuery("SELECT count(*) FROM users").close();
      assertThat(restore(volume, "r1", 1, "t1").reason()).isEqualTo(Reason.LIVE_WRITER);
    }
    assertThat(volume.state()).isEqualTo("old");
    assertThat(restore(volume, "r1", 2, "t1").reason()).isEqualTo(Reason.SUCCEEDED);
  }

  @Test
  void severalFilesAreRestoredAsOne() throws Exception {
    FileSetVolume volume = TwoFiles.create(dir.resolve("volume"), 2);
    RunnerRequest request =
        Fetched.request(
            volume.request(RunnerStep.RESTORE, "r1", 1, null), Fetched.whole(Mode.IN_PLACE, null));
    Fetched.stage(request, TwoFiles.migrated(dir, 2));
    RunnerReport report = Volume.run(request);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.SUCCEEDED);
    assertThat(TwoFiles.states(volume, dir)).isEqualTo("new new");
    assertThat(report.restore().tables()).isNotEmpty();

    RunnerReport back = volume.run(RunnerStep.ROLLBACK, "r1", 2, null);
    assertThat(back.reason()).as(back.message()).isEqualTo(Reason.ROLLED_BACK);
    assertThat(TwoFiles.states(volume, dir)).isEqualTo("old old");
  }

  @Test
  void aBackupOfOtherFilesIsRefused() throws Exception {
    FileSetVolume two = TwoFiles.create(dir.resolve("two"), 2);
    RunnerRequest request =
        Fetched.request(
            two.request(RunnerStep.RESTORE, "r1", 1, null), Fetched.whole(Mode.IN_PLACE, null));
    Fetched.stage(request, TwoFiles.migrated(dir, 1));
    RunnerReport report = Volume.run(request);
    assertThat(report.reason()).isEqualTo(Reason.INVALID_REQUEST);
    assertThat(report.message()).contains("has the files main, and the database has guides, main");
    assertThat(TwoFiles.states(two, dir)).isEqualTo("old old");
  }
}
