package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.bench.BenchReport;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.BackupWork;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Backups to a claim, and back, by the runner as the image has it, beside {@code sqlite3} and
 * {@code zstd} at the same level, in turns on the same file. {@code -Dlitehaven.bench.megabytes}
 * sets the size, {@code -Dlitehaven.bench.rounds} how often.
 */
@Tag("bench")
class PlaceBenchTest {
  private static final long MEGABYTES = Long.getLong("litehaven.bench.megabytes", 1024);
  private static final int ROUNDS = Integer.getInteger("litehaven.bench.rounds", 3);

  @TempDir static Path dir;
  private static ImageLayout image;

  @BeforeAll
  static void assemble() throws Exception {
    image = ImageLayout.assemble(dir, PodMainTest.MeasuredMain.class);
    for (String tool : List.of("sqlite3", "zstd")) {
      assertThat(Forked.run(List.of("sh", "-c", "command -v " + tool)).exitCode())
          .as(tool + " is not on the PATH; ./dev bench installs it")
          .isZero();
    }
  }

  private record Measured(RunnerReport report, double mebibytes) {
    long millis(String... phases) {
      return List.of(phases).stream()
          .mapToLong(phase -> report.timingsMillis().getOrDefault(phase, 0L))
          .sum();
    }
  }

  private static PlaceRequests requests(Path root) throws Exception {
    Path place = Files.createDirectories(dir.resolve("place"));
    return new PlaceRequests(
        root,
        List.of(new DatabaseFile("main", "app.db")),
        new BackupTarget(place.toString(), true),
        "team/app");
  }

  private Measured run(
      PlaceRequests requests, RunnerStep step, String run, BackupWork work, RestoreWork restore)
      throws Exception {
    Path status = dir.resolve("status");
    Files.deleteIfExists(status);
    Path request =
        Files.writeString(
            dir.resolve(step + ".json"),
            ProtocolJson.write(requests.request(step, run, work, restore)));
    Forked.Result result =
        Forked.run(
            image.command(
                PodMainTest.MeasuredMain.class,
                status.toString(),
                "runner",
                "--request",
                request.toString()));
    RunnerReport report = ProtocolJson.findReport(result.output()).orElseThrow();
    assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.SUCCEEDED);
    Matcher kib = Pattern.compile("VmHWM:\\s*(\\d+) kB").matcher(Files.readString(status));
    assertThat(kib.find()).isTrue();
    return new Measured(report, Long.parseLong(kib.group(1)) / 1024.0);
  }

  private static Path database(Path root, long megabytes) throws Exception {
    Files.createDirectories(root);
    Path database =
        TestDatabase.create(
            root, "app.db", "PRAGMA journal_mode=WAL", "CREATE TABLE t (id INTEGER PRIMARY KEY)");
    RunnerBenchTest.fill(database, megabytes);
    return database;
  }

  @Test
  void backupAndFetch() throws Exception {
    Path root = dir.resolve("large");
    Path database = database(root, MEGABYTES);
    PlaceRequests requests = requests(root);
    List<Long> backupByHand = new ArrayList<>();
    List<Long> fetchByHand = new ArrayList<>();
    List<Long> backup = new ArrayList<>();
    List<Long> readBack = new ArrayList<>();
    List<Long> fetch = new ArrayList<>();
    List<Long> check = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      RunnerBenchTest.warm(database);
      String copy = dir.resolve("by-hand.db").toString();
      String packed = copy + ".zst";
      backupByHand.add(
          RunnerBenchTest.shell(
              "sqlite3 %1$s '.backup %2$s' && zstd -q -3 -c %2$s > %3$s && sync %3$s"
                  .formatted(database, copy, packed)));
      RunnerBenchTest.warm(database);
      Measured made = run(requests, RunnerStep.BACKUP, "b" + round, PlaceRequests.SCHEDULED, null);
      backup.add(made.millis("inspect", "place", "copy", "backup"));
      readBack.add(made.millis("readBack"));
      RunnerBenchTest.shell("sync; rm " + copy);
      fetchByHand.add(
          RunnerBenchTest.shell("zstd -q -d %s -o %s && sync %2$s".formatted(packed, copy)));
      RunnerBenchTest.shell("sync; rm " + copy + " " + packed);
      Measured fetched = run(requests, RunnerStep.FETCH, "f", null, PlaceRequests.latest(false));
      fetch.add(fetched.millis("choose", "fetch", "stage"));
      check.add(fetched.millis("check"));
      DurableFiles.deleteTree(dir.resolve("place/team_app"));
      DurableFiles.deleteTree(root.resolve(".litehaven"));
    }
    double handBackup = BenchReport.median(backupByHand);
    double handFetch = BenchReport.median(fetchByHand);
    BenchReport.title(
        "File backup to a claim and back: database of %d MB, medians of %d rounds",
        Files.size(database) >> 20, ROUNDS);
    BenchReport.heads("by hand", "litehaven", "ratio");
    BenchReport.pair(".backup, zstd -3, fsync", handBackup, BenchReport.median(backup));
    BenchReport.pair(
        "least of all rounds", BenchReport.least(backupByHand), BenchReport.least(backup));
    BenchReport.pair("zstd -d, fsync", handFetch, BenchReport.median(fetch));
    BenchReport.pair(
        "least of all rounds", BenchReport.least(fetchByHand), BenchReport.least(fetch));
    BenchReport.title("Verification, as part of what it is about by hand");
    BenchReport.alone("reading a backup back", BenchReport.median(readBack), handBackup);
    BenchReport.alone("checking what was fetched", BenchReport.median(check), handFetch);
    // 90 % of the throughput.
    BenchReport.ratio(
        "backup / .backup, zstd, fsync", BenchReport.median(backup) / handBackup, 1 / 0.9);
    BenchReport.ratio("fetch / zstd -d, fsync", BenchReport.median(fetch) / handFetch, 1.2);
  }

  @Test
  void memoryAndAWriter() throws Exception {
    Map<Long, List<Double>> resident = new TreeMap<>();
    for (long megabytes : new long[] {10, MEGABYTES}) {
      Path root = dir.resolve("memory-" + megabytes);
      Path database = database(root, megabytes);
      Path log = dir.resolve("writer.log");
      Process writer =
          new ProcessBuilder(
                  Forked.command(
                      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                      BackupUnderWriterTest.Writer.class.getName(),
                      dir.resolve("acknowledged-" + megabytes).toString(),
                      database.toString()))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      Measured made;
      try {
        made =
            run(requests(root), RunnerStep.BACKUP, "m" + megabytes, PlaceRequests.SCHEDULED, null);
        assertThat(writer.isAlive()).as(Files.readString(log)).isTrue();
      } finally {
        writer.destroyForcibly().waitFor();
      }
      Measured fetched =
          run(requests(root), RunnerStep.FETCH, "m", null, PlaceRequests.latest(false));
      resident.put(megabytes, List.of(made.mebibytes(), fetched.mebibytes()));
      DurableFiles.deleteTree(root);
      DurableFiles.deleteTree(dir.resolve("place/team_app"));
    }
    BenchReport.title(
        "Most memory resident (VmHWM); a writer that waits 5 s for a lock never failed");
    resident.forEach(
        (megabytes, mebibytes) -> {
          BenchReport.mebibytes("BACKUP of " + megabytes + " MB", mebibytes.get(0), 256);
          BenchReport.mebibytes("FETCH of " + megabytes + " MB", mebibytes.get(1), 256);
        });
  }
}
