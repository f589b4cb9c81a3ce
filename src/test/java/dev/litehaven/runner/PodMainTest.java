package dev.litehaven.runner;

import static dev.litehaven.runner.Volume.ADD_RISK;
import static dev.litehaven.runner.Volume.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.Main;
import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The runner as a pod runs it: a process of its own that starts in {@link Main}. */
class PodMainTest {
  /** As the runner's image sets them. */
  private static final List<String> PRODUCTION = List.of("-Xmx96m", "-XX:+UseSerialGC");

  @TempDir Path dir;
  private Volume volume;
  private Path terminationLog;

  @BeforeEach
  void aVolume() throws Exception {
    volume = Volume.create(Files.createDirectory(dir.resolve("data")), "wal");
    terminationLog = Files.createFile(dir.resolve("termination-log"));
  }

  private String[] arguments(RunnerRequest request) throws Exception {
    Path file = Files.writeString(dir.resolve("request.json"), ProtocolJson.write(request));
    return new String[] {
      "runner", "--request", file.toString(), "--termination-log", terminationLog.toString()
    };
  }

  private Forked.Result pod(List<String> options, RunnerRequest request) throws Exception {
    return Forked.java(options, Main.class.getName(), arguments(request));
  }

  @Test
  void aPodSaysWhatItDoesAndEndsWithItsReport() throws Exception {
    Forked.Result pod =
        pod(PRODUCTION, volume.request(RunnerStep.MIGRATE, "r1", 3, work(ADD_RISK)));
    assertThat(pod.exitCode()).as(pod.output()).isZero();
    assertThat(pod.output()).contains("Backing up app/portfolio.db");
    RunnerReport report = ProtocolJson.findReport(pod.output()).orElseThrow();
    assertThat(report.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(report.epoch()).isEqualTo(3);
    assertThat(terminationLog).hasContent("Succeeded: " + report.message());
    assertThat(volume.state()).isEqualTo("new");
  }

  @Test
  void aRefusalIsAReportToo() throws Exception {
    Forked.Result pod =
        pod(PRODUCTION, volume.request(RunnerStep.MIGRATE, "r1", 1, work("DROP TABLE users")));
    assertThat(pod.exitCode()).isEqualTo(2);
    RunnerReport report = ProtocolJson.findReport(pod.output()).orElseThrow();
    assertThat(report.reason()).isEqualTo(Reason.DESTRUCTIVE_CHANGE);
    assertThat(pod.output()).doesNotContain("\tat ");
    assertThat(terminationLog).hasContent("DestructiveChange: " + report.message());
    assertThat(volume.state()).isEqualTo("old");
  }

  @Test
  void aRequestThatCannotBeReadIsSaidSo() throws Exception {
    Forked.Result pod =
        Forked.java(
            PRODUCTION, Main.class.getName(), "runner", "--request", dir.resolve("no").toString());
    assertThat(pod.exitCode()).isEqualTo(2);
    assertThat(pod.output()).contains("InvalidRequest");
  }

  /** Its class path lacks the operator's libraries; see {@link Forked}. */
  @Test
  void theRunnerLoadsNothingOfTheOperator() throws Exception {
    Forked.Result pod =
        pod(
            List.of("-Xlog:class+load:file=" + dir.resolve("classes")),
            volume.request(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK)));
    assertThat(pod.exitCode()).as(pod.output()).isZero();
    String classes = Files.readString(dir.resolve("classes"));
    assertThat(classes).contains(" dev.litehaven.runner.Runner ");
    assertThat(classes.lines())
        .noneMatch(
            line ->
                line.contains(" io.quarkus.")
                    || line.contains(" picocli.")
                    || line.contains(" dev.litehaven.operator."));
  }

  @Test
  @Timeout(120)
  void aTerminatedPodUndoesAndReports() throws Exception {
    String forEver =
        "CREATE TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
            + " SELECT count(*) FROM n";
    Process process =
        new ProcessBuilder(
                Forked.command(
                    PRODUCTION,
                    Main.class.getName(),
                    arguments(volume.request(RunnerStep.MIGRATE, "r1", 1, work(forEver)))))
            .redirectErrorStream(true)
            .start();
    var log = new StringBuilder();
    try (BufferedReader out = process.inputReader()) {
      String line;
      while ((line = out.readLine()) != null) {
        log.append(line).append('\n');
        if (line.startsWith("Migrating the copy: up")) {
          process.toHandle().destroy(); // SIGTERM, without closing the streams
        }
      }
    } finally {
      process.destroyForcibly();
    }
    RunnerReport report = ProtocolJson.findReport(log.toString()).orElseThrow();
    assertThat(report.reason()).isEqualTo(Reason.INTERRUPTED);
    assertThat(volume.state()).isEqualTo("old");
    assertThat(volume.files()).containsExactly("app/portfolio.db");
  }

  /** Resident memory, native included, on a database of some 200 MB. */
  @Test
  void memoryDoesNotGrowWithTheDatabase() throws Exception {
    TestDatabase.run(
        volume.database,
        "CREATE TABLE big (id INTEGER PRIMARY KEY, a TEXT, b BLOB, c REAL)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000)"
            + " INSERT INTO big SELECT i, hex(randomblob(100)), randomblob(250), i / 3.0 FROM n",
        "CREATE INDEX big_a ON big (a)");
    assertThat(Files.size(volume.database)).isGreaterThan(200_000_000);
    Path rss = dir.resolve("rss");
    String[] pod =
        arguments(
            volume.request(
                RunnerStep.MIGRATE,
                "r1",
                1,
                work(ADD_RISK, "ALTER TABLE big ADD COLUMN d TEXT", "CREATE INDEX c ON big (c)")));
    String[] all = new String[pod.length + 1];
    all[0] = rss.toString();
    System.arraycopy(pod, 0, all, 1, pod.length);
    Forked.Result result = Forked.java(PRODUCTION, MeasuredMain.class.getName(), all);
    RunnerReport report = ProtocolJson.findReport(result.output()).orElseThrow();
    assertThat(report.outcome()).as(report.message()).isEqualTo(Outcome.SUCCEEDED);
    Matcher kib = Pattern.compile("VmHWM:\\s*(\\d+) kB").matcher(Files.readString(rss));
    assertThat(kib.find()).isTrue();
    long mib = Long.parseLong(kib.group(1)) / 1024;
    System.out.printf(
        "Most memory resident on %d MB: %d MiB; %s%n",
        Files.size(volume.database) / 1_000_000, mib, report.timingsMillis());
    assertThat(mib).isLessThan(256);
  }

  /** The runner, and at its end what the kernel says of its memory. */
  static final class MeasuredMain {
    private MeasuredMain() {}

    public static void main(String[] args) {
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .unstarted(
                      () -> {
                        try {
                          Files.copy(Path.of("/proc/self/status"), Path.of(args[0]));
                        } catch (java.io.IOException e) {
                          throw new java.io.UncheckedIOException(e);
                        }
                      }));
      String[] rest = java.util.Arrays.copyOfRange(args, 1, args.length);
      Main.main(rest);
    }
  }
}
