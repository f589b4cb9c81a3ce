package dev.litehaven.runner;

import static dev.litehaven.runner.Volume.ADD_RISK;
import static dev.litehaven.runner.Volume.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What going back would cost, in rows. */
class RowsSinceTest {
  @TempDir Path dir;
  private Volume volume;

  @BeforeEach
  void aVolume() throws Exception {
    volume = Volume.create(dir, "wal");
  }

  private static void needsDecision(RunnerReport report) {
    assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.NEEDS_DECISION);
    assertThat(report.reason()).isEqualTo(Reason.ROLLBACK_NEEDS_DECISION);
  }

  @Test
  void rowsSinceAreCountedInEachTableThatIsThereNowOrWasThen() throws Exception {
    volume.run(
        RunnerStep.MIGRATE,
        "r1",
        1,
        work(
            ADD_RISK, "CREATE TABLE tags (t TEXT)", "INSERT INTO tags VALUES ('a'), ('b'), ('c')"));
    TestDatabase.run(
        volume.database,
        "INSERT INTO users(email, age) VALUES ('since', 1)",
        "UPDATE users SET age = 0 WHERE id < 10",
        "DROP TABLE tags",
        "CREATE TABLE notes (n TEXT)",
        "INSERT INTO notes VALUES ('x'), ('y')");
    RunnerReport refused = volume.run(RunnerStep.ROLLBACK, "r1", 2, null);
    assertThat(refused.swap().rowsSince()).as(refused.message()).isEqualTo(6);
    assertThat(refused.message()).contains("6 (notes +2, tags -3, users +1)");
  }

  @Test
  void changedValuesAreNoRowsButAReasonToAsk() throws Exception {
    volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
    TestDatabase.run(volume.database, "UPDATE users SET age = 0 WHERE id < 10");
    RunnerReport refused = volume.run(RunnerStep.ROLLBACK, "r1", 2, null);
    needsDecision(refused);
    assertThat(refused.swap().rowsSince()).isZero();
    assertThat(refused.message()).startsWith("No row came or went since");
    Files.delete(dir.resolve(".litehaven/reports/r1-migrate.json"));
    RunnerReport unknown = volume.run(RunnerStep.ROLLBACK, "r1", 3, null);
    needsDecision(unknown);
    assertThat(unknown.swap().rowsSince()).isEqualTo(-1);
  }
}
