package dev.litehaven.runner.steps;

import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.restore.RestoreTokens;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The reports of finished steps, kept on the volume so that they outlive the pod that made them. A
 * report that announces a swap is written before the swap and counts only once the journal says
 * that the swap is done; so a runner that dies right after the swap loses nothing.
 */
public final class StoredReports {
  /** How many are kept. */
  static final int KEPT = 50;

  /** States that only a run which had swapped can be in. */
  private static final Set<String> SWAPPED = Set.of("DONE", "ROLLBACK", "ROLLED_BACK");

  private static final String SUFFIX = ".json";
  private static final String ANNOUNCED = ".announced";

  private final Path directory;

  public StoredReports(Path root) {
    directory = root.resolve(".litehaven").resolve("reports");
  }

  /** Writes what will be true once the swap is done. */
  void announce(RunnerReport report, Owner owner) throws IOException {
    write(file(report.runId(), report.step(), ANNOUNCED), report, owner);
  }

  /** The report under the run that it is about, which is how it will be asked for. */
  static RunnerReport as(String runId, RunnerReport report) {
    return new RunnerReport(
        report.formatVersion(),
        report.step(),
        runId,
        report.epoch(),
        report.outcome(),
        report.reason(),
        report.message(),
        report.plan(),
        report.backups(),
        report.swap(),
        report.inspect(),
        report.restore(),
        report.store(),
        report.timingsMillis());
  }

  /** Writes what is true, in the place of what was announced. */
  void store(RunnerReport report, Owner owner) throws IOException {
    write(file(report.runId(), report.step(), SUFFIX), report, owner);
    Files.deleteIfExists(file(report.runId(), report.step(), ANNOUNCED));
    prune();
  }

  /** Makes announced reports and tokens stored ones, or removes them, as the journal has it. */
  void reconcile(SwapVolume volume) throws IOException {
    new RestoreTokens(volume.root())
        .reconcile(
            runId -> volume.report(runId).filter(s -> SWAPPED.contains(s.state())).isPresent());
    for (Path announced : list("*" + ANNOUNCED)) {
      Optional<RunnerReport> report = read(announced);
      boolean done =
          report.isPresent()
              && volume
                  .report(report.get().runId())
                  .filter(s -> s.state().equals("DONE"))
                  .isPresent();
      Path stored = done ? file(report.get().runId(), report.get().step(), SUFFIX) : null;
      // One that is stored is what is true; who stored it died before the other was gone.
      if (done && !Files.exists(stored)) {
        Files.move(announced, stored);
        DurableFiles.syncDirectory(directory);
      } else {
        Files.deleteIfExists(announced);
      }
    }
  }

  Optional<RunnerReport> find(String runId, RunnerStep step) throws IOException {
    return read(file(runId, step, SUFFIX));
  }

  /** The run whose database was swapped in last; empty when no report of one is left. */
  public Optional<String> newestSwappingRun() throws IOException {
    List<Path> swapped = new ArrayList<>(list("*-{migrate,restore}" + SUFFIX));
    swapped.sort(Comparator.comparing(StoredReports::writtenAt).reversed());
    for (Path path : swapped) {
      Optional<RunnerReport> report = read(path);
      if (report.isPresent() && report.get().swap() != null) {
        return Optional.of(report.get().runId());
      }
    }
    return Optional.empty();
  }

  private void write(Path file, RunnerReport report, Owner owner) throws IOException {
    DurableFiles.createDirectories(directory, owner);
    DurableFiles.write(file, ProtocolJson.write(report).getBytes(StandardCharsets.UTF_8), owner);
  }

  private static Optional<RunnerReport> read(Path file) throws IOException {
    try {
      return Optional.of(ProtocolJson.readReport(Files.readString(file)));
    } catch (NoSuchFileException | RefusedException e) {
      return Optional.empty();
    }
  }

  private void prune() throws IOException {
    List<Path> all = new ArrayList<>(list("*" + SUFFIX));
    all.sort(Comparator.comparing(StoredReports::writtenAt).reversed());
    for (Path old : all.subList(Math.min(KEPT, all.size()), all.size())) {
      Files.deleteIfExists(old);
    }
  }

  private static FileTime writtenAt(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  private List<Path> list(String glob) throws IOException {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, glob)) {
        entries.forEach(found::add);
      }
    }
    return found;
  }

  private Path file(String runId, RunnerStep step, String suffix) {
    return directory.resolve(runId + "-" + step.name().toLowerCase(Locale.ROOT) + suffix);
  }
}
