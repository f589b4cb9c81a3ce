package dev.litehaven.runner;

import static dev.litehaven.runner.Volume.ADD_RISK;
import static dev.litehaven.runner.Volume.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.steps.Interruption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process of its own is killed at a point, then the same request is made again, as the operator
 * would. What the swap does at each of its own steps is tested with the swap; here it is the whole
 * of a step, with backups, scratch copies and reports.
 */
class RunnerKillTest {
  private static final List<String> MIGRATE_LINES =
      List.of(
          "Looking for unfinished work",
          "Bringing the database to rest",
          "Backing up",
          "Reading the backup back",
          "Migrating the copy: up",
          "Migrating the copy: comparing rows",
          "Hashing",
          "Putting the new database");

  /** Every how many steps of the swap one is tried; a prime, so that runs of a kind are all met. */
  private static final int STRIDE = 3;

  @TempDir Path dir;
  private int volumes;

  private Volume newVolume() throws Exception {
    return Volume.create(Files.createDirectory(dir.resolve("volume-" + volumes++)), "wal");
  }

  private static void migratedAndTidy(Volume volume, RunnerReport report) throws Exception {
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.SUCCEEDED);
    assertThat(volume.state()).isEqualTo("new");
    assertThat(report.plan()).as("the report is whole").isNotNull();
    assertThat(report.backups()).singleElement().satisfies(b -> assertThat(b.verified()).isTrue());
    TreeSet<String> files = volume.files();
    assertThat(files)
        .as("one backup, one report, the old file, and the database")
        .hasSize(6)
        .filteredOn(name -> name.startsWith(".litehaven/backups/"))
        .hasSize(3);
    assertThat(files).contains(".litehaven/reports/r1-migrate.json");
  }

  @Test
  void aMigrationKilledInAnyPhaseIsCarriedOutByTheNextRun() throws Exception {
    for (String line : MIGRATE_LINES) {
      Volume volume = newVolume();
      RunnerRequest request = volume.request(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
      assertThat(DyingRunner.dies(dir, request, "line", line)).as(line).isTrue();
      assertThat(volume.state()).as("killed at " + line).isEqualTo("old");
      migratedAndTidy(volume, Volume.run(request));
    }
    System.out.println("Killed at " + MIGRATE_LINES.size() + " phases of a migration.");
  }

  @Test
  void aMigrationKilledAtAnyStepOfTheSwapEndsOldOrNewAndThenNew() throws Exception {
    int tried = 0;
    int foundNew = 0;
    for (int step = 0; ; step += STRIDE) {
      Volume volume = newVolume();
      RunnerRequest request = volume.request(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
      if (!DyingRunner.dies(dir, request, "step", Integer.toString(step))) {
        break;
      }
      tried++;
      var migratedAgain = new AtomicBoolean();
      RunnerReport report =
          Volume.run(
              request,
              line -> migratedAgain.compareAndSet(false, line.startsWith("Migrating")),
              new Interruption());
      migratedAndTidy(volume, report);
      foundNew += migratedAgain.get() ? 0 : 1;
    }
    System.out.printf(
        "Killed at %d steps of a swap; %d times the swap was finished.%n", tried, foundNew);
    assertThat(tried).isGreaterThan(5);
    assertThat(foundNew).as("some points lie behind the commit").isPositive();
  }

  @Test
  void aRollbackKilledAtAnyStepIsFinishedByTheNextRun() throws Exception {
    int tried = 0;
    for (int step = 1; ; step += STRIDE) {
      Volume volume = newVolume();
      volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
      RunnerRequest request = volume.request(RunnerStep.ROLLBACK, "r1", 2, null);
      if (!DyingRunner.dies(dir, request, "step", Integer.toString(step))) {
        break;
      }
      tried++;
      RunnerReport report = Volume.run(request);
      assertThat(report.reason()).as(report.message()).isEqualTo(Reason.ROLLED_BACK);
      assertThat(volume.state()).isEqualTo("old");
      assertThat(report.backups())
          .singleElement()
          .satisfies(b -> assertThat(b.verified()).isTrue());
    }
    System.out.println("Killed at " + tried + " steps of a rollback.");
    assertThat(tried).isGreaterThan(3);
  }

  @Test
  void aPlanThatIsKilledLeavesNothingOnceTheNextOneRan() throws Exception {
    Volume volume = newVolume();
    TreeSet<String> before = volume.files();
    RunnerRequest request = volume.request(RunnerStep.PLAN, "r1", 1, work(ADD_RISK));
    assertThat(DyingRunner.dies(dir, request, "line", "Migrating the copy: up")).isTrue();
    assertThat(volume.files()).isNotEqualTo(before);
    Volume.run(volume.request(RunnerStep.PLAN, "r2", 2, work(ADD_RISK)));
    assertThat(volume.files()).isEqualTo(before);
  }
}
