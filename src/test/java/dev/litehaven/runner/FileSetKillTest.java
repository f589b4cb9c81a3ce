package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  /** The same for sets of real systems, whose steps take longer. */
  private static final int REAL_STRIDE = 7;

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

  /** A set of a real system, and what is to become of it. */
  private enum Real {
    RIDERPRO,
    ARROWTUNER;

    FileSetVolume create(Path root) throws Exception {
      return this == RIDERPRO ? RealSets.riderpro(root) : RealSets.arrowtuner(root);
    }

    MigrationWork work(FileSetVolume volume) throws Exception {
      return this == RIDERPRO
          ? RealSets.riderproWork()
          : RealSets.consolidate(volume, "", RealSets.declared());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "RIDERPRO, MIGRATE",
    "RIDERPRO, ROLLBACK",
    "ARROWTUNER, MIGRATE",
    "ARROWTUNER, ROLLBACK"
  })
  void killedAtSomeStepsRealSetsAreNeverHalfOldAndHalfNew(Real set, RunnerStep step)
      throws Exception {
    killed(set, step, REAL_STRIDE);
  }

  @Tag("soak")
  @ParameterizedTest
  @CsvSource({
    "RIDERPRO, MIGRATE",
    "RIDERPRO, ROLLBACK",
    "ARROWTUNER, MIGRATE",
    "ARROWTUNER, ROLLBACK"
  })
  void killedAtEveryStepRealSetsAreNeverHalfOldAndHalfNew(Real set, RunnerStep step)
      throws Exception {
    assertThat(killed(set, step, 1)).as("tombstones were met").contains("refuses");
  }

  /** Answers with what was found in any file, at any step. */
  private Set<String> killed(Real set, RunnerStep killedIn, int stride) throws Exception {
    var seen = new TreeMap<String, Integer>();
    for (int step = 1; ; step += stride) {
      FileSetVolume volume = set.create(Files.createDirectory(dir.resolve("volume-" + volumes++)));
      MigrationWork work = set.work(volume);
      boolean back = killedIn == RunnerStep.ROLLBACK;
      List<String> old = rows(volume);
      List<String> migrated = back ? migrated(volume, work) : List.of();
      RunnerRequest request = volume.request(killedIn, "r1", 2, back ? null : work);
      if (!DyingRunner.dies(dir, request, "step", Integer.toString(step))) {
        break;
      }
      List<String> found = rows(volume);
      RunnerReport report = Volume.run(request);
      assertThat(report.reason())
          .as(report.message())
          .isEqualTo(back ? Reason.ROLLED_BACK : Reason.SUCCEEDED);
      List<String> now = back ? migrated : rows(volume);
      assertThat(now).as("every file changes").doesNotContainAnyElementsOf(old);
      if (back) {
        assertThat(rows(volume)).as("after step %d", step).isEqualTo(old);
      }
      List<String> states = new ArrayList<>();
      for (int i = 0; i < found.size(); i++) {
        states.add(
            found.get(i).equals(old.get(i))
                ? "old"
                : found.get(i).equals(now.get(i)) ? "new" : found.get(i));
      }
      assertThat(states).as("killed before step %d", step).isSubsetOf("old", "new", "refuses");
      assertThat(states.contains("old") && states.contains("new"))
          .as("killed before step %d: %s", step, states)
          .isFalse();
      seen.merge(String.join(" ", states), 1, Integer::sum);
    }
    System.out.println("FileSetKillTest " + set + " " + killedIn + ": " + seen);
    assertThat(seen).hasSizeGreaterThanOrEqualTo(2);
    return seen.keySet().stream()
        .flatMap(states -> Stream.of(states.split(" ")))
        .collect(Collectors.toSet());
  }

  private List<String> migrated(FileSetVolume volume, MigrationWork work) throws Exception {
    RunnerReport report = volume.run(RunnerStep.MIGRATE, "r1", 1, work);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.SUCCEEDED);
    return rows(volume);
  }

  /**
   * Every row of each file but those of our own tables, which have times in them; {@code refuses}
   * where a file does not open. Looked at in copies, so that looking changes nothing.
   */
  private List<String> rows(FileSetVolume volume) throws Exception {
    List<String> all = new ArrayList<>();
    for (DatabaseFile file : volume.files()) {
      Path copy = TwoFiles.lookAt(volume.root().resolve(file.path()), dir);
      try {
        assertThat(TestDatabase.query(copy, "PRAGMA integrity_check")).containsExactly("ok");
        all.add(
            ContentHash.ofFile(copy).tables().stream()
                .filter(table -> !table.table().startsWith("litehaven_"))
                .map(table -> table.table() + "=" + table.hash())
                .sorted()
                .collect(Collectors.joining(",")));
      } catch (SQLException e) {
        assertThat(e.getMessage()).contains("not a database");
        all.add("refuses");
      }
    }
    return all;
  }
}
