package dev.litehaven.runner;

import static dev.litehaven.runner.Volume.ADD_RISK;
import static dev.litehaven.runner.Volume.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is settled is undone from its backup, and what going back costs is said before. */
class BackFromBackupTest {
  @TempDir Path dir;
  private Volume volume;
  private String before;

  @BeforeEach
  void aSettledRun() throws Exception {
    volume = Volume.create(dir, "wal");
    before = content();
    succeeded(volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK)));
    succeeded(volume.run(RunnerStep.SETTLE, "r1", 2, null));
    assertThat(Files.exists(dir.resolve("app/.portfolio.db.lh-r1.old"))).isFalse();
  }

  private static void succeeded(RunnerReport report) {
    assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.SUCCEEDED);
  }

  private String content() throws Exception {
    return ContentHash.ofFile(volume.database).hash();
  }

  private RunnerRequest about(RunnerStep step, String run, long epoch, boolean force) {
    return new RunnerRequest(
        RunnerRequest.FORMAT_VERSION,
        step,
        new RunRef(run, "team/portfolio", "claim-uid", epoch, "portfolio"),
        dir.toString(),
        List.of(new DatabaseFile("main", "app/portfolio.db")),
        List.of(),
        null,
        BackupTarget.ON_VOLUME,
        "r1",
        force,
        null);
  }

  private RunnerReport back(String run, long epoch, boolean force) {
    return Volume.run(about(RunnerStep.ROLLBACK, run, epoch, force));
  }

  @Test
  void nothingWrittenSinceGoesBackByItself() throws Exception {
    RunnerReport looked = Volume.run(about(RunnerStep.INSPECT, "i1", 3, false));
    assertThat(looked.swap().writtenSince()).as(looked.message()).isFalse();
    assertThat(looked.swap().rowsSince()).isZero();
    assertThat(looked.inspect().files()).hasSize(1);

    RunnerReport report = back("u1", 4, false);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.ROLLED_BACK);
    assertThat(content()).isEqualTo(before);
    assertThat(TestDatabase.query(volume.database, "PRAGMA journal_mode")).containsExactly("wal");
    assertThat(report.backups())
        .singleElement()
        .satisfies(
            kept -> {
              assertThat(kept.type()).isEqualTo("FailedState");
              assertThat(kept.verified()).isTrue();
              assertThat(kept.schemaVersion()).isEqualTo("1");
            });
    RunnerReport again = back("u1", 5, false);
    assertThat(again.reason()).as(again.message()).isEqualTo(Reason.ROLLED_BACK);
    assertThat(again.backups()).hasSize(1);
    succeeded(volume.run(RunnerStep.MIGRATE, "r2", 6, work(ADD_RISK)));
    succeeded(volume.run(RunnerStep.SETTLE, "r2", 7, null));
    try (var left = Files.list(dir.resolve("app"))) {
      assertThat(left).as("the failed state, too, is settled").hasSize(1);
    }
  }

  @Test
  void rowsWrittenSinceAreCountedAndKeepItFromGoingBackUnlessTheyAreGivenUp() throws Exception {
    TestDatabase.run(
        volume.database, "INSERT INTO users(email, age) VALUES ('since', 1), ('since', 2)");
    String written = content();
    RunnerReport looked = Volume.run(about(RunnerStep.INSPECT, "i1", 3, false));
    assertThat(looked.swap().writtenSince()).isTrue();
    assertThat(looked.swap().rowsSince()).isEqualTo(2);
    assertThat(looked.message()).contains("2 (users +2)");

    RunnerReport refused = back("u1", 4, false);
    assertThat(refused.reason()).isEqualTo(Reason.ROLLBACK_NEEDS_DECISION);
    assertThat(refused.swap().rowsSince()).isEqualTo(2);
    assertThat(refused.backups()).isEmpty();
    assertThat(content()).isEqualTo(written);

    RunnerReport report = back("u2", 5, true);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.ROLLED_BACK);
    assertThat(content()).isEqualTo(before);
    assertThat(report.backups().getFirst().rows()).isEqualTo(Volume.ROWS + 2 + 1);
  }

  @Test
  void aChangedValueIsSomethingWrittenToo() throws Exception {
    TestDatabase.run(volume.database, "UPDATE users SET age = age + 1 WHERE id = 1");
    RunnerReport looked = Volume.run(about(RunnerStep.INSPECT, "i1", 3, false));
    assertThat(looked.swap().writtenSince()).isTrue();
    assertThat(looked.swap().rowsSince()).isZero();
    assertThat(back("u1", 4, false).reason()).isEqualTo(Reason.ROLLBACK_NEEDS_DECISION);
  }

  /** The look itself says what is wrong with the file; that is not what was asked twice. */
  @Test
  void whatCannotBeCopiedIsNotCountedAndTheLookIsGoodAllTheSame() throws Exception {
    Files.delete(volume.database);
    RunnerReport looked = Volume.run(about(RunnerStep.INSPECT, "i1", 3, false));
    succeeded(looked);
    assertThat(looked.swap().rowsSince()).isEqualTo(-1);
    assertThat(looked.swap().writtenSince()).as("nobody may go back by itself").isTrue();
    assertThat(looked.message()).contains("could not be counted");
  }

  @Test
  void withoutAVerifiedBackupNothingIsChanged() throws Exception {
    DurableFiles.deleteTree(dir.resolve(".litehaven/backups"));
    String migrated = content();
    RunnerReport report = back("u1", 3, true);
    assertThat(report.reason()).isEqualTo(Reason.BACKUP_FAILED);
    assertThat(content()).isEqualTo(migrated);
  }

  @Test
  void aBackupThatIsDamagedPutsNothingBack() throws Exception {
    Path packed;
    try (var all = Files.walk(dir.resolve(".litehaven/backups"))) {
      packed = all.filter(file -> file.toString().endsWith(".zst")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(packed);
    bytes[bytes.length / 2] ^= 1;
    Files.write(packed, bytes);
    String migrated = content();
    RunnerReport report = back("u1", 3, true);
    assertThat(report.outcome()).as(report.message()).isNotEqualTo(Outcome.SUCCEEDED);
    assertThat(content()).isEqualTo(migrated);
  }

  @Test
  void whatALaterRunHasReplacedIsNotPutBackOver() throws Exception {
    MigrationWork two = work(ADD_RISK, "ALTER TABLE users ADD COLUMN more TEXT");
    succeeded(volume.run(RunnerStep.MIGRATE, "r2", 3, two));
    String migrated = content();
    RunnerReport report = back("u1", 4, true);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.DIVERGED);
    assertThat(content()).isEqualTo(migrated);
  }

  @Test
  void killedAtAnyStepItIsWhatItWasOrBackAndTheNextAttemptEndsIt() throws Exception {
    int killed = 0;
    for (int step = 2; ; step += 9) {
      String migrated = content();
      if (!DyingRunner.dies(
          dir, about(RunnerStep.ROLLBACK, "u1", 3, false), "step", Integer.toString(step))) {
        break;
      }
      killed++;
      assertThat(content()).as("killed before step %d", step).isIn(before, migrated);
      RunnerReport report = back("u1", 4, false);
      assertThat(report.reason()).as(report.message()).isEqualTo(Reason.ROLLED_BACK);
      assertThat(content()).isEqualTo(before);
      DurableFiles.deleteTree(dir.resolve("app"));
      DurableFiles.deleteTree(dir.resolve(".litehaven"));
      aSettledRun();
    }
    assertThat(killed).isGreaterThan(2);
  }
}
