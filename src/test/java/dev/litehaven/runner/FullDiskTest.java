package dev.litehaven.runner;

import static dev.litehaven.runner.Volume.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small file systems of their own, mounted in a namespace that needs no privilege. */
class FullDiskTest {
  @TempDir Path dir;

  /**
   * @param prepare shell commands that make the volume from {@code $seed} at {@code $volume}
   * @param look shell command whose output comes last
   */
  private Forked.Result inNamespace(String prepare, String look) throws Exception {
    Volume seed = Volume.create(Files.createDirectory(dir.resolve("seed")), "wal");
    Path mount = Files.createDirectory(dir.resolve("mount"));
    // Each row grows by a page, so that the copy outgrows what the backup left free.
    String grow = "CREATE TABLE big AS SELECT id, zeroblob(4000) AS z FROM users";
    String request =
        ProtocolJson.write(seed.request(RunnerStep.MIGRATE, "r1", 1, work(grow)))
            .replace(seed.root.toString(), mount.toString());
    Path file = Files.writeString(dir.resolve("request.json"), request);
    String runner =
        String.join(
            " ",
            Forked.command(
                List.of("-XX:TieredStopAtLevel=1"),
                "dev.litehaven.Main",
                "runner",
                "--request",
                file.toString()));
    List<String> command = new ArrayList<>(List.of("unshare", "--map-root-user", "--mount"));
    command.addAll(
        List.of(
            "sh",
            "-c",
            "set -e; seed=%s; volume=%s; %s; %s || true; %s"
                .formatted(seed.root, mount, prepare, runner, look)));
    return Forked.run(command);
  }

  private static String tmpfs(String size) {
    return "mount -t tmpfs -o size=" + size + " none $volume; cp -a $seed/. $volume/";
  }

  @Test
  void aVolumeThatFillsUpOnTheWayIsLeftAsItWas() throws Exception {
    Forked.Result result =
        inNamespace(
            tmpfs("1700k"),
            "cd $volume; find . -type f | grep -v -e /lock -e /epoch -e /ballast -e /intent; cmp"
                + " app/portfolio.db $seed/app/portfolio.db && echo unchanged");
    RunnerReport report = ProtocolJson.findReport(result.output()).orElseThrow();
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.NO_SPACE);
    assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
    String after = result.output().substring(result.output().lastIndexOf("-----END"));
    assertThat(after.lines().skip(1)).containsExactly("./app/portfolio.db", "unchanged");
  }

  @Test
  void aReadOnlyVolumeIsSaidToBeOne() throws Exception {
    Forked.Result result =
        inNamespace(tmpfs("8m") + "; mount -o remount,ro none $volume", "echo end");
    RunnerReport report = ProtocolJson.findReport(result.output()).orElseThrow();
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.READ_ONLY_VOLUME);
    assertThat(report.outcome()).isEqualTo(Outcome.REFUSED);
  }
}
