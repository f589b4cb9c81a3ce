package dev.litehaven.runner;

import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.runner.steps.Interruption;
import dev.litehaven.runner.steps.Progress;
import dev.litehaven.runner.steps.VolumeOpener;
import dev.litehaven.runner.swap.HaltingVolume;
import dev.litehaven.runner.swap.SwapVolume;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;

/** A process that does what a request says and dies where it is told to. */
final class DyingRunner {
  /** What a process killed by SIGKILL shows. */
  static final int KILLED = 137;

  private DyingRunner() {}

  /**
   * @param args a request's file, then {@code line} and the beginning of the progress line at which
   *     to die, or {@code step} and the number of steps of the swap before which not to
   */
  public static void main(String[] args) throws Exception {
    VolumeOpener volumes = SwapVolume::open;
    Progress progress = line -> {};
    switch (args[1]) {
      case "step" -> volumes = HaltingVolume.after(Integer.parseInt(args[2]), KILLED);
      case "line" ->
          progress =
              line -> {
                if (line.startsWith(args[2])) {
                  Runtime.getRuntime().halt(KILLED);
                }
              };
      default -> throw new IllegalArgumentException(args[1]);
    }
    RunnerReport report =
        new Runner(Clock.systemUTC(), System::nanoTime, progress, new Interruption(), volumes)
            .run(ProtocolJson.readRequest(Files.readString(Path.of(args[0]))))
            .report();
    System.out.println(report.reason() + " " + report.message());
    System.exit(Runner.exitCode(report));
  }
}
