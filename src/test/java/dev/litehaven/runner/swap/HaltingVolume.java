package dev.litehaven.runner.swap;

import dev.litehaven.runner.steps.VolumeOpener;

/** Volumes whose process is gone, without any tidying up, before a chosen step of the swap. */
public final class HaltingVolume {
  private HaltingVolume() {}

  /**
   * @param steps how many steps still happen
   * @param exitCode of the process that dies
   */
  public static VolumeOpener after(int steps, int exitCode) {
    return (root, run) -> {
      var facts = new LinuxVolumeFacts();
      var ops =
          new CrashingFileOps(new PosixFileOps(), steps, () -> Runtime.getRuntime().halt(exitCode));
      return SwapVolume.open(root, run, ops, facts, new SqliteQuiescer(facts));
    };
  }
}
