package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.Main;
import dev.litehaven.bench.BenchReport;
import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.runner.backup.DurableFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The runner as the image has it beside what a person would type, in turns on the same file in the
 * same run. What counts are ratios. {@code -Dlitehaven.bench.megabytes} sets the size, {@code
 * -Dlitehaven.bench.rounds} how often.
 */
@Tag("bench")
class RunnerBenchTest {
  private static final long MEGABYTES = Long.getLong("litehaven.bench.megabytes", 1024);
  private static final int ROUNDS = Integer.getInteger("litehaven.bench.rounds", 3);
  private static final int STARTS = 10 * ROUNDS;

  /** The phases of a migration that have a counterpart by hand. */
  private static final Map<String, List<String>> COUNTERPARTS = new LinkedHashMap<>();

  static {
    COUNTERPARTS.put("cp", List.of("lock", "recover", "pending", "quiesceAndCopy"));
    COUNTERPARTS.put("sqlite3 < script", List.of("read", "script"));
    COUNTERPARTS.put("quick_check", List.of("check"));
    COUNTERPARTS.put("sync", List.of("seal"));
    COUNTERPARTS.put("mv", List.of("swap"));
  }

  /** Those that have none. */
  private static final List<String> ALONE =
      List.of("backup", "readBack", "compare", "contentHash", "hash");

  @TempDir static Path dir;
  private static ImageLayout image;

  @BeforeAll
  static void assemble() throws Exception {
    image = ImageLayout.assemble(dir, PodMainTest.MeasuredMain.class, BareMain.class);
  }

  /** The least that a JVM can do. */
  static final class BareMain {
    private BareMain() {}

    public static void main(String[] args) {
      System.out.println("up");
    }
  }

  @Test
  void whileTheWorkloadIsStopped() throws Exception {
    Volume volume = Volume.create(Files.createDirectory(dir.resolve("large")), "wal");
    fill(volume.database, MEGABYTES);
    Map<String, List<Long>> hand = new LinkedHashMap<>();
    Map<String, List<Long>> ours = new LinkedHashMap<>();
    List<Long> rehearsals = new ArrayList<>();
    for (int round = 1; round <= ROUNDS; round++) {
      if (round % 2 == 1) {
        add(hand, byHand(volume.database, round));
      }
      rehearsals.add(runner(volume, RunnerStep.PLAN, round).report().timingsMillis().get("total"));
      warm(volume.database);
      add(ours, runner(volume, RunnerStep.MIGRATE, round).report().timingsMillis());
      runner(volume, RunnerStep.SETTLE, round);
      DurableFiles.deleteTree(volume.root.resolve(".litehaven/backups"));
      if (round % 2 == 0) {
        add(hand, byHand(volume.database, round));
      }
    }
    List<Long> handSums = sums(hand, List.copyOf(COUNTERPARTS.keySet()));
    List<Long> ourSums = sums(ours, COUNTERPARTS.values().stream().flatMap(List::stream).toList());
    double whole = BenchReport.median(handSums);

    BenchReport.title(
        "While the workload is stopped: database of %d MB, medians of %d rounds",
        Files.size(volume.database) >> 20, ROUNDS);
    BenchReport.heads("by hand", "litehaven", "ratio");
    COUNTERPARTS.forEach(
        (name, phases) ->
            BenchReport.pair(
                name, BenchReport.median(hand.get(name)), BenchReport.median(sums(ours, phases))));
    BenchReport.pair("sum", whole, BenchReport.median(ourSums));
    BenchReport.pair(
        "sum, least of all rounds", BenchReport.least(handSums), BenchReport.least(ourSums));
    BenchReport.title("Beside it, as parts of the sum by hand");
    BenchReport.alone("rehearsal (the workload runs)", BenchReport.median(rehearsals), whole);
    ALONE.forEach(name -> BenchReport.alone(name, BenchReport.median(ours.get(name)), whole));
    BenchReport.alone("all of MIGRATE", BenchReport.median(ours.get("total")), whole);
    System.out.println(
        "  its phases: "
            + ours.entrySet().stream()
                .map(
                    phase ->
                        phase.getKey() + " " + Math.round(BenchReport.median(phase.getValue())))
                .collect(Collectors.joining(", ")));
    BenchReport.ratio(
        "checkpoint, copy, script, check, fsync, swap / by hand",
        BenchReport.median(ourSums) / whole,
        1.25);
  }

  @Test
  void startUp() throws Exception {
    Volume volume = Volume.create(Files.createDirectory(dir.resolve("start")), "wal");
    fill(volume.database, 1);
    List<Double> bare = new ArrayList<>();
    List<Double> runner = new ArrayList<>();
    String[] plan = arguments(volume, RunnerStep.PLAN, 1);
    for (int i = 0; i < STARTS; i++) {
      bare.add(millisUntil("up", image.command(BareMain.class)));
      // What is said as soon as SQLite has answered what it is asked first.
      runner.add(millisUntil("app/portfolio.db has ", image.command(Main.class, plan)));
    }
    BenchReport.title("Start-up, medians of %d starts", STARTS);
    BenchReport.heads("bare JVM", "litehaven", "ratio");
    BenchReport.pair(
        "to the first SQL's answer", BenchReport.median(bare), BenchReport.median(runner));
    BenchReport.pair("least of all starts", BenchReport.least(bare), BenchReport.least(runner));
    BenchReport.ratio(
        "start-up to first SQL / bare JVM's",
        BenchReport.median(runner) / BenchReport.median(bare),
        1.5);
  }

  @Test
  void memory() throws Exception {
    Map<Long, List<Double>> resident = new TreeMap<>();
    for (long megabytes : new long[] {10, MEGABYTES}) {
      Volume volume =
          Volume.create(Files.createDirectory(dir.resolve("memory-" + megabytes)), "wal");
      fill(volume.database, megabytes);
      resident.put(
          megabytes,
          List.of(
              runner(volume, RunnerStep.PLAN, 1).mebibytes(),
              runner(volume, RunnerStep.MIGRATE, 1).mebibytes()));
      DurableFiles.deleteTree(volume.root);
    }
    BenchReport.title("Most memory resident (VmHWM)");
    resident.forEach(
        (megabytes, mebibytes) -> {
          BenchReport.mebibytes("PLAN on " + megabytes + " MB", mebibytes.get(0), 256);
          BenchReport.mebibytes("MIGRATE on " + megabytes + " MB", mebibytes.get(1), 256);
        });
  }

  private static void add(Map<String, List<Long>> all, Map<String, Long> round) {
    round.forEach((name, millis) -> all.computeIfAbsent(name, _ -> new ArrayList<>()).add(millis));
  }

  /** Of the named phases, by round. */
  private static List<Long> sums(Map<String, List<Long>> all, List<String> names) {
    List<Long> sums = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      long sum = 0;
      for (String name : names) {
        sum += all.get(name).get(round);
      }
      sums.add(sum);
    }
    return sums;
  }

  static void fill(Path database, long megabytes) throws Exception {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        var statement = connection.createStatement()) {
      statement.executeUpdate("CREATE TABLE big (id INTEGER PRIMARY KEY, a TEXT, b BLOB)");
      statement.executeUpdate(
          "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
              + megabytes * 1000
              + ") INSERT INTO big (a, b) SELECT 'row ' || i, randomblob(950) FROM n");
      statement.executeUpdate("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  }

  private static String script(int round) {
    return "ALTER TABLE big ADD COLUMN risk_%1$d TEXT NOT NULL DEFAULT 'none'; CREATE TABLE more_%1$d (id INTEGER PRIMARY KEY);"
        .formatted(round);
  }

  /** The same start for both: the database in memory, nothing waiting to be written. */
  static void warm(Path database) throws Exception {
    shell("sync; cat " + database + " > /dev/null");
  }

  private Map<String, Long> byHand(Path database, int round) throws Exception {
    assertThat(Forked.run(List.of("sh", "-c", "command -v sqlite3")).exitCode())
        .as("sqlite3 is not on the PATH; ./dev bench installs it")
        .isZero();
    Path copy = dir.resolve("by-hand.db");
    Path sql = Files.writeString(dir.resolve("script.sql"), script(1000 + round));
    warm(database);
    var times = new LinkedHashMap<String, Long>();
    times.put("cp", shell("cp " + database + " " + copy));
    times.put("sqlite3 < script", shell("sqlite3 " + copy + " < " + sql));
    times.put("quick_check", shell("sqlite3 " + copy + " 'PRAGMA quick_check'"));
    times.put("sync", shell("sync " + copy));
    times.put("mv", shell("mv " + copy + " " + dir.resolve("live.db")));
    Files.delete(dir.resolve("live.db"));
    return times;
  }

  static long shell(String command) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Forked.Result result = Forked.run(List.of("bash", "-c", command));
    assertThat(result.exitCode()).as(command + ": " + result.output()).isZero();
    return (System.nanoTime() - start) / 1_000_000;
  }

  private static double millisUntil(String line, List<String> command) throws Exception {
    long start = System.nanoTime();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader out = process.inputReader()) {
      String next = out.readLine();
      while (next != null && !next.startsWith(line)) {
        next = out.readLine();
      }
      double millis = (System.nanoTime() - start) / 1e6;
      assertThat(next).as("a line that begins with " + line).isNotNull();
      out.lines().forEach(_ -> {});
      assertThat(process.waitFor()).isZero();
      return millis;
    }
  }

  private record Measured(RunnerReport report, double mebibytes) {}

  private String[] arguments(Volume volume, RunnerStep step, int round) throws Exception {
    List<MigrationScript> scripts = new ArrayList<>();
    for (int i = 1; i <= round; i++) {
      scripts.add(
          new MigrationScript(String.format("%03d", i), "bench", script(i), null, null, null));
    }
    var work =
        new MigrationWork(
            "default",
            scripts,
            Map.of(),
            null,
            Destructive.FORBID,
            List.of(),
            VerifyRules.DEFAULT,
            null);
    Path request =
        Files.writeString(
            dir.resolve(step + ".json"),
            ProtocolJson.write(volume.request(step, "r" + round, round, work)));
    return new String[] {"runner", "--request", request.toString()};
  }

  private Measured runner(Volume volume, RunnerStep step, int round) throws Exception {
    Path status = dir.resolve("status");
    Files.deleteIfExists(status);
    List<String> arguments = new ArrayList<>(List.of(status.toString()));
    arguments.addAll(List.of(arguments(volume, step, round)));
    Forked.Result result =
        Forked.run(image.command(PodMainTest.MeasuredMain.class, arguments.toArray(String[]::new)));
    RunnerReport report = ProtocolJson.findReport(result.output()).orElseThrow();
    assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.SUCCEEDED);
    Matcher kib = Pattern.compile("VmHWM:\\s*(\\d+) kB").matcher(Files.readString(status));
    assertThat(kib.find()).isTrue();
    return new Measured(report, Long.parseLong(kib.group(1)) / 1024.0);
  }
}
