package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup that cannot be made is no trouble for who writes the database. */
class FailingBackupTest {
  @TempDir Path dir;

  @Test
  void cnpg5505_failingBackupsHarmNeitherTheDatabaseNorItsWriter() throws Exception {
    Path volume = Files.createDirectory(dir.resolve("volume"));
    Path database = volume.resolve("app.db");
    List<DatabaseFile> files = List.of(new DatabaseFile("main", "app.db"));
    Path blocked = Files.writeString(dir.resolve("blocked"), "no directory");
    var failing =
        new PlaceRequests(
            volume, files, new BackupTarget(blocked.resolve("place").toString(), true), "team/app");

    long acknowledged;
    try (NumberWriter writer = NumberWriter.start(List.of(database), "NORMAL")) {
      for (int attempt = 0; attempt < 5; attempt++) {
        writer.awaitProgress();
        RunnerReport report =
            failing.run(RunnerStep.BACKUP, "b" + attempt, PlaceRequests.SCHEDULED, null);
        assertThat(report.outcome()).as(report.message()).isNotEqualTo(Outcome.SUCCEEDED);
        assertThat(report.backups()).isEmpty();
      }
      writer.awaitProgress();
      // Fails when a commit did, with its busy timeout of five seconds.
      acknowledged = writer.stop();
    }

    assertThat(
            TestDatabase.query(
                database, "SELECT count(*) || ' ' || max(id) || ' ' || min(id) FROM t"))
        .containsExactly(acknowledged + " " + acknowledged + " 1");
    try (Stream<Path> left = Files.walk(volume)) {
      assertThat(left.filter(Files::isRegularFile).map(Path::toString).toList())
          .as("left on the volume")
          .noneMatch(file -> file.contains("copy-") || file.endsWith(".zst"));
    }
    var working =
        new PlaceRequests(
            volume, files, new BackupTarget(dir.resolve("place").toString(), true), "team/app");
    Files.createDirectory(dir.resolve("place"));
    RunnerReport made = working.run(RunnerStep.BACKUP, "good", PlaceRequests.SCHEDULED, null);
    assertThat(made.outcome()).as(made.message()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(made.backups().getFirst().rows()).isEqualTo(acknowledged);
  }

  /** Velero 511 and 2113: a backup that was cut off left the file system frozen for its app. */
  @Test
  void velero511_2113_backupsKilledAnywhereLeaveNobodyWaiting() throws Exception {
    Path volume = Files.createDirectory(dir.resolve("volume"));
    Path database = volume.resolve("app.db");
    var requests =
        new PlaceRequests(
            volume,
            List.of(new DatabaseFile("main", "app.db")),
            new BackupTarget(Files.createDirectory(dir.resolve("place")).toString(), true),
            "team/app");
    try (NumberWriter writer = NumberWriter.start(List.of(database), "NORMAL")) {
      writer.awaitProgress();
      // A fixed number: the database grows meanwhile, and with it what a backup has to do.
      for (int operations = 0; operations < 25; operations += 5) {
        RunnerRequest request =
            requests.request(RunnerStep.BACKUP, "r" + operations, PlaceRequests.SCHEDULED, null);
        assertThat(DyingRunner.dies(dir, request, "store", Integer.toString(operations)))
            .as("before operation " + operations)
            .isTrue();
        writer.awaitProgress();
      }
      for (String line : List.of("Backing up", "Reading the backup back")) {
        assertThat(
                DyingRunner.dies(
                    dir,
                    requests.request(RunnerStep.BACKUP, "l", PlaceRequests.SCHEDULED, null),
                    "line",
                    line))
            .as(line)
            .isTrue();
        writer.awaitProgress();
      }
      // Fails when a commit did, with its busy timeout of five seconds.
      assertThat(writer.stop()).isPositive();
    }
  }
}
