package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.runner.steps.Interruption;
import dev.litehaven.runner.steps.Progress;
import dev.litehaven.runner.steps.StoreOpener;
import dev.litehaven.runner.steps.VolumeOpener;
import dev.litehaven.runner.store.WatchedStore;
import dev.litehaven.runner.swap.HaltingVolume;
import dev.litehaven.runner.swap.SwapVolume;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A process that does what a request says and dies where it is told to. */
final class DyingRunner {
  /** What a process killed by SIGKILL shows. */
  static final int KILLED = 137;

  private DyingRunner() {}

  /**
   * Says whether a process with these arguments died before it was through.
   *
   * @param dir where its request may lie
   */
  static boolean dies(Path dir, RunnerRequest request, String kind, String where) throws Exception {
    Path file = Files.writeString(dir.resolve("request.json"), ProtocolJson.write(request));
    Forked.Result result =
        Forked.java(
            kind.equals("file")
                ? List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", DyingFiles.OPTION)
                : List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
            DyingRunner.class.getName(),
            file.toString(),
            kind,
            where);
    assertThat(result.exitCode()).as(result.output()).isIn(0, KILLED);
    return result.exitCode() == KILLED;
  }

  /**
   * @param args a request's file, then {@code line} and the beginning of the progress line at which
   *     to die, {@code step}, or {@code kill} for SIGKILL, and the number of steps of the swap
   *     before which not to, {@code file} and the number of other changes to the volume, or {@code
   *     store} and the number of things done with a place for backups before which not to
   */
  public static void main(String[] args) throws Exception {
    RunnerRequest request = ProtocolJson.readRequest(Files.readString(Path.of(args[0])));
    VolumeOpener volumes = SwapVolume::open;
    Progress progress = line -> {};
    StoreOpener stores = StoreOpener.AS_IT_IS;
    switch (args[1]) {
      case "store" -> {
        var left = new AtomicInteger(Integer.parseInt(args[2]));
        stores =
            store ->
                new WatchedStore(
                    store,
                    operation -> {
                      if (left.getAndDecrement() == 0) {
                        Runtime.getRuntime().halt(KILLED);
                      }
                    });
      }
      case "file" -> DyingFiles.dieAfter(Path.of(request.mountPath()), Integer.parseInt(args[2]));
      case "step" -> volumes = HaltingVolume.after(Integer.parseInt(args[2]), KILLED);
      case "kill" -> volumes = HaltingVolume.killedAfter(Integer.parseInt(args[2]));
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
        new Runner(
                Clock.systemUTC(), System::nanoTime, progress, new Interruption(), volumes, stores)
            .run(request)
            .report();
    System.out.println(report.reason() + " " + report.message());
    System.exit(Runner.exitCode(report));
  }
}
