package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.InspectReport.FileInfo;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.inspect.VolumeInspector;
import dev.litehaven.runner.sqlite.LiveCut;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Copies of a database that its application may be using, as three steps begin: of all its files,
 * as of one instant.
 */
final class Copies {
  private Copies() {}

  /**
   * Work on consistent copies; they and everything else in the scratch space are gone afterwards.
   */
  interface OnCopy {
    /**
     * @param first the first file as it is
     * @param copies by the names of their files, in their order
     */
    Step.Ending run(FileInfo first, Map<String, Path> copies, Scratch scratch) throws Exception;
  }

  static Step.Ending onCopy(StepContext context, OnCopy work) throws Exception {
    // All of them before any is opened: it is done by plain I/O.
    FileInfo first =
        context.phase("inspect", "Looking at " + context.paths(), () -> requireUsable(context));
    try (Scratch scratch = context.scratch(Owner.of(context.live(context.firstFile())))) {
      Map<String, Path> copies =
          context.phase(
              "copy",
              "Copying " + context.paths() + " as it is now",
              () -> copy(context, scratch, LiveCut::copy));
      context.interruption().check();
      return work.run(first, copies, scratch);
    }
  }

  /** How the live files become copies. */
  @FunctionalInterface
  interface Cut {
    void copy(Map<Path, Path> targets) throws IOException;
  }

  /** Of all files as of one instant, into the scratch space. */
  static Map<String, Path> copy(StepContext context, Scratch scratch, Cut cut) throws IOException {
    Map<String, Path> copies = new LinkedHashMap<>();
    Map<Path, Path> targets = new LinkedHashMap<>();
    for (DatabaseFile file : context.files()) {
      Path target = scratch.file("copy-" + file.name() + ".db");
      copies.put(file.name(), target);
      targets.put(context.live(file), target);
    }
    cut.copy(targets);
    return copies;
  }

  static FileInfo requireUsable(StepContext context) throws IOException {
    FileInfo first = null;
    for (DatabaseFile file : context.files()) {
      FileInfo info = VolumeInspector.requireUsable(context.root(), file);
      context.say(seen(info));
      first = first == null ? info : first;
    }
    return first;
  }

  private static String seen(FileInfo file) {
    if (file.message() != null) {
      return file.message();
    }
    String tables = file.tables() == 1 ? " has 1 table" : " has " + file.tables() + " tables";
    String version = file.schemaVersion() == null ? "" : " at version " + file.schemaVersion();
    String history =
        file.historyTool() == null ? "" : ", history of " + file.historyTool() + version;
    return file.path() + tables + ", journal mode " + file.journalMode() + history;
  }
}
