package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreWork.Mode;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.restore.Fetched;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process that restores one file, or two, is killed at a point; then the same is asked for again.
 * What was there is never lost, and nobody ever finds one file of now and one of then.
 */
class RestoreKillTest {
  private static final List<String> LINES =
      List.of(
          "Bringing the database to rest",
          "Backing up",
          "Reading the backup back",
          "Restoring the copy: filling",
          "Restoring the copy: comparing",
          "Forcing the new database",
          "Putting the new database");

  /** Every how many steps of the swap one is tried; prime, so that runs of a kind are all met. */
  private static final int STRIDE = 3;

  @TempDir Path dir;
  private int volumes;

  private FileSetVolume newVolume(int files) throws Exception {
    return TwoFiles.create(Files.createDirectory(dir.resolve("volume-" + volumes++)), files);
  }

  private RunnerRequest staged(FileSetVolume volume) throws Exception {
    return staged(volume, List.of());
  }

  /**
   * @param tables empty: all
   */
  private RunnerRequest staged(FileSetVolume volume, List<String> tables) throws Exception {
    RunnerRequest request =
        Fetched.request(
            volume.request(RunnerStep.RESTORE, "r1", 1, null),
            Fetched.work(Mode.IN_PLACE, tables, List.of(), false, "t1"));
    Fetched.stage(request, TwoFiles.migrated(dir, volume.files().size()));
    return request;
  }

  private void restores(FileSetVolume volume, RunnerRequest request, String all) throws Exception {
    RunnerReport report = Volume.run(request);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.SUCCEEDED);
    assertThat(TwoFiles.states(volume, dir)).isEqualTo(all);
    assertThat(report.restore()).as("the report is whole").isNotNull();
    assertThat(report.backups())
        .singleElement()
        .satisfies(
            backup -> {
              assertThat(backup.verified()).isTrue();
              assertThat(backup.rows()).isEqualTo(500L * volume.files().size());
            });
    assertThat(volume.leftOvers()).hasSize(volume.files().size());
    assertThat(volume.root().resolve(".litehaven/restore/r1")).doesNotExist();
    assertThat(volume.root().resolve(".litehaven/restores/t1")).exists();
  }

  private static String all(String state, int files) {
    return String.join(" ", java.util.Collections.nCopies(files, state));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void killedInAnyPhaseAllStaysAndTheNextRunRestores(int files) throws Exception {
    for (String line : LINES) {
      FileSetVolume volume = newVolume(files);
      RunnerRequest request = staged(volume);
      assertThat(DyingRunner.dies(dir, request, "line", line)).as(line).isTrue();
      assertThat(TwoFiles.states(volume, dir))
          .as("killed at %s", line)
          .isEqualTo(all("old", files));
      restores(volume, request, all("new", files));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void killedAtAnyStepOfTheSwapItIsAllThenOrAllNow(int files) throws Exception {
    everyStep(files, List.of(), STRIDE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void selectedTablesAreAllThenOrAllNowToo(int files) throws Exception {
    everyStep(files, files == 1 ? List.of("t") : List.of("t", "guides.t"), STRIDE + 2);
  }

  /** Every other process is killed by the kernel, the others end themselves. */
  private void everyStep(int files, List<String> tables, int stride) throws Exception {
    var seen = new TreeMap<String, Integer>();
    for (int step = 0; ; step += stride) {
      FileSetVolume volume = newVolume(files);
      RunnerRequest request = staged(volume, tables);
      String how = step % 2 == 0 ? "step" : "kill";
      if (!DyingRunner.dies(dir, request, how, Integer.toString(step))) {
        break;
      }
      String states = TwoFiles.states(volume, dir);
      assertThat(states).as("killed before step %d", step).isNotIn("old new", "new old");
      seen.merge(states, 1, Integer::sum);
      restores(volume, request, all("new", files));
    }
    System.out.println("RestoreKillTest swap, what an opener would have found: " + seen);
    assertThat(seen).containsKeys(all("old", files), all("new", files));
    if (files > 1 && tables.isEmpty()) {
      assertThat(seen.keySet()).as("tombstones were met").anyMatch(s -> s.contains("refuses"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aRollbackOfItKilledAtAnyStepIsFinishedByTheNextRun(int files) throws Exception {
    var seen = new TreeMap<String, Integer>();
    for (int step = 1; ; step += STRIDE) {
      FileSetVolume volume = newVolume(files);
      restores(volume, staged(volume), all("new", files));
      RunnerRequest request = volume.request(RunnerStep.ROLLBACK, "r1", 2, null);
      if (!DyingRunner.dies(dir, request, "step", Integer.toString(step))) {
        break;
      }
      String states = TwoFiles.states(volume, dir);
      assertThat(states).as("killed before step %d", step).isNotIn("old new", "new old");
      seen.merge(states, 1, Integer::sum);
      RunnerReport report = Volume.run(request);
      assertThat(report.reason()).as(report.message()).isEqualTo(Reason.ROLLED_BACK);
      assertThat(TwoFiles.states(volume, dir)).isEqualTo(all("old", files));
    }
    System.out.println("RestoreKillTest rollback, what an opener would have found: " + seen);
    assertThat(seen).containsKeys(all("old", files), all("new", files));
  }
}
