package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.VerifyRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A migration beside what a person would type, on the same file in the same run. What counts is the
 * ratio; the times themselves say more about the machine. {@code -Dlitehaven.bench.megabytes} sets
 * the size.
 */
@Tag("bench")
class RunnerBenchTest {
  private static final long MEGABYTES = Long.getLong("litehaven.bench.megabytes", 1024);
  private static final String SCRIPT =
      "ALTER TABLE big ADD COLUMN risk TEXT NOT NULL DEFAULT 'none'; CREATE TABLE more (id INTEGER PRIMARY KEY);";

  /** What has to happen while the workload is stopped and has a counterpart by hand. */
  private static final List<String> SWAP =
      List.of("lock", "recover", "quiesceAndCopy", "pending", "read", "script", "check", "swap");

  @TempDir Path dir;

  @Test
  void besideTheShell() throws Exception {
    Volume volume = Volume.create(Files.createDirectory(dir.resolve("data")), "wal");
    fill(volume.database);
    Map<String, Long> byHand = byHand(volume.database);
    RunnerReport plan = runner(volume, RunnerStep.PLAN, "p1");
    RunnerReport report = runner(volume, RunnerStep.MIGRATE, "r1");

    long hand = byHand.values().stream().mapToLong(Long::longValue).sum();
    long ours =
        report.timingsMillis().entrySet().stream()
            .filter(phase -> SWAP.contains(phase.getKey()))
            .mapToLong(Map.Entry::getValue)
            .sum();
    System.out.printf("%nDatabase of %d MB%n", Files.size(volume.database) >> 20);
    System.out.println("by hand");
    byHand.forEach((name, millis) -> line(name, millis, hand));
    line("sum", hand, hand);
    System.out.println("litehaven, MIGRATE");
    report.timingsMillis().forEach((name, millis) -> line(name, millis, hand));
    line("copy, script, check, swap", ours, hand);
    System.out.println("litehaven, PLAN (the workload runs)");
    plan.timingsMillis().forEach((name, millis) -> line(name, millis, hand));
  }

  private static void line(String name, long millis, long hand) {
    System.out.printf("  %-32s %8d ms  %5.2f%n", name, millis, (double) millis / hand);
  }

  private static void fill(Path database) throws Exception {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        var statement = connection.createStatement()) {
      statement.executeUpdate("CREATE TABLE big (id INTEGER PRIMARY KEY, a TEXT, b BLOB)");
      statement.executeUpdate(
          "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
              + MEGABYTES * 1000
              + ") INSERT INTO big (a, b) SELECT 'row ' || i, randomblob(950) FROM n");
      statement.executeUpdate("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  }

  private Map<String, Long> byHand(Path database) throws Exception {
    Path copy = dir.resolve("by-hand.db");
    Path script = Files.writeString(dir.resolve("script.sql"), SCRIPT);
    var times = new LinkedHashMap<String, Long>();
    times.put("cp", shell("cp " + database + " " + copy));
    times.put("sqlite3 < script", shell("sqlite3 " + copy + " < " + script));
    times.put("quick_check", shell("sqlite3 " + copy + " 'PRAGMA quick_check'"));
    times.put("sync", shell("sync " + copy));
    times.put("mv", shell("mv " + copy + " " + dir.resolve("live.db")));
    Files.delete(dir.resolve("live.db"));
    return times;
  }

  private static long shell(String command) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Forked.Result result = Forked.run(List.of("bash", "-c", command));
    assertThat(result.exitCode()).as(command + ": " + result.output()).isZero();
    return (System.nanoTime() - start) / 1_000_000;
  }

  private RunnerReport runner(Volume volume, RunnerStep step, String run) throws Exception {
    var work =
        new MigrationWork(
            "default",
            List.of(new MigrationScript("001", "bench", SCRIPT, null, null, null)),
            Map.of(),
            null,
            Destructive.FORBID,
            List.of(),
            VerifyRules.DEFAULT,
            null);
    Path request =
        Files.writeString(
            dir.resolve(run + ".json"), ProtocolJson.write(volume.request(step, run, 1, work)));
    Path memory = dir.resolve(run + ".status");
    Forked.Result result =
        Forked.java(
            List.of("-Xmx96m", "-XX:+UseSerialGC"),
            PodMainTest.MeasuredMain.class.getName(),
            memory.toString(),
            "runner",
            "--request",
            request.toString());
    RunnerReport report = ProtocolJson.findReport(result.output()).orElseThrow();
    assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.SUCCEEDED);
    Matcher kib = Pattern.compile("VmHWM:\\s*(\\d+) kB").matcher(Files.readString(memory));
    assertThat(kib.find()).isTrue();
    System.out.printf(
        "%s: most memory resident %d MiB%n", step, Long.parseLong(kib.group(1)) / 1024);
    return report;
  }
}
