package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.BackupWork;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.restore.Staged;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Backups that are made while an application commits numbered rows as fast as it can, each restored
 * afterwards: it has every row up to one number and none behind it, the number is not older than
 * what was acknowledged when the backup began, and several files are as of one instant.
 */
class BackupsUnderAWriterTest {
  private static final List<DatabaseFile> FILES =
      List.of(new DatabaseFile("main", "main.db"), new DatabaseFile("guides", "guides.db"));

  @TempDir Path dir;
  private Path volume;
  private Path place;

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aFewBackupsAreExactPrefixes(int files) throws Exception {
    backUpAndRestore(files, 8);
  }

  @Tag("soak")
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aHundredBackupsAreExactPrefixes(int files) throws Exception {
    backUpAndRestore(files, 100);
  }

  /**
   * @param id of the backup
   * @param acknowledged when it was begun
   */
  private record Made(String id, long acknowledged) {}

  private void backUpAndRestore(int count, int backups) throws Exception {
    volume = Files.createDirectories(dir.resolve("volume"));
    place = Files.createDirectories(dir.resolve("place"));
    List<DatabaseFile> files = FILES.subList(0, count);
    List<Made> made = new ArrayList<>();
    long all;
    try (NumberWriter writer =
        NumberWriter.start(
            files.stream().map(file -> volume.resolve(file.path())).toList(), "NORMAL")) {
      for (int i = 0; i < backups; i++) {
        writer.awaitProgress();
        long acknowledged = writer.acknowledged();
        RunnerReport report = run(RunnerStep.BACKUP, "b" + i, files, backup(), null);
        assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(report.backups()).hasSize(1);
        assertThat(report.backups().getFirst().verified()).isTrue();
        made.add(new Made(report.backups().getFirst().id(), acknowledged));
      }
      all = writer.stop();
    }
    long before = 0;
    for (Made one : made) {
      List<Long> rows = restored(one.id(), files);
      long first = rows.getFirst();
      long last = rows.getLast();
      assertThat(first).as("new rows since the last backup").isGreaterThan(before);
      assertThat(last)
          .as("acknowledged before it began")
          .isGreaterThanOrEqualTo(one.acknowledged());
      assertThat(first).as("committed at all").isLessThanOrEqualTo(all + 1);
      assertThat(first - last).as("the files at one point").isBetween(0L, first % 2 == 1 ? 0L : 1L);
      before = first;
    }
    System.out.printf(
        "%d backups of %d files under a writer of %d rows, each an exact prefix.%n",
        backups, count, all);
  }

  /** How many rows each file has, after it was made sure that they are the first ones. */
  private List<Long> restored(String backupId, List<DatabaseFile> files) throws Exception {
    var work =
        new RestoreWork(null, backupId, null, false, null, null, null, false, null, null, null);
    RunnerReport report = run(RunnerStep.FETCH, "restore", files, null, work);
    assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.SUCCEEDED);
    Path directory = Staged.directory(volume, ref("restore"));
    List<Long> rows = new ArrayList<>();
    for (Staged.File file : Staged.read(directory).files()) {
      String counted =
          TestDatabase.query(
                  directory.resolve(file.fileName()),
                  "SELECT count(*) || ' ' || max(id) || ' ' || sum(v = 'row ' || (id * 7919)) FROM t")
              .getFirst();
      String[] numbers = counted.split(" ");
      assertThat(numbers).as("every row and no other: " + counted).containsOnly(numbers[0]);
      rows.add(Long.parseLong(numbers[0]));
    }
    DurableFiles.deleteTree(directory);
    assertThat(rows).hasSize(files.size());
    return rows;
  }

  private static RunRef ref(String runId) {
    return new RunRef(runId, "team/portfolio", "claim-uid", 1, null);
  }

  private static BackupWork backup() {
    return new BackupWork("Scheduled", null, BackupWork.Verification.FULL, null, null);
  }

  private RunnerReport run(
      RunnerStep step,
      String runId,
      List<DatabaseFile> files,
      BackupWork backup,
      RestoreWork work) {
    return Volume.run(
        new RunnerRequest(
            RunnerRequest.FORMAT_VERSION,
            step,
            ref(runId),
            volume.toString(),
            files,
            List.of(),
            null,
            new BackupTarget(place.toString(), true),
            null,
            false,
            backup,
            work,
            null));
  }
}
