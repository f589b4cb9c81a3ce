package dev.litehaven.runner.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The process is killed before each step of the swap and of the rollback, and then in the recovery,
 * on real files with real databases. Mostly the power is lost with it, and once all is done: of
 * what was not synced any part is there afterwards. {@link SwapModelTest} tries all parts, on files
 * that SQLite never sees.
 */
class ForgottenWritesTest {
  private static final long SEED = 7;

  @TempDir(factory = FastTemp.class)
  Path temp;

  private final VolumeFacts facts = new LinuxVolumeFacts();
  private final Random random = new Random(SEED);
  private final TreeMap<String, Integer> found = new TreeMap<>();
  private UnaryOperator<FileOps> mutation = UnaryOperator.identity();
  private ForgetfulFileOps layer;
  private int count;
  private int volumes;
  private int losses;

  @FunctionalInterface
  private interface Work {
    void run(Path root, FileOps ops, DatabaseQuiescer quiescer) throws Exception;
  }

  @ParameterizedTest
  @CsvSource({
    "WAL_AT_REST, 1, 2",
    "WAL_NOT_CHECKPOINTED, 1, 2",
    "HOT_JOURNAL, 1, 2",
    "WAL_NOT_CHECKPOINTED, 2, 2",
    "HOT_JOURNAL, 2, 2"
  })
  void whateverIsForgottenAllAreOldOrAllAreNew(LeftBehind left, int files, int tries)
      throws Exception {
    var pristine = left.prepare(temp, files);
    count = files;
    everyStep(pristine, tries, this::forward, "new", root -> {});
    everyStep(
        pristine,
        tries,
        this::rollback,
        "old",
        root -> forward(root, new PosixFileOps(), new SqliteQuiescer(facts)));
    System.out.printf(
        "ForgottenWritesTest %s files=%d: power lost %d times; found before recovery %s%n",
        left, files, losses, found);
    assertThat(losses).isGreaterThan(150);
    assertThat(found).containsKeys("old", "new");
    assertThat(found.containsKey("refuses")).as("tombstones were met").isEqualTo(files > 1);
  }

  @Tag("soak")
  @ParameterizedTest
  @CsvSource({"WAL_NOT_CHECKPOINTED, 1, 50", "WAL_NOT_CHECKPOINTED, 2, 50", "HOT_JOURNAL, 2, 50"})
  void manyMoreTimes(LeftBehind left, int files, int tries) throws Exception {
    whateverIsForgottenAllAreOldOrAllAreNew(left, files, tries);
  }

  /** What a killed process did not sync goes with the power that its recovery loses. */
  @Tag("soak")
  @ParameterizedTest
  @CsvSource({"1", "2"})
  void killedAndThenWithoutPowerAtEachStepOfTheRecovery(int files) throws Exception {
    count = files;
    var pristine = LeftBehind.WAL_NOT_CHECKPOINTED.prepare(temp, count);
    killedAndThenWithoutPower(pristine);
    System.out.printf(
        "ForgottenWritesTest killed, then power lost, files=%d: %d times; found %s%n",
        files, losses, found);
    mutation = Mutation.NO_RESYNC::apply;
    assertThatThrownBy(() -> killedAndThenWithoutPower(pristine))
        .isInstanceOfAny(AssertionError.class, RefusedException.class)
        .satisfies(e -> System.out.println("ForgottenWritesTest without NO_RESYNC: " + e));
  }

  private void killedAndThenWithoutPower(Path pristine) throws Exception {
    boolean finished = false;
    for (int limit = 0; !finished; limit++) {
      boolean recovered = false;
      for (int step = 0; !recovered; step++) {
        var root = temp.resolve("volume" + volumes++);
        Databases.copyTree(pristine, root);
        layer = layer(root);
        finished = attempt(root, limit, this::forward);
        recovered = attempt(root, step, this::recover);
        losePower(root);
        String history = "killed before step " + limit + ", power lost before step " + step;
        look(root, history);
        requireOneGeneration(root, history);
        LeftBehind.removeTree(root);
      }
    }
  }

  /** A protection taken out must show, or the layer forgets nothing. */
  @ParameterizedTest
  @EnumSource(
      value = Mutation.class,
      names = {"NO_TOMBSTONES", "NO_FSYNC_OF_FILES", "NO_FSYNC_OF_DIRECTORIES"})
  void withoutAProtectionItShows(Mutation without) throws Exception {
    count = 2;
    mutation = without::apply;
    var pristine = LeftBehind.WAL_NOT_CHECKPOINTED.prepare(temp, count);
    assertThatThrownBy(() -> everyStep(pristine, 8, this::forward, "new", root -> {}))
        .isInstanceOfAny(AssertionError.class, RefusedException.class)
        .satisfies(e -> System.out.println("ForgottenWritesTest without " + without + ": " + e));
  }

  private void everyStep(Path pristine, int tries, Work work, String wanted, Prepare prepare)
      throws Exception {
    boolean finished = false;
    for (int limit = 0; !finished; limit++) {
      for (int i = 0; i < tries; i++) {
        var root = temp.resolve("volume" + volumes++);
        Databases.copyTree(pristine, root);
        prepare.run(root);
        layer = layer(root);
        finished = attempt(root, limit, work);
        String history = (mayLosePower(root) ? "power lost" : "killed") + " before step " + limit;
        look(root, history);
        for (int again = random.nextInt(3); again > 0; again--) {
          int step = random.nextInt(30);
          attempt(root, step, this::recover);
          history +=
              (mayLosePower(root) ? ", power lost" : ", killed")
                  + " before step "
                  + step
                  + " of the recovery";
          look(root, history);
        }
        requireOneGeneration(root, history);
        if (finished) {
          assertThat(generations(root)).as("once it is done it stays so").containsExactly(wanted);
        }
        LeftBehind.removeTree(root);
      }
    }
  }

  /** After a recovery that nothing disturbs, and what a power loss leaves of that. */
  private void requireOneGeneration(Path root, String history) throws Exception {
    attempt(root, Integer.MAX_VALUE, this::recover);
    losePower(root);
    assertThat(generations(root)).as(history).isSubsetOf("old", "new").hasSize(1);
  }

  @FunctionalInterface
  private interface Prepare {
    void run(Path root) throws Exception;
  }

  /** Whether the work was through before the process was killed. */
  private boolean attempt(Path root, int limit, Work work) throws Exception {
    var ops = new CrashingFileOps(layer, limit);
    try {
      work.run(root, mutation.apply(ops), layer.quiescer(new SqliteQuiescer(facts)));
      return true;
    } catch (CrashingFileOps.Crash e) {
      ops.closeAll();
      return false;
    }
  }

  /** Else what was not synced is still there, and the next one may lose it. */
  private boolean mayLosePower(Path root) throws IOException {
    boolean lost = random.nextInt(3) > 0;
    if (lost) {
      losePower(root);
    }
    return lost;
  }

  private void losePower(Path root) throws IOException {
    layer.losePower(random);
    layer = layer(root);
    losses++;
  }

  private ForgetfulFileOps layer(Path root) throws IOException {
    return new ForgetfulFileOps(new PosixFileOps(), root, temp.resolve("attic"));
  }

  /** As an application would; on a copy, so that looking changes nothing. */
  private void look(Path root, String history) throws Exception {
    var copy = temp.resolve("look");
    Databases.copyTree(root, copy);
    var all = generations(copy);
    found.merge(String.join(" ", all), 1, Integer::sum);
    all.remove("refuses");
    assertThat(all).as(history).hasSizeLessThan(2);
    LeftBehind.removeTree(copy);
  }

  private TreeSet<String> generations(Path root) throws Exception {
    var all = new TreeSet<String>();
    for (DatabaseFile file : LeftBehind.files(count)) {
      try {
        all.add(Databases.generation(root.resolve(file.path()), Databases.ROWS));
      } catch (SQLException e) {
        assertThat(e.getMessage()).contains("not a database");
        all.add("refuses");
      }
    }
    return all;
  }

  /** Always with the same epoch: to raise it would sync what an earlier one left. */
  private SwapVolume open(Path root, FileOps ops, DatabaseQuiescer quiescer) throws IOException {
    return SwapVolume.open(root, Databases.run("r1", 1), ops, facts, quiescer);
  }

  private void forward(Path root, FileOps ops, DatabaseQuiescer quiescer) throws Exception {
    try (var volume = open(root, ops, quiescer);
        var session = SwapSession.begin(volume, "plan", LeftBehind.files(count))) {
      for (DatabaseFile file : LeftBehind.files(count)) {
        Databases.migrate(session.copyOf(file.name()));
      }
      assertThat(session.commit().state()).isEqualTo("DONE");
    }
  }

  private void rollback(Path root, FileOps ops, DatabaseQuiescer quiescer) throws Exception {
    try (var volume = open(root, ops, quiescer)) {
      assertThat(Rollback.rollback(volume, "r1", false, null).state()).isEqualTo("ROLLED_BACK");
    }
  }

  private void recover(Path root, FileOps ops, DatabaseQuiescer quiescer) throws Exception {
    try (var volume = open(root, ops, quiescer)) {
      Recovery.recover(volume);
    }
  }
}
