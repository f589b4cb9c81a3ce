package dev.litehaven.runner.swap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.DatabaseFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Stops the swap, the rollback and the recovery of both before each of their steps, on real files
 * with real databases, and runs them again. Power loss and strangers are {@link SwapModelTest}'s.
 */
class SwapCrashTest {
  private static final int NEVER = Integer.MAX_VALUE;

  @TempDir(factory = FastTemp.class)
  Path temp;

  private final VolumeFacts facts = new LinuxVolumeFacts();
  private int volumes;
  private boolean sameVolume;
  private int points;
  private int recoveryPoints;

  /** Recovery dies before each of its steps in turn, on the volume that the last one left. */
  @ParameterizedTest
  @CsvSource({
    "WAL_AT_REST, 1",
    "WAL_NOT_CHECKPOINTED, 1",
    "JOURNAL_AT_REST, 1",
    "HOT_JOURNAL, 1",
    "WAL_NOT_CHECKPOINTED, 2",
    "HOT_JOURNAL, 2"
  })
  void crashAtEveryStepEndsInTheOldOrTheNewDatabase(LeftBehind left, int count) throws Exception {
    everyStep(left, count, true);
    assertThat(recoveryPoints).isGreaterThan(5 * points);
  }

  /** Each step of each recovery has a volume of its own. */
  @Tag("soak")
  @ParameterizedTest
  @CsvSource({"WAL_NOT_CHECKPOINTED, 1", "HOT_JOURNAL, 1", "WAL_NOT_CHECKPOINTED, 2"})
  void crashAtEveryPairOfSteps(LeftBehind left, int count) throws Exception {
    everyStep(left, count, false);
    assertThat(recoveryPoints).isGreaterThan(10 * points);
  }

  private void everyStep(LeftBehind left, int count, boolean sameVolume) throws Exception {
    this.sameVolume = sameVolume;
    var pristine = left.prepare(temp, count);
    forwardAtEveryStep(pristine, count);
    rollbackAtEveryStep(pristine, count);
    System.out.printf(
        "SwapCrashTest %s files=%d crash points=%d, each then crashed in recovery: %d%n",
        left, count, points, recoveryPoints);
    assertThat(points).isGreaterThan(50);
  }

  private void forwardAtEveryStep(Path pristine, int count) throws Exception {
    for (int limit = 0; ; limit++) {
      for (int again = 0; ; again++) {
        var root = volume(pristine);
        var ops = new CrashingFileOps(new PosixFileOps(), limit);
        boolean finished = attempt(ops, () -> forward(root, ops, count));
        if (finished) {
          assertThat(generations(root, count)).containsOnly("new");
          return;
        }
        boolean last = recoverAfter(root, count, again);
        LeftBehind.removeTree(root);
        if (last) {
          break;
        }
      }
      points++;
    }
  }

  private void rollbackAtEveryStep(Path pristine, int count) throws Exception {
    for (int limit = 0; ; limit++) {
      for (int again = 0; ; again++) {
        var root = volume(pristine);
        forward(root, new PosixFileOps(), count);
        var ops = new CrashingFileOps(new PosixFileOps(), limit);
        boolean finished = attempt(ops, () -> rollback(root, ops));
        if (finished) {
          assertThat(generations(root, count)).containsOnly("old");
          for (DatabaseFile file : LeftBehind.files(count)) {
            assertThat(Databases.generation(root.resolve(failedName(file)), Databases.ROWS))
                .isEqualTo("new");
          }
          return;
        }
        boolean last = recoverAfter(root, count, again);
        LeftBehind.removeTree(root);
        if (last) {
          break;
        }
      }
      points++;
    }
  }

  /**
   * Recovers, dying once before the given step, then for good, and looks at what is there.
   *
   * @return whether the recovery has no such step any more
   */
  private boolean recoverAfter(Path root, int count, int limit) throws Exception {
    boolean finished = false;
    for (int k = sameVolume ? 0 : limit; !finished; k++) {
      var ops = new CrashingFileOps(new PosixFileOps(), k);
      finished = attempt(ops, () -> recover(root, ops));
      recoveryPoints += finished ? 0 : 1;
      if (!sameVolume) {
        break;
      }
    }
    recover(root, new PosixFileOps());
    var found = generations(root, count);
    assertThat(found.stream().distinct()).as("all old or all new").hasSize(1);
    var view = SwapVolume.inspect(root);
    assertThat(view.unfinishedRun()).isNull();
    assertNothingLeft(root, found.getFirst());
    return finished;
  }

  private static void assertNothingLeft(Path root, String generation) throws Exception {
    try (var all = Files.walk(root)) {
      var names = all.map(p -> p.getFileName().toString()).toList();
      assertThat(names).noneMatch(n -> n.endsWith(".new"));
      assertThat(names).noneMatch(n -> n.endsWith("-wal") || n.endsWith("-shm"));
      if (generation.equals("old")) {
        assertThat(names).noneMatch(n -> n.endsWith(".old"));
      }
    }
  }

  @FunctionalInterface
  private interface Work {
    void run() throws Exception;
  }

  /** Returns false when it crashed. */
  private static boolean attempt(CrashingFileOps ops, Work work) throws Exception {
    try {
      work.run();
      return true;
    } catch (CrashingFileOps.Crash e) {
      ops.closeAll();
      return false;
    }
  }

  private SwapVolume open(Path root, FileOps ops, long epoch) throws Exception {
    return SwapVolume.open(root, Databases.run("r1", epoch), ops, facts, new SqliteQuiescer(facts));
  }

  private void forward(Path root, FileOps ops, int count) throws Exception {
    try (var volume = open(root, ops, 1);
        var session = SwapSession.begin(volume, "plan", LeftBehind.files(count))) {
      for (DatabaseFile file : LeftBehind.files(count)) {
        Databases.migrate(session.copyOf(file.name()));
      }
      assertThat(session.commit().state()).isEqualTo("DONE");
    }
  }

  private void rollback(Path root, FileOps ops) throws Exception {
    try (var volume = open(root, ops, 2)) {
      assertThat(Rollback.rollback(volume, "r1", false, null).state()).isEqualTo("ROLLED_BACK");
    }
  }

  private void recover(Path root, FileOps ops) throws Exception {
    try (var volume = open(root, ops, 3)) {
      Recovery.recover(volume);
    }
  }

  private List<String> generations(Path root, int count) throws Exception {
    var out = new ArrayList<String>();
    for (DatabaseFile file : LeftBehind.files(count)) {
      out.add(Databases.generation(root.resolve(file.path()), Databases.ROWS));
    }
    return out;
  }

  private static String failedName(DatabaseFile file) {
    var path = Path.of(file.path());
    return path.resolveSibling("." + path.getFileName() + ".lh-r1.failed").toString();
  }

  /** A fresh volume with the same bytes; sidecars are copied as they lay there. */
  private Path volume(Path pristine) throws Exception {
    var root = temp.resolve("volume" + volumes++);
    Databases.copyTree(pristine, root);
    return root;
  }
}
