package dev.litehaven.runner.swap;

import dev.litehaven.runner.steps.VolumeOpener;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Volumes that tell of each step of the swap, in words, just before they take it. */
public final class WatchedVolume {
  private WatchedVolume() {}

  public static VolumeOpener before(Consumer<String> step) {
    return watched(step, UnaryOperator.identity());
  }

  /** The same without any sync of a file: what a test of power losses must notice. */
  public static VolumeOpener unsynced(Consumer<String> step) {
    return watched(step, Mutation.NO_FSYNC_OF_FILES::apply);
  }

  private static VolumeOpener watched(Consumer<String> step, UnaryOperator<FileOps> mutation) {
    return (root, run) -> {
      var facts = new LinuxVolumeFacts();
      var ops =
          CrashingFileOps.failing(
              new PosixFileOps(),
              (n, what) -> {
                step.accept(what);
                return false;
              },
              0);
      return SwapVolume.open(root, run, mutation.apply(ops), facts, new SqliteQuiescer(facts));
    };
  }
}
