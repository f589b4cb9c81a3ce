package dev.litehaven.runner.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A database that is put where none was: killed before each step, and in the recovery, mostly with
 * the power lost as well, so that of what was not synced any part is there afterwards. Whoever
 * looks never finds one file that can be used while another is missing.
 */
class PlacementCrashTest {
  private static final long SEED = 11;

  @TempDir(factory = FastTemp.class)
  Path temp;

  private final VolumeFacts facts = new LinuxVolumeFacts();
  private final Random random = new Random(SEED);
  private final TreeMap<String, Integer> found = new TreeMap<>();
  private UnaryOperator<FileOps> mutation = UnaryOperator.identity();
  private ForgetfulFileOps layer;
  private byte[] content;
  private int count;
  private int volumes;
  private int losses;

  @FunctionalInterface
  private interface Work {
    void run(Path root, FileOps ops, DatabaseQuiescer quiescer) throws Exception;
  }

  @BeforeEach
  void aDatabase() throws Exception {
    Databases.create(temp.resolve("source.db"), "wal");
    content = Files.readAllBytes(temp.resolve("source.db"));
  }

  @ParameterizedTest
  @CsvSource({"1, 3", "2, 3"})
  void allFilesAreThereOrNone(int files, int tries) throws Exception {
    count = files;
    everyStep(tries);
    System.out.printf(
        "PlacementCrashTest files=%d: power lost %d times; found before recovery %s%n",
        files, losses, found);
    assertThat(losses).isGreaterThan(50);
    assertThat(found).containsKeys("none", "usable");
    assertThat(found.keySet().stream().anyMatch(states -> states.contains("refuses")))
        .as("tombstones were met")
        .isEqualTo(files > 1);
  }

  /** A protection taken out must show. */
  @ParameterizedTest
  @EnumSource(
      value = Mutation.class,
      names = {"NO_TOMBSTONES", "NO_FSYNC_OF_FILES", "NO_FSYNC_OF_DIRECTORIES"})
  void withoutAProtectionItShows(Mutation without) {
    count = 2;
    mutation = without::apply;
    assertThatThrownBy(() -> everyStep(8))
        .isInstanceOfAny(AssertionError.class, RefusedException.class)
        .satisfies(e -> System.out.println("PlacementCrashTest without " + without + ": " + e));
  }

  private void everyStep(int tries) throws Exception {
    boolean finished = false;
    for (int limit = 0; !finished; limit++) {
      for (int i = 0; i < tries; i++) {
        Path root = newVolume();
        layer = layer(root);
        finished = attempt(root, limit, this::place);
        String history = (mayLosePower(root) ? "power lost" : "killed") + " before step " + limit;
        look(root, history);
        for (int again = random.nextInt(3); again > 0; again--) {
          int step = random.nextInt(20);
          attempt(root, step, this::recover);
          history +=
              (mayLosePower(root) ? ", power lost" : ", killed")
                  + " before step "
                  + step
                  + " of the recovery";
          look(root, history);
        }
        attempt(root, Integer.MAX_VALUE, this::recover);
        losePower(root);
        assertThat(new TreeSet<>(states(root))).as(history).isSubsetOf("none", "usable").hasSize(1);
        assertThat(hidden(root)).as(history).isEmpty();
        if (finished) {
          assertThat(states(root)).as("once it is done it stays so").containsOnly("usable");
        }
        LeftBehind.removeTree(root);
      }
    }
  }

  private Path newVolume() throws IOException {
    Path root = temp.resolve("volume" + volumes++);
    Files.createDirectories(root.resolve("app"));
    Files.createDirectories(root.resolve(".litehaven"));
    return root;
  }

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

  private void look(Path root, String history) throws Exception {
    var copy = temp.resolve("look");
    Databases.copyTree(root, copy);
    List<String> states = states(copy);
    found.merge(String.join(" ", new TreeSet<>(states)), 1, Integer::sum);
    if (states.contains("usable")) {
      assertThat(states).as(history).doesNotContain("none");
    }
    LeftBehind.removeTree(copy);
  }

  private List<String> states(Path root) throws Exception {
    List<String> states = new ArrayList<>();
    for (DatabaseFile file : LeftBehind.files(count)) {
      Path path = root.resolve(file.path());
      if (!Files.exists(path)) {
        states.add("none");
        continue;
      }
      try {
        assertThat(Databases.generation(path, Databases.ROWS)).isEqualTo("old");
        states.add("usable");
      } catch (SQLException e) {
        assertThat(e.getMessage()).contains("not a database");
        states.add("refuses");
      }
    }
    return states;
  }

  private static List<Path> hidden(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(path -> path.getFileName().toString().contains(".lh-")).toList();
    }
  }

  private SwapVolume open(Path root, FileOps ops, DatabaseQuiescer quiescer) throws IOException {
    return SwapVolume.open(root, Databases.run("r1", 1), ops, facts, quiescer);
  }

  private void place(Path root, FileOps ops, DatabaseQuiescer quiescer) throws Exception {
    try (var volume = open(root, ops, quiescer);
        var placement = Placement.begin(volume, LeftBehind.files(count))) {
      fill(placement);
      assertThat(placement.commit(Map.of()).state()).isEqualTo("DONE");
    }
  }

  private void fill(Placement placement) throws IOException {
    for (DatabaseFile file : LeftBehind.files(count)) {
      Files.write(placement.copyOf(file.name()), content);
    }
  }

  private void recover(Path root, FileOps ops, DatabaseQuiescer quiescer) throws Exception {
    try (var volume = open(root, ops, quiescer)) {
      Recovery.recover(volume);
    }
  }

  private SwapVolume volume(Path root, long epoch) throws IOException {
    return SwapVolume.open(root, Databases.run("r1", epoch));
  }

  @Test
  void anAppThatIsFasterKeepsWhatItMadeAndNothingOfOursStays() throws Exception {
    count = 2;
    Path root = newVolume();
    try (var volume = volume(root, 1);
        var placement = Placement.begin(volume, LeftBehind.files(count))) {
      fill(placement);
      Databases.create(root.resolve("user.db"), "delete");
      assertThatThrownBy(() -> placement.commit(Map.of()))
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.TARGET_NOT_EMPTY));
    }
    assertThat(states(root)).containsExactly("none", "usable");
    assertThat(hidden(root)).isEmpty();
  }

  /** Between the first name and the last one, which only a crash makes long enough. */
  @Test
  void anAppThatTakesANameWhileARecoveryIsDueKeepsItToo() throws Exception {
    count = 2;
    int met = 0;
    for (int limit = 0; ; limit++) {
      Path root = newVolume();
      layer = layer(root);
      if (attempt(root, limit, this::place)) {
        break;
      }
      if (states(root).equals(List.of("refuses", "none"))) {
        met++;
        Databases.create(root.resolve("user.db"), "delete");
        Databases.insertOne(root.resolve("user.db"), 9000);
        try (var volume = volume(root, 2)) {
          assertThatThrownBy(() -> Recovery.recover(volume)).isInstanceOf(RefusedException.class);
          assertThat(Recovery.recover(volume)).isEmpty();
        }
        assertThat(root.resolve("app/main.db")).doesNotExist();
        assertThat(Databases.sql(root.resolve("user.db"), "SELECT count(*) FROM t"))
            .isEqualTo(Integer.toString(Databases.ROWS + 1));
        assertThat(hidden(root)).isEmpty();
      }
      LeftBehind.removeTree(root);
    }
    assertThat(met).isPositive();
  }

  @Test
  void aNameOrASidecarThatIsTakenIsRefused() throws Exception {
    count = 1;
    for (String name : List.of("main.db", "main.db-wal", "main.db-journal", "main.db-shm")) {
      Path root = newVolume();
      Files.writeString(root.resolve("app").resolve(name), "");
      try (var volume = volume(root, 1)) {
        assertThatThrownBy(() -> Placement.begin(volume, LeftBehind.files(count)))
            .isInstanceOfSatisfying(
                RefusedException.class,
                e -> {
                  assertThat(e.reason()).isEqualTo(Reason.TARGET_NOT_EMPTY);
                  assertThat(e.getMessage()).contains(name);
                });
        assertThat(volume.store().unfinished()).isEmpty();
      }
    }
  }

  @Test
  void aPathThatLeavesTheVolumeOrGoesThroughALinkIsRefused() throws Exception {
    Path root = newVolume();
    Files.createSymbolicLink(root.resolve("out"), temp);
    try (var volume = volume(root, 1)) {
      for (Map.Entry<String, Reason> bad :
          Map.of(
                  "../x.db", Reason.PATH_OUTSIDE_VOLUME,
                  "a//x.db", Reason.PATH_OUTSIDE_VOLUME,
                  "out/x.db", Reason.SYMBOLIC_LINK)
              .entrySet()) {
        assertThatThrownBy(
                () -> Placement.begin(volume, List.of(new DatabaseFile("main", bad.getKey()))))
            .isInstanceOfSatisfying(
                RefusedException.class, e -> assertThat(e.reason()).isEqualTo(bad.getValue()));
      }
    }
  }

  @Test
  void aPlacementCannotBeRolledBackAndNeedsNoSettling() throws Exception {
    count = 2;
    Path root = newVolume();
    try (var volume = volume(root, 1)) {
      try (var placement = Placement.begin(volume, LeftBehind.files(count))) {
        fill(placement);
        placement.commit(Map.of());
      }
      assertThat(volume.unsettledRuns()).isEmpty();
      assertThatThrownBy(() -> Rollback.rollback(volume, "r1", true, null))
          .hasMessageContaining("there was no database here");
    }
    assertThat(states(root)).containsExactly("usable", "usable");
    assertThat(Files.getPosixFilePermissions(root.resolve("user.db")).toString())
        .contains("GROUP_WRITE")
        .doesNotContain("OTHERS");
  }
}
