package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.bench.BenchReport;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.BackupWork;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.backup.UnpackMain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
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
 * Backups to a claim and back, by the runner as the image has it, beside {@code sqlite3} and {@code
 * zstd} on the same file in the same run. {@code -Dlitehaven.bench.megabytes} sets the size, {@code
 * -Dlitehaven.bench.rounds} how often.
 */
@Tag("bench")
class BackupBenchTest {
  private static final long MEGABYTES = Long.getLong("litehaven.bench.megabytes", 1024);
  private static final int ROUNDS = Integer.getInteger("litehaven.bench.rounds", 3);

  /** Those of a backup that have a counterpart; what verifies it has none. */
  private static final List<String> BACKUP_PHASES = List.of("place", "inspect", "copy", "backup");

  @TempDir static Path dir;
  private static ImageLayout image;

  @BeforeAll
  static void assemble() throws Exception {
    for (String tool : List.of("sqlite3", "zstd")) {
      assertThat(Forked.run(List.of("sh", "-c", "command -v " + tool)).exitCode())
          .as(tool + " is not on the PATH; ./dev bench installs it")
          .isZero();
    }
    image = ImageLayout.assemble(dir, PodMainTest.MeasuredMain.class, UnpackMain.class);
  }

  /** A database, a place for its backups, and what is made beside them by hand. */
  private record Setting(Path volume, Path place, Path hand) {
    static Setting create(String name, long megabytes) throws Exception {
      var setting =
          new Setting(
              Files.createDirectories(dir.resolve(name + "-volume")),
              Files.createDirectories(dir.resolve(name + "-place")),
              Files.createDirectories(dir.resolve(name + "-hand")));
      try (var connection = DriverManager.getConnection("jdbc:sqlite:" + setting.database());
          var statement = connection.createStatement()) {
        statement.execute("PRAGMA journal_mode=WAL");
        statement.execute("CREATE TABLE big (id INTEGER PRIMARY KEY, a TEXT, b BLOB)");
        // A part that compresses well and one that does not.
        statement.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                + megabytes * 1000
                + ") INSERT INTO big (a, b) SELECT hex(randomblob(250)), randomblob(450) FROM n");
        statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
      }
      return setting;
    }

    Path database() {
      return volume.resolve("app.db");
    }

    void clear() throws Exception {
      DurableFiles.deleteTree(place);
      DurableFiles.deleteTree(hand);
      DurableFiles.deleteTree(volume.resolve(".litehaven"));
      Files.createDirectories(place);
      Files.createDirectories(hand);
    }
  }

  @Test
  void thereAndBack() throws Exception {
    Setting setting = Setting.create("speed", MEGABYTES);
    List<Long> handBackups = new ArrayList<>();
    List<Long> backups = new ArrayList<>();
    List<Long> readBacks = new ArrayList<>();
    List<Long> handRestores = new ArrayList<>();
    List<Long> restores = new ArrayList<>();
    List<Long> fetches = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      setting.clear();
      if (round % 2 == 0) {
        handBackups.add(backupByHand(setting));
      }
      warm(setting.database());
      Map<String, Long> phases = backup(setting, "b" + round).report().timingsMillis();
      backups.add(BACKUP_PHASES.stream().mapToLong(phase -> phases.getOrDefault(phase, 0L)).sum());
      readBacks.add(phases.get("readBack"));
      if (round % 2 == 1) {
        handBackups.add(backupByHand(setting));
      }
      Path artifact = artifact(setting);
      if (round % 2 == 0) {
        handRestores.add(restoreByHand(artifact, setting));
      }
      warm(artifact);
      Path ours = setting.hand().resolve("ours.db");
      restores.add(unpack(artifact, ours));
      giveBack(ours);
      if (round % 2 == 1) {
        handRestores.add(restoreByHand(artifact, setting));
      }
      warm(artifact);
      fetches.add(fetch(setting, "f" + round).report().timingsMillis().get("total"));
    }
    double hand = BenchReport.median(handBackups);
    double handRestore = BenchReport.median(handRestores);
    BenchReport.title(
        "Backup to a claim and back: database of %d MB, medians of %d rounds",
        Files.size(setting.database()) >> 20, ROUNDS);
    BenchReport.heads("by hand", "litehaven", "ratio");
    BenchReport.pair("sqlite3 .backup, zstd, sync", hand, BenchReport.median(backups));
    BenchReport.pair("the same, least", BenchReport.least(handBackups), BenchReport.least(backups));
    BenchReport.alone("reading it back and verifying", BenchReport.median(readBacks), hand);
    BenchReport.pair("zstd -d, sync", handRestore, BenchReport.median(restores));
    BenchReport.pair(
        "the same, least", BenchReport.least(handRestores), BenchReport.least(restores));
    BenchReport.alone("all of FETCH, verified", BenchReport.median(fetches), handRestore);
    BenchReport.ratio("backup to a claim / by hand", BenchReport.median(backups) / hand, 1 / 0.9);
    BenchReport.ratio(
        "restore / zstd -d and fsync", BenchReport.median(restores) / handRestore, 1.2);
    DurableFiles.deleteTree(setting.volume());
    setting.clear();
  }

  @Test
  void aWriterBesideIt() throws Exception {
    Setting setting = Setting.create("writer", MEGABYTES);
    try (NumberWriter writer = NumberWriter.start(List.of(setting.database()), "NORMAL")) {
      writer.awaitProgress();
      long before = writer.acknowledged();
      backup(setting, "b1");
      long after = writer.acknowledged();
      // Fails when a commit did, with its busy timeout of five seconds.
      writer.stop();
      assertThat(after).isGreaterThan(before);
      System.out.printf(
          "%nA writer with a busy timeout of 5 s committed %d times during the backup.%n",
          after - before);
    }
    DurableFiles.deleteTree(setting.volume());
    setting.clear();
  }

  @Test
  void memory() throws Exception {
    Map<Long, List<Double>> resident = new TreeMap<>();
    for (long megabytes : new long[] {10, MEGABYTES}) {
      Setting setting = Setting.create("memory-" + megabytes, megabytes);
      resident.put(
          megabytes, List.of(backup(setting, "b1").mebibytes(), fetch(setting, "f1").mebibytes()));
      DurableFiles.deleteTree(setting.volume());
      setting.clear();
    }
    BenchReport.title("Most memory resident (VmHWM)");
    resident.forEach(
        (megabytes, mebibytes) -> {
          BenchReport.mebibytes("BACKUP of " + megabytes + " MB", mebibytes.get(0), 256);
          BenchReport.mebibytes("FETCH of " + megabytes + " MB", mebibytes.get(1), 256);
        });
  }

  private static long backupByHand(Setting setting) throws Exception {
    warm(setting.database());
    return shell(
        "sqlite3 %1$s \".backup '%2$s/copy.db'\" && zstd -q -3 %2$s/copy.db -o %2$s/copy.db.zst && sync %2$s/copy.db.zst && rm %2$s/copy.db"
            .formatted(setting.database(), setting.hand()));
  }

  private static long restoreByHand(Path artifact, Setting setting) throws Exception {
    warm(artifact);
    Path back = setting.hand().resolve("back.db");
    long millis = shell("zstd -q -d %1$s -o %2$s && sync %2$s".formatted(artifact, back));
    giveBack(back);
    return millis;
  }

  /** So that whoever comes next finds as much memory that was in use before. */
  private static void giveBack(Path file) throws Exception {
    Files.delete(file);
    shell("sync");
  }

  private static Path artifact(Setting setting) throws Exception {
    try (var all = Files.walk(setting.place())) {
      return all.filter(file -> file.toString().endsWith(".db.zst")).findFirst().orElseThrow();
    }
  }

  private static long unpack(Path artifact, Path plain) throws Exception {
    Forked.Result result =
        Forked.run(image.command(UnpackMain.class, artifact.toString(), plain.toString()));
    assertThat(result.exitCode()).as(result.output()).isZero();
    return Long.parseLong(result.output().strip());
  }

  /** The same start for both: what is read in memory, nothing waiting to be written. */
  private static void warm(Path file) throws Exception {
    shell("sync; cat " + file + " > /dev/null");
  }

  private static long shell(String command) throws Exception {
    long start = System.nanoTime();
    Forked.Result result = Forked.run(List.of("bash", "-c", command));
    assertThat(result.exitCode()).as(command + ": " + result.output()).isZero();
    return (System.nanoTime() - start) / 1_000_000;
  }

  private record Measured(RunnerReport report, double mebibytes) {}

  private static Measured backup(Setting setting, String run) throws Exception {
    var work = new BackupWork("Scheduled", null, BackupWork.Verification.FULL, null, null);
    return runner(setting, RunnerStep.BACKUP, run, work, null);
  }

  private static Measured fetch(Setting setting, String run) throws Exception {
    var work = new RestoreWork(null, null, null, false, null, null, null, false, null, null, null);
    return runner(setting, RunnerStep.FETCH, run, null, work);
  }

  private static Measured runner(
      Setting setting, RunnerStep step, String run, BackupWork backup, RestoreWork restore)
      throws Exception {
    var request =
        new RunnerRequest(
            RunnerRequest.FORMAT_VERSION,
            step,
            new RunRef(run, "bench/app", "claim-uid", 1, null),
            setting.volume().toString(),
            List.of(new DatabaseFile("app", "app.db")),
            List.of(),
            null,
            new BackupTarget(setting.place().toString(), true),
            null,
            false,
            backup,
            restore,
            null);
    Path file = Files.writeString(dir.resolve("request.json"), ProtocolJson.write(request));
    Path status = dir.resolve("status");
    Files.deleteIfExists(status);
    Forked.Result result =
        Forked.run(
            image.command(
                PodMainTest.MeasuredMain.class,
                status.toString(),
                "runner",
                "--request",
                file.toString()));
    RunnerReport report = ProtocolJson.findReport(result.output()).orElseThrow();
    assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.SUCCEEDED);
    Matcher kib = Pattern.compile("VmHWM:\\s*(\\d+) kB").matcher(Files.readString(status));
    assertThat(kib.find()).isTrue();
    return new Measured(report, Long.parseLong(kib.group(1)) / 1024.0);
  }
}
