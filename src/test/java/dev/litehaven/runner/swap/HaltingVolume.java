package dev.litehaven.runner.swap;

import dev.litehaven.runner.steps.VolumeOpener;
import java.io.IOException;

/** Volumes whose process is gone, without any tidying up, before a chosen step of the swap. */
public final class HaltingVolume {
  private HaltingVolume() {}

  /**
   * @param steps how many steps still happen
   * @param exitCode of the process that dies
   */
  public static VolumeOpener after(int steps, int exitCode) {
    return after(steps, () -> Runtime.getRuntime().halt(exitCode));
  }

  /**
   * By the kernel, as the one of a node that runs out of memory does.
   *
   * @param steps how many steps still happen
   */
  public static VolumeOpener killedAfter(int steps) {
    return after(steps, HaltingVolume::killMyself);
  }

  private static VolumeOpener after(int steps, Runnable end) {
    return (root, run) -> {
      var facts = new LinuxVolumeFacts();
      var ops = new CrashingFileOps(new PosixFileOps(), steps, end);
      return SwapVolume.open(root, run, ops, facts, new SqliteQuiescer(facts));
    };
  }

  private static void killMyself() {
    try {
      new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid()))
          .start()
          .waitFor();
      throw new IllegalStateException("still alive");
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
