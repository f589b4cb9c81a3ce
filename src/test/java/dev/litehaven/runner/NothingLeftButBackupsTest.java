package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RestoreWork.Mode;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the database is gone with all that was known of it, its backups say what it was called. */
class NothingLeftButBackupsTest {
  private static final RestoreWork WORK =
      new RestoreWork(null, null, null, true, Mode.IF_ABSENT, null, null, false, null, null, null);

  @TempDir Path dir;
  private Path empty;

  @BeforeEach
  void backedUp() throws Exception {
    empty = Files.createDirectories(dir.resolve("empty"));
    backUp("main", "app/app.db");
  }

  @Test
  void theBackupSaysHowItsFilesAreCalledAndWhereTheyWere() throws Exception {
    assertThat(run(RunnerStep.FETCH).reason()).isEqualTo(Reason.SUCCEEDED);
    RunnerReport restored = run(RunnerStep.RESTORE);
    assertThat(restored.reason()).as(restored.message()).isEqualTo(Reason.SUCCEEDED);
    assertThat(TestDatabase.query(empty.resolve("app/app.db"), "SELECT v FROM t"))
        .containsExactly("main");
  }

  @Test
  void ofTwoDatabasesInOnePlaceNeitherIsGuessed() throws Exception {
    backUp("guides", "guides.db");
    RunnerReport refused = run(RunnerStep.FETCH);
    assertThat(refused.reason()).as(refused.message()).isEqualTo(Reason.SEVERAL_FILES);
    assertThat(refused.message()).contains("guides, main").contains("spec.files");
    assertThat(empty.resolve(".litehaven/restore/r1")).doesNotExist();
  }

  private void backUp(String name, String path) throws Exception {
    Path volume = Files.createDirectories(dir.resolve("volume-of-" + name));
    Path file = volume.resolve(path);
    Files.createDirectories(file.getParent());
    TestDatabase.create(
        file.getParent(),
        file.getFileName().toString(),
        "CREATE TABLE t (v TEXT)",
        "INSERT INTO t VALUES ('" + name + "')");
    RunnerReport made =
        requests(volume, List.of(new DatabaseFile(name, path)))
            .run(RunnerStep.BACKUP, "b-" + name, PlaceRequests.SCHEDULED, null);
    assertThat(made.reason()).as(made.message()).isEqualTo(Reason.SUCCEEDED);
  }

  private RunnerReport run(RunnerStep step) {
    return requests(empty, List.of()).run(step, "r1", null, WORK);
  }

  private PlaceRequests requests(Path root, List<DatabaseFile> files) {
    return new PlaceRequests(
        root, files, new BackupTarget(dir.resolve("place").toString(), true), "team/app");
  }
}
