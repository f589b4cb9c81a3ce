package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RestoreWork.Mode;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Volumes as snapshots of them are: every file of one instant, in the middle of what the
 * application was doing.
 */
class SnapshotBackupTest {
  private static final List<DatabaseFile> ONE = List.of(new DatabaseFile("main", "app/main.db"));
  private static final List<DatabaseFile> TWO =
      List.of(ONE.getFirst(), new DatabaseFile("orders", "app/orders.db"));

  @TempDir Path dir;
  private Path live;
  private Path snapshot;
  private Path target;

  @BeforeEach
  void volumes() throws IOException {
    live = Files.createDirectories(dir.resolve("live/app"));
    snapshot = dir.resolve("snapshot");
    target = Files.createDirectories(dir.resolve("target"));
  }

  @Test
  void whatWasCommittedIsInItAlsoWhereOnlyTheWriteAheadLogHasIt() throws Exception {
    Path main = database("main.db", "wal");
    try (Connection app = TestDatabase.open(main);
        Statement statement = app.createStatement()) {
      statement.execute("PRAGMA wal_autocheckpoint=0");
      statement.execute("INSERT INTO t VALUES (4, 'only in the log')");
      take();
    }
    BackupRecord found = readBack(ONE).backups().getFirst();
    assertThat(found.id()).isEqualTo("monday");
    assertThat(found.rows()).isEqualTo(4);
    assertThat(found.verified()).isTrue();
    assertThat(found.createdAt()).isEqualTo("2026-01-05T00:00:00Z");

    restore(ONE);
    assertThat(rows("app/main.db")).containsExactly("1", "2", "3", "4");
  }

  @Test
  void whatWasNotCommittedIsNotInItAlsoWhereItWasWrittenAlready() throws Exception {
    Path main = database("main.db", "delete");
    try (Connection app = TestDatabase.open(main)) {
      spill(app);
      take();
      assertThat(snapshot.resolve("app/main.db-journal")).as("hot").isNotEmptyFile();
    }
    restore(ONE);
    assertThat(rows("app/main.db")).containsExactly("1", "2", "3");
    assertThat(readBack(ONE).backups().getFirst().rows()).isEqualTo(3);
  }

  @Test
  void severalFilesComeBackTogether() throws Exception {
    database("main.db", "wal");
    Path orders = database("orders.db", "delete");
    try (Connection app = TestDatabase.open(orders)) {
      spill(app);
      take();
    }
    restore(TWO);
    assertThat(rows("app/main.db")).containsExactly("1", "2", "3");
    assertThat(rows("app/orders.db")).containsExactly("1", "2", "3");
  }

  @Test
  void whereNobodyKnowsTheFilesTheyAreFound() throws Exception {
    database("main.db", "wal");
    take();
    assertThat(readBack(List.of()).backups().getFirst().rows()).isEqualTo(3);
    restore(List.of());
    assertThat(rows("app/main.db")).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource(
      value = RunnerStep.class,
      names = {"READ_BACK", "FETCH"})
  void damageIsFoundAndNothingIsLeftOfIt(RunnerStep step) throws Exception {
    Path main = database("main.db", "delete");
    TestDatabase.run(
        main,
        "CREATE INDEX i ON t (v)",
        "INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 4 UNION ALL SELECT x + 1 FROM c WHERE x < 4000)"
            + " SELECT x, hex(randomblob(40)) FROM c");
    take();
    try (var file = new RandomAccessFile(snapshot.resolve("app/main.db").toFile(), "rw")) {
      file.seek(file.length() / 2);
      file.write(new byte[4096]);
    }
    RunnerReport report = run(step, "r1", ONE);
    assertThat(report.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.CORRUPT);
    assertThat(target.resolve(".litehaven/restore/r1")).doesNotExist();
    assertThat(report.backups()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aVolumeWithoutTheDatabaseHoldsNone(boolean known) throws Exception {
    Files.writeString(live.resolve("notes.txt"), "no database");
    take();
    RunnerReport report = run(RunnerStep.READ_BACK, "r1", known ? ONE : List.of());
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.FILE_NOT_FOUND);
  }

  @Test
  void whatWasFetchedFromItReplacesADatabaseAndKeepsThatOne() throws Exception {
    database("main.db", "wal");
    take();
    Files.createDirectories(target.resolve("app"));
    TestDatabase.create(
        target.resolve("app"),
        "main.db",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (9, 'newer')");
    assertThat(run(RunnerStep.FETCH, "r1", ONE).outcome()).isEqualTo(Outcome.SUCCEEDED);
    RunnerReport report =
        onTarget(ONE).run(RunnerStep.RESTORE, "r1", null, PlaceRequests.latest(false));
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.SUCCEEDED);
    assertThat(report.restore().backupId()).isEqualTo("monday");
    assertThat(report.backups().getFirst().type()).isEqualTo("PreRestore");
    assertThat(rows("app/main.db")).containsExactly("1", "2", "3");
  }

  private Path database(String name, String journalMode) throws Exception {
    return TestDatabase.create(
        live,
        name,
        "PRAGMA journal_mode=" + journalMode,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
  }

  /** A transaction that is larger than its cache, so that its pages are in the file already. */
  private static void spill(Connection app) throws Exception {
    try (Statement statement = app.createStatement()) {
      statement.execute("PRAGMA cache_size=5");
      statement.execute("PRAGMA cache_spill=5");
      statement.execute("BEGIN");
      statement.execute("UPDATE t SET v = 'changed'");
      statement.execute(
          "INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 4 UNION ALL SELECT x + 1 FROM c WHERE x < 4000)"
              + " SELECT x, hex(randomblob(100)) FROM c");
    }
  }

  /** What a storage that snapshots atomically would keep of this instant. */
  private void take() throws IOException {
    Path from = live.getParent();
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, snapshot.resolve(from.relativize(file).toString()));
      }
    }
  }

  private RunnerReport readBack(List<DatabaseFile> files) {
    RunnerReport report = run(RunnerStep.READ_BACK, "v1", files);
    assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.SUCCEEDED);
    return report;
  }

  private RunnerReport run(RunnerStep step, String run, List<DatabaseFile> files) {
    var of =
        BackupTarget.of(
            new BackupTarget.Snapshot(snapshot.toString(), "monday", "2026-01-05T00:00:00Z"));
    return new PlaceRequests(target, files, of, "team/app")
        .run(step, run, PlaceRequests.SCHEDULED, PlaceRequests.latest(false));
  }

  private PlaceRequests onTarget(List<DatabaseFile> files) {
    return new PlaceRequests(target, files, BackupTarget.ON_VOLUME, "team/app");
  }

  private void restore(List<DatabaseFile> files) {
    RunnerReport fetched = run(RunnerStep.FETCH, "r1", files);
    assertThat(fetched.outcome()).as(fetched.message()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(fetched.restore().backupId()).isEqualTo("monday");
    var work =
        new RestoreWork(null, null, null, false, Mode.EMPTY, null, null, false, null, null, null);
    RunnerReport report = onTarget(files).run(RunnerStep.RESTORE, "r1", null, work);
    assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.SUCCEEDED);
  }

  private List<String> rows(String file) throws Exception {
    return TestDatabase.query(target.resolve(file), "SELECT id FROM t ORDER BY id");
  }
}
