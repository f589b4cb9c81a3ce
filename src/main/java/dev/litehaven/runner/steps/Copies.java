package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.InspectReport.FileInfo;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.inspect.VolumeInspector;
import dev.litehaven.runner.sqlite.LiveCopy;
import java.nio.file.Path;

/** Copies of a database that its application may be using, as three steps begin. */
final class Copies {
  private Copies() {}

  /** Work on a consistent copy; it and everything else in the scratch space is gone afterwards. */
  interface OnCopy {
    Step.Ending run(FileInfo live, Path copy, Scratch scratch) throws Exception;
  }

  static Step.Ending onCopy(StepContext context, OnCopy work) throws Exception {
    Path root = context.root();
    DatabaseFile file = context.file();
    FileInfo info =
        context.phase(
            "inspect",
            "Looking at " + file.path(),
            () -> VolumeInspector.requireUsable(root, file));
    Path live = root.resolve(file.path());
    try (Scratch scratch = context.scratch(Owner.of(live))) {
      Path copy = scratch.file("copy.db");
      context.phase(
          "copy", "Copying " + file.path() + " as it is now", () -> LiveCopy.copy(live, copy));
      context.interruption().check();
      return work.run(info, copy, scratch);
    }
  }
}
