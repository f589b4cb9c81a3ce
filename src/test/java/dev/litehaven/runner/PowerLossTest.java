package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.steps.Interruption;
import dev.litehaven.runner.steps.VolumeOpener;
import dev.litehaven.runner.swap.FastTemp;
import dev.litehaven.runner.swap.WatchedVolume;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The power is lost while the runner is at work on a real file system. Its disk is taken as it is
 * before a step of the swap and at each line of progress, mounted anew, and the same request is
 * made again, as the operator would.
 */
class PowerLossTest {
  /** Writes ahead of the metadata only what it is told to: the least that an ext4 promises. */
  private static final String LEAST = "data=writeback,noauto_da_alloc";

  /** As distributions mount it. */
  private static final String DEFAULT = "";

  @TempDir(factory = FastTemp.class)
  Path dir;

  private final TreeMap<String, Integer> found = new TreeMap<>();
  private int copies;
  private Path root;
  private Ext4Disk disk;

  @BeforeEach
  void needsLoopDevices() throws Exception {
    Assumptions.assumeThat(Ext4Disk.missing(dir)).as("an ext4 on a loop device").isEmpty();
    root = dir.resolve("volume");
  }

  @AfterEach
  void unmount() throws Exception {
    if (disk != null) {
      disk.unmount();
    }
  }

  private void begin(String options) throws Exception {
    disk = new Ext4Disk(dir.resolve("disk.img"), root, options);
    disk.format();
    disk.mount();
  }

  /** Everything on the disk, nothing cached. */
  private void reboot() throws Exception {
    disk.unmount();
    disk.mount();
  }

  @Test
  void whatIsNotSyncedIsNotOnTheDisk() throws Exception {
    begin(LEAST);
    Path synced = Files.writeString(root.resolve("synced"), "old");
    Files.writeString(root.resolve("renamed"), "old");
    reboot();
    try (var file = new RandomAccessFile(synced.toFile(), "rw")) {
      file.write("new".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      file.getFD().sync();
    }
    Files.writeString(root.resolve("other"), "lost");
    Files.move(root.resolve("renamed"), root.resolve("renamed-2"));
    Path image = dir.resolve("lost.img");
    disk.copyTo(image);
    disk.unmount();
    disk.replaceBy(image);
    disk.mount();
    assertThat(synced).hasContent("new");
    assertThat(root.resolve("other")).doesNotExist();
    assertThat(root.resolve("renamed")).hasContent("old");
  }

  @ParameterizedTest
  @CsvSource({"MIGRATE, 1, 3", "MIGRATE, 2, 3", "ROLLBACK, 1, 3", "ROLLBACK, 2, 3"})
  void thePowerIsLost(RunnerStep step, int files, int stride) throws Exception {
    lostAtEvery(step, files, stride, LEAST);
  }

  @Tag("soak")
  @ParameterizedTest
  @CsvSource({"MIGRATE, 1", "MIGRATE, 2", "ROLLBACK, 1", "ROLLBACK, 2"})
  void thePowerIsLostAtEveryStep(RunnerStep step, int files) throws Exception {
    lostAtEvery(step, files, 1, LEAST);
    disk.unmount();
    lostAtEvery(step, files, 1, DEFAULT);
  }

  @Tag("soak")
  @ParameterizedTest
  @CsvSource({"MIGRATE, 1", "MIGRATE, 2", "ROLLBACK, 1", "ROLLBACK, 2"})
  void thePowerIsLostAgainInTheRecovery(RunnerStep step, int files) throws Exception {
    begin(LEAST);
    FileSetVolume volume = TwoFiles.create(root, files);
    RunnerRequest request = request(volume, step);
    int lost = 0;
    for (Path first : disksDuring(request, 2, WatchedVolume::before)) {
      disk.replaceBy(first);
      disk.mount();
      for (Path second : disksDuring(request, 5, WatchedVolume::before)) {
        recovered(volume, request, second);
        Files.delete(second);
        lost++;
      }
    }
    System.out.printf(
        "PowerLossTest %s files=%d: power lost again %d times; found %s%n",
        step, files, lost, found);
    assertThat(lost).isGreaterThan(100);
  }

  private void lostAtEvery(RunnerStep step, int files, int stride, String options)
      throws Exception {
    begin(options);
    FileSetVolume volume = TwoFiles.create(root, files);
    RunnerRequest request = request(volume, step);
    List<Path> disks = disksDuring(request, stride, WatchedVolume::before);
    var outcomes = new TreeMap<String, Integer>();
    for (Path lost : disks) {
      outcomes.merge(recovered(volume, request, lost), 1, Integer::sum);
    }
    System.out.printf(
        "PowerLossTest %s files=%d %s: power lost %d times; found %s, recovered to %s%n",
        step, files, options.isEmpty() ? "by default" : options, disks.size(), found, outcomes);
    assertThat(disks).hasSizeGreaterThan(10);
    String end = step == RunnerStep.MIGRATE ? "new" : "old";
    assertThat(found).containsKeys(all("old", files), all("new", files));
    assertThat(outcomes).containsKey(all(end, files));
    if (step == RunnerStep.MIGRATE) {
      assertThat(outcomes).containsKey(all("old", files));
    }
    assertThat(found.keySet().stream().anyMatch(s -> s.contains("refuses")))
        .as("tombstones were met")
        .isEqualTo(files > 1);
  }

  /**
   * The runner's process ends before the disk is taken: nothing of it is written in its last
   * breath.
   */
  @ParameterizedTest
  @CsvSource({"MIGRATE, 11", "ROLLBACK, 11"})
  void thePowerIsLostWithTheProcess(RunnerStep step, int stride) throws Exception {
    begin(LEAST);
    FileSetVolume volume = TwoFiles.create(root, 2);
    RunnerRequest request = request(volume, step);
    Path before = dir.resolve("before.img");
    disk.unmount();
    disk.copyTo(before);
    int lost = 0;
    for (int at = 5; ; at += stride) {
      disk.unmount();
      disk.replaceBy(before);
      disk.mount();
      if (!DyingRunner.dies(dir, request, "step", Integer.toString(at))) {
        break;
      }
      Path image = dir.resolve("lost.img");
      disk.copyTo(image);
      recovered(volume, request, image);
      lost++;
    }
    System.out.printf("PowerLossTest %s: ended with the process %d times%n", step, lost);
    assertThat(lost).isGreaterThan(2);
  }

  /** Else all this would prove nothing. */
  @Test
  void withoutSyncsItShows() throws Exception {
    begin(LEAST);
    FileSetVolume volume = TwoFiles.create(root, 1);
    RunnerRequest request = request(volume, RunnerStep.MIGRATE);
    List<Path> disks = disksDuring(request, 1, WatchedVolume::unsynced);
    assertThatThrownBy(
            () -> {
              for (Path lost : disks) {
                recovered(volume, request, lost);
              }
            })
        .isInstanceOf(AssertionError.class)
        .satisfies(e -> System.out.println("PowerLossTest without syncs: " + e.getMessage()));
  }

  /** What is asked for, on a volume where it can be, all of which is on the disk. */
  private RunnerRequest request(FileSetVolume volume, RunnerStep step) throws Exception {
    var work = TwoFiles.work(volume.files().size());
    RunnerRequest migrate = volume.request(RunnerStep.MIGRATE, "r1", 1, work);
    if (step == RunnerStep.ROLLBACK) {
      assertThat(Volume.run(migrate).reason()).isEqualTo(Reason.SUCCEEDED);
    }
    reboot();
    return step == RunnerStep.MIGRATE
        ? migrate
        : volume.request(RunnerStep.ROLLBACK, "r1", 2, null);
  }

  /** Has the request carried out, and takes what the disk holds meanwhile. */
  private List<Path> disksDuring(
      RunnerRequest request, int stride, Function<Consumer<String>, VolumeOpener> watched)
      throws Exception {
    var disks = new ArrayList<Path>();
    var steps = new ArrayList<String>();
    Runnable take =
        () -> {
          try {
            Path copy = dir.resolve("disk-" + copies++ + ".img");
            disk.copyTo(copy);
            disks.add(copy);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        };
    VolumeOpener volumes =
        watched.apply(
            what -> {
              if (steps.size() % stride == 0) {
                take.run();
              }
              steps.add(what);
            });
    RunnerReport report =
        new Runner(
                Clock.systemUTC(),
                System::nanoTime,
                line -> take.run(),
                new Interruption(),
                volumes)
            .run(request)
            .report();
    assertThat(report.reason()).as(report.message()).isIn(Reason.SUCCEEDED, Reason.ROLLED_BACK);
    take.run();
    disk.unmount();
    return disks;
  }

  /**
   * Boots with the disk, looks as an application would, and makes the request again.
   *
   * @return what the recovery with which the request began had made of it
   */
  private String recovered(FileSetVolume volume, RunnerRequest request, Path lost)
      throws Exception {
    disk.unmount();
    disk.replaceBy(lost);
    disk.mount();
    int files = volume.files().size();
    String before = TwoFiles.states(volume, dir);
    assertThat(before)
        .as("found")
        .satisfiesAnyOf(
            s -> assertThat(s).contains("refuses"),
            s -> assertThat(s).isIn(all("old", files), all("new", files)));
    found.merge(before, 1, Integer::sum);
    var migratedAgain = new AtomicBoolean();
    RunnerReport report =
        Volume.run(
            request,
            line -> {
              if (line.startsWith("Reading the history")) {
                migratedAgain.set(true);
                assertStates(volume, all("old", files));
              }
            },
            new Interruption());
    boolean migrate = request.step() == RunnerStep.MIGRATE;
    assertThat(report.reason())
        .as(report.message())
        .isEqualTo(migrate ? Reason.SUCCEEDED : Reason.ROLLED_BACK);
    assertStates(volume, all(migrate ? "new" : "old", files));
    assertThat(report.backups()).singleElement().satisfies(b -> assertThat(b.verified()).isTrue());
    disk.unmount();
    return all(migrate && !migratedAgain.get() ? "new" : "old", files);
  }

  private void assertStates(FileSetVolume volume, String wanted) {
    try {
      assertThat(TwoFiles.states(volume, dir)).isEqualTo(wanted);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static String all(String state, int files) {
    return files == 1 ? state : state + " " + state;
  }
}
