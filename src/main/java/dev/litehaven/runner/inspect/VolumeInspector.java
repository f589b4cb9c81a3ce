package dev.litehaven.runner.inspect;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.InspectReport;
import dev.litehaven.protocol.InspectReport.FileInfo;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Looks at a volume whose databases may be in use, and changes nothing. A file that cannot be used
 * is part of the result, not an error.
 *
 * <p>Must run in a process that has no SQLite connection to the volume: file headers are read by
 * plain I/O, which would drop the locks of such a connection.
 */
public final class VolumeInspector {
  private VolumeInspector() {}

  /**
   * @param complete whether the whole volume was looked through; it is not when it holds more
   *     entries or is deeper than {@link Candidates} goes
   */
  public record Result(InspectReport report, boolean complete) {}

  /**
   * @param files to look at; empty: those that are found
   * @param excludePatterns globs relative to the root, for what is found
   */
  public static Result inspect(Path mount, List<DatabaseFile> files, List<String> excludePatterns)
      throws IOException {
    Path root = SwapVolume.root(mount);
    SwapVolume.View journal = SwapVolume.inspect(root);
    boolean swapUnderWay = journal.unfinishedRun() != null;
    var inspector = new FileInspector(root, journal.unfinishedRun());
    List<FileInfo> infos = new ArrayList<>();
    boolean complete = true;
    if (files.isEmpty()) {
      Candidates.Found found = Candidates.find(root, excludePatterns, swapUnderWay);
      complete = found.complete();
      Set<String> names = new HashSet<>();
      for (Path file : found.paths()) {
        String path = root.relativize(file).toString();
        infos.add(inspector.inspect(new DatabaseFile(uniqueName(path, names), path)));
      }
      // Where nothing else is, what cannot be looked into is not the same as nothing.
      if (infos.stream().allMatch(info -> info.problem() != null)) {
        for (Path closed : found.closed()) {
          String path = root.relativize(closed).toString();
          infos.add(inspector.closed(new DatabaseFile(uniqueName(path, names), path)));
        }
      }
    } else {
      for (DatabaseFile file : files) {
        infos.add(inspector.inspect(file));
      }
    }
    FileStore store = Files.getFileStore(root);
    return new Result(
        new InspectReport(
            infos,
            store.type(),
            store.getUsableSpace(),
            store.getTotalSpace(),
            journal.unfinishedRun(),
            journal.highestEpoch()),
        complete);
  }

  /**
   * Refuses a database that cannot be worked on, for the reason an inspection would give. The
   * process must not have a connection to it yet.
   */
  public static FileInfo requireUsable(Path root, DatabaseFile file) throws IOException {
    FileInfo info = new FileInspector(root, SwapVolume.inspect(root).unfinishedRun()).inspect(file);
    if (info.problem() != null) {
      throw new RefusedException(info.problem(), info.message());
    }
    return info;
  }

  /** A short name from the file's own; from more of the path where two files share it. */
  static String uniqueName(String path, Set<String> taken) {
    String[] parts = path.split("/", -1);
    StringBuilder name = new StringBuilder();
    for (int i = parts.length - 1; i >= 0; i--) {
      String part = i == parts.length - 1 ? parts[i].replaceFirst("\\.[^.]+$", "") : parts[i];
      name.insert(0, part + (name.isEmpty() ? "" : "-"));
      String label = label(name.toString());
      if (!label.isEmpty() && taken.add(label)) {
        return label;
      }
    }
    String base = label(path);
    int suffix = 2;
    while (!taken.add(base + "-" + suffix)) {
      suffix++;
    }
    return base + "-" + suffix;
  }

  private static String label(String text) {
    return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
  }
}
