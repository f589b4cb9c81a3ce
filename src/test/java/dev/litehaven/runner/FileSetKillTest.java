package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that replaces two files as one is killed at a point. Whoever opens them then finds both
 * old, both new, or at least one that refuses to be opened: never one of each.
 */
class FileSetKillTest {
  private static final List<String> LINES =
      List.of(
          "Bringing the database to rest",
          "Backing up",
          "Reading the backup back",
          "Migrating the copy: up 2",
          "Migrating the copy: comparing rows",
          "Putting the new database");

  /** Every how many steps of the swap one is tried; prime, so that runs of a kind are all met. */
  private static final int STRIDE = 3;

  @TempDir Path dir;
  private int volumes;

  private FileSetVolume newVolume() throws Exception {
    return TwoFiles.create(Files.createDirectory(dir.resolve("volume-" + volumes++)), 2);
  }

  private static MigrationWork work() {
    return TwoFiles.work(2);
  }

  private String states(FileSetVolume volume) throws Exception {
    return TwoFiles.states(volume, dir);
  }

  private void migrates(FileSetVolume volume, RunnerRequest request) throws Exception {
    RunnerReport report = Volume.run(request);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.SUCCEEDED);
    assertThat(states(volume)).isEqualTo("new new");
    assertThat(report.backups())
        .singleElement()
        .satisfies(
            backup -> {
              assertThat(backup.verified()).isTrue();
              assertThat(backup.files()).containsExactly("main", "guides");
              assertThat(backup.rows()).isEqualTo(1000);
            });
  }

  @Test
  void killedInAnyPhaseBothStayOldAndTheNextRunMigratesBoth() throws Exception {
    for (String line : LINES) {
      FileSetVolume volume = newVolume();
      RunnerRequest request = volume.request(RunnerStep.MIGRATE, "r1", 1, work());
      assertThat(DyingRunner.dies(dir, request, "line", line)).as(line).isTrue();
      assertThat(states(volume)).as("killed at %s", line).isEqualTo("old old");
      migrates(volume, request);
    }
  }

  @Test
  void killedAtAnyStepOfTheSwapTheyAreNeverOneOldAndOneNew() throws Exception {
    var seen = new TreeMap<String, Integer>();
    for (int step = 0; ; step += STRIDE) {
      FileSetVolume volume = newVolume();
      RunnerRequest request = volume.request(RunnerStep.MIGRATE, "r1", 1, work());
      if (!DyingRunner.dies(dir, request, "step", Integer.toString(step))) {
        break;
      }
      String states = states(volume);
      assertThat(states).as("killed before step %d", step).isNotIn("old new", "new old");
      seen.merge(states, 1, Integer::sum);
      migrates(volume, request);
    }
    System.out.println("FileSetKillTest swap, what an opener would have found: " + seen);
    assertThat(seen).containsKeys("old old", "new new");
    assertThat(seen.keySet()).as("tombstones were met").anyMatch(s -> s.contains("refuses"));
  }

  @Test
  void killedAtAnyStepOfTheRollbackTheyAreNeverOneOldAndOneNew() throws Exception {
    var seen = new TreeMap<String, Integer>();
    for (int step = 1; ; step += STRIDE) {
      FileSetVolume volume = newVolume();
      volume.run(RunnerStep.MIGRATE, "r1", 1, work());
      RunnerRequest request = volume.request(RunnerStep.ROLLBACK, "r1", 2, null);
      if (!DyingRunner.dies(dir, request, "step", Integer.toString(step))) {
        break;
      }
      String states = states(volume);
      assertThat(states).as("killed before step %d", step).isNotIn("old new", "new old");
      seen.merge(states, 1, Integer::sum);
      RunnerReport report = Volume.run(request);
      assertThat(report.reason()).as(report.message()).isEqualTo(Reason.ROLLED_BACK);
      assertThat(states(volume)).isEqualTo("old old");
    }
    System.out.println("FileSetKillTest rollback, what an opener would have found: " + seen);
    assertThat(seen).containsKeys("old old", "new new");
    assertThat(seen.keySet()).as("tombstones were met").anyMatch(s -> s.contains("refuses"));
  }
}
