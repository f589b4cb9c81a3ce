package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.BackupWork;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreWork.Mode;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.restore.Fetched;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  /** The same for all that a restore changes on its volume, file by file. */
  private static final int FILE_STRIDE = 11;

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

  /**
   * Two states of a database and of the files beside it: one is on a volume, and the other has been
   * fetched there from a backup.
   *
   * @param before what is there, as {@link #found} says it
   * @param after what is there once the other one is restored
   */
  private record Fetch(FileSetVolume volume, String before, String after) {
    RunnerRequest request(RunnerStep step, Mode mode) {
      RunnerRequest request = volume.request(step, "r1", 1, null);
      return step == RunnerStep.RESTORE
          ? Fetched.request(request, Fetched.whole(mode, "t1"))
          : request;
    }
  }

  private static PlaceRequests requests(FileSetVolume volume, Path place) {
    return new PlaceRequests(
        volume.root(), volume.files(), new BackupTarget(place.toString(), true), "team/set");
  }

  private static void succeeds(RunnerRequest request) {
    RunnerReport report = Volume.run(request);
    assertThat(report.reason())
        .as(report.message())
        .isEqualTo(request.step() == RunnerStep.ROLLBACK ? Reason.ROLLED_BACK : Reason.SUCCEEDED);
  }

  private static void write(FileSetVolume volume, String file, String text) throws Exception {
    Path path = volume.root().resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private Fetch fetch(Mode mode) throws Exception {
    Path place = Files.createDirectory(dir.resolve("place"));
    FileSetVolume then = newVolume(1);
    succeeds(then.request(RunnerStep.MIGRATE, "m1", 1, TwoFiles.work(1)));
    write(then, "pictures/a.png", "a then");
    write(then, "pictures/more/b.png", "b then");
    BackupWork with = new BackupWork(null, List.of("pictures/**"), null, null, List.of());
    succeeds(requests(then, place).request(RunnerStep.BACKUP, "b1", with, null));
    FileSetVolume now;
    if (mode == Mode.IN_PLACE) {
      now = newVolume(1);
      write(now, "pictures/a.png", "a now");
      write(now, "pictures/c.png", "c now");
    } else {
      Path empty = Files.createDirectory(dir.resolve("volume-" + volumes++));
      now = new FileSetVolume(empty, then.files());
    }
    succeeds(requests(now, place).request(RunnerStep.FETCH, "r1", null, Fetched.whole(mode, "t1")));
    return mode == Mode.IN_PLACE
        ? new Fetch(
            now,
            "old, a.png: a now, c.png: c now",
            "new, a.png: a then, c.png: c now, more/b.png: b then")
        : new Fetch(now, "none", "new, a.png: a then, more/b.png: b then");
  }

  /** The same as it was, on a volume of its own. */
  private Fetch copy(Fetch fetched) throws Exception {
    Path copy = dir.resolve("volume-" + volumes++);
    try (Stream<Path> all = Files.walk(fetched.volume().root())) {
      for (Path path : all.toList()) {
        Files.copy(path, copy.resolve(fetched.volume().root().relativize(path).toString()));
      }
    }
    return new Fetch(
        new FileSetVolume(copy, fetched.volume().files()), fetched.before(), fetched.after());
  }

  /** What an opener would find of the database, and of the files beside it. */
  private String found(FileSetVolume volume) throws Exception {
    List<String> found = new ArrayList<>();
    found.add(Files.exists(volume.path("main")) ? TwoFiles.states(volume, dir) : "none");
    Path pictures = volume.root().resolve("pictures");
    if (Files.exists(pictures)) {
      try (Stream<Path> all = Files.walk(pictures)) {
        for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
          found.add(pictures.relativize(file) + ": " + Files.readString(file));
        }
      }
    }
    return String.join(", ", found);
  }

  /** All names on the volume but those in Litehaven's own directory. */
  private static List<String> names(FileSetVolume volume) throws Exception {
    try (Stream<Path> all = Files.walk(volume.root())) {
      return all.map(path -> volume.root().relativize(path).toString())
          .filter(name -> !name.startsWith(".litehaven"))
          .sorted()
          .toList();
    }
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

  @ParameterizedTest
  @CsvSource({"IN_PLACE, RESTORE", "IN_PLACE, ROLLBACK", "EMPTY, RESTORE"})
  void killedAtSomeChangesTheFilesBesideTheDatabaseGoWithIt(Mode mode, RunnerStep step)
      throws Exception {
    beside(mode, step, FILE_STRIDE);
  }

  @Tag("soak")
  @ParameterizedTest
  @CsvSource({"IN_PLACE, RESTORE", "IN_PLACE, ROLLBACK", "EMPTY, RESTORE"})
  void killedAtEveryChangeTheFilesBesideTheDatabaseGoWithIt(Mode mode, RunnerStep step)
      throws Exception {
    beside(mode, step, 1);
  }

  /**
   * Before steps of the swap, and before the other changes to the volume, which go on around it.
   */
  private void beside(Mode mode, RunnerStep step, int stride) throws Exception {
    boolean back = step == RunnerStep.ROLLBACK;
    Fetch fetched = fetch(mode);
    String from = back ? fetched.after() : fetched.before();
    String to = back ? fetched.before() : fetched.after();
    Fetch undisturbed = upTo(fetched, step, mode);
    assertThat(found(undisturbed.volume())).isEqualTo(from);
    succeeds(undisturbed.request(step, mode));
    List<String> names = names(undisturbed.volume());
    if (back) {
      assertThat(names)
          .filteredOn(name -> !name.contains(".lh-"))
          .isEqualTo(names(fetched.volume()));
    }
    var tried = new TreeMap<String, Integer>();
    for (String kind : List.of("step", "file")) {
      for (int changes = 0; ; changes += stride) {
        Fetch one = upTo(fetched, step, mode);
        RunnerRequest request = one.request(step, mode);
        if (!DyingRunner.dies(dir, request, kind, Integer.toString(changes))) {
          break;
        }
        String where = "killed before %s %d".formatted(kind, changes);
        String meanwhile = found(one.volume());
        if (meanwhile.startsWith(from.substring(0, 3))) {
          assertThat(meanwhile).as("%s, with the database they stay", where).isEqualTo(from);
        }
        assertThat(parts(meanwhile)).as(where).isSubsetOf(parts(from + ", " + to));
        tried.merge(kind, 1, Integer::sum);
        succeeds(request);
        assertThat(found(one.volume())).as(where).isEqualTo(to);
        assertThat(names(one.volume())).as(where).isEqualTo(names);
      }
    }
    System.out.println("RestoreKillTest files beside, " + step + " " + mode + ": " + tried);
  }

  private static List<String> parts(String found) {
    return List.of(found.split(", ", -1));
  }

  private Fetch upTo(Fetch fetched, RunnerStep step, Mode mode) throws Exception {
    Fetch copy = copy(fetched);
    if (step == RunnerStep.ROLLBACK) {
      succeeds(copy.request(RunnerStep.RESTORE, mode));
    }
    return copy;
  }
}
