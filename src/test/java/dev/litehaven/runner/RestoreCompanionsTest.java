package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.BackupWork;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RestoreWork.Mode;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.restore.Fetched;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files beside the database, from BACKUP by FETCH and RESTORE to ROLLBACK and SETTLE. */
class RestoreCompanionsTest {
  @TempDir Path dir;
  private FileSetVolume volume;
  private long epoch;

  @BeforeEach
  void aBackupAndThenOtherData() throws Exception {
    volume = volume("volume");
    Files.createDirectory(volume.root().resolve("pictures"));
    TestDatabase.create(volume.root(), "app.db", "CREATE TABLE t (v)", "INSERT INTO t VALUES (1)");
    write("pictures/a.png", "a then");
    write("pictures/b.png", "b then");
    done(
        RunnerStep.BACKUP,
        volume,
        "b1",
        null,
        new BackupWork(null, List.of("pictures/*"), null, null, null));
    TestDatabase.run(volume.path("main"), "INSERT INTO t VALUES (2)");
    write("pictures/a.png", "a now");
    write("pictures/c.png", "c now");
    Files.delete(volume.root().resolve("pictures/b.png"));
  }

  private FileSetVolume volume(String name) throws Exception {
    return new FileSetVolume(
        Files.createDirectory(dir.resolve(name)), List.of(new DatabaseFile("main", "app.db")));
  }

  private void write(String file, String text) throws Exception {
    Files.writeString(volume.root().resolve(file), text);
  }

  private RunnerReport run(
      RunnerStep step, FileSetVolume on, String run, RestoreWork restore, BackupWork backups) {
    RunnerRequest base = on.request(step, run, ++epoch, null);
    return Volume.run(
        new RunnerRequest(
            base.formatVersion(),
            step,
            base.run(),
            base.mountPath(),
            base.files(),
            List.of(),
            null,
            new BackupTarget(volume.root().resolve(".litehaven/backups").toString(), false),
            run,
            false,
            backups,
            restore,
            null));
  }

  private RunnerReport done(
      RunnerStep step, FileSetVolume on, String run, RestoreWork restore, BackupWork backups) {
    RunnerReport report = run(step, on, run, restore, backups);
    assertThat(report.reason())
        .as(report.message())
        .isIn(Reason.SUCCEEDED, Reason.ROLLED_BACK, Reason.DRY_RUN);
    return report;
  }

  private RunnerReport restored(FileSetVolume on, String run, RestoreWork work) {
    done(RunnerStep.FETCH, on, run, work, null);
    return done(RunnerStep.RESTORE, on, run, work, null);
  }

  private void assertFiles(FileSetVolume on, String a, String b, String c) {
    List<String> expected = new java.util.ArrayList<>();
    List<String> found = new java.util.ArrayList<>();
    for (var file : java.util.Map.of("a", a, "b", b, "c", c).entrySet()) {
      Path path = on.root().resolve("pictures/" + file.getKey() + ".png");
      expected.add(file.getKey() + file.getValue());
      try {
        found.add(file.getKey() + (Files.exists(path) ? Files.readString(path) : "-"));
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void theyComeBackWithTheDatabaseAndGoWithItsRollback() throws Exception {
    RunnerReport report = restored(volume, "r1", Fetched.whole(Mode.IN_PLACE, null));
    assertFiles(volume, "a then", "b then", "c now");
    assertThat(TestDatabase.query(volume.path("main"), "SELECT v FROM t")).containsExactly("1");
    assertThat(report.backups())
        .singleElement()
        .satisfies(backup -> assertThat(backup.type()).isEqualTo("PreRestore"));

    done(RunnerStep.ROLLBACK, volume, "r1", null, null);
    assertFiles(volume, "a now", "-", "c now");
    assertThat(TestDatabase.query(volume.path("main"), "SELECT v FROM t"))
        .containsExactly("1", "2");
    assertThat(volume.root().resolve(".litehaven/restore")).isEmptyDirectory();
  }

  @Test
  void whatTheyReplacedIsInTheBackupAndSettlingGivesItUp() throws Exception {
    RunnerReport first = restored(volume, "r1", Fetched.whole(Mode.IN_PLACE, null));
    assertThat(volume.root().resolve(".litehaven/restore/r1/replaced/pictures/a.png"))
        .hasContent("a now");
    done(RunnerStep.SETTLE, volume, "r1", null, null);
    assertThat(volume.root().resolve(".litehaven/restore")).isEmptyDirectory();

    write("pictures/a.png", "a later");
    restored(volume, "r2", Fetched.of(first.backups().getFirst().id()));
    assertFiles(volume, "a now", "b then", "c now");
    assertThat(TestDatabase.query(volume.path("main"), "SELECT v FROM t"))
        .containsExactly("1", "2");
  }

  @Test
  void someTablesAndDryRunsLeaveThemAlone() throws Exception {
    restored(volume, "r1", Fetched.work(Mode.IN_PLACE, List.of("t"), List.of(), false, null));
    assertFiles(volume, "a now", "-", "c now");
    restored(volume, "r2", Fetched.work(Mode.IN_PLACE, List.of(), List.of(), true, null));
    assertFiles(volume, "a now", "-", "c now");
  }

  @Test
  void anEmptyPlaceGetsThemUnlessTheDatabaseIsTransformed() throws Exception {
    FileSetVolume empty = volume("empty");
    restored(empty, "r1", Fetched.whole(Mode.EMPTY, null));
    assertFiles(empty, "a then", "b then", "-");

    FileSetVolume scrubbed = volume("scrubbed");
    restored(
        scrubbed,
        "r2",
        new RestoreWork(
            null,
            null,
            null,
            false,
            Mode.EMPTY,
            null,
            null,
            false,
            List.of("DELETE FROM t"),
            List.of(),
            null));
    assertThat(scrubbed.root().resolve("pictures")).doesNotExist();
    assertThat(scrubbed.root().resolve(".litehaven/restore")).isEmptyDirectory();
  }
}
