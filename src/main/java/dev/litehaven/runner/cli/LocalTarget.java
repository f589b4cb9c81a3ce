package dev.litehaven.runner.cli;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A database on this machine as the runner sees one in a pod: a volume root and paths below it.
 *
 * @param root the volume's root, real path
 * @param files empty when the whole volume is meant
 */
record LocalTarget(Path root, List<DatabaseFile> files) {
  private static final Pattern NAMED = Pattern.compile("([a-z0-9]([a-z0-9_-]*[a-z0-9])?)=(.+)");

  /** A file as it was given, reached without a link but perhaps one itself. */
  private record Given(String name, Path real) {}

  /**
   * @param databases files, each perhaps with {@code name=} before it; may be empty when there is a
   *     volume
   * @param volume null: the first file's directory
   */
  static LocalTarget of(List<String> databases, Path volume) throws IOException {
    if (databases.isEmpty() && volume == null) {
      throw new RefusedException(
          Reason.INVALID_REQUEST, "Name the database with --database, or a volume with --volume.");
    }
    List<Given> given = new ArrayList<>();
    for (String database : databases) {
      given.add(given(database));
    }
    Path root = volume == null ? given.getFirst().real().getParent() : directory(volume);
    List<DatabaseFile> files = new ArrayList<>();
    for (Given file : given) {
      if (!file.real().startsWith(root)) {
        throw new RefusedException(
            Reason.PATH_OUTSIDE_VOLUME,
            file.real()
                + " is not below the volume "
                + root
                + (volume == null ? ". Name a directory that holds all with --volume." : "."));
      }
      files.add(new DatabaseFile(file.name(), root.relativize(file.real()).toString()));
    }
    return new LocalTarget(root, files);
  }

  private static Given given(String database) throws IOException {
    Matcher named = NAMED.matcher(database);
    boolean hasName = named.matches() && !Files.exists(Path.of(database));
    Path absolute = Path.of(hasName ? named.group(3) : database).toAbsolutePath().normalize();
    // The file itself may be a link, which the runner refuses; its directory may be reached by one.
    Path real = directory(absolute.getParent()).resolve(absolute.getFileName());
    if (hasName) {
      return new Given(named.group(1), real);
    }
    String name = absolute.getFileName().toString().replaceFirst("(?<=.)\\.[^.]*$", "");
    String label = name.replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^[._-]+|[._-]+$", "");
    return new Given(label.isEmpty() ? "main" : label, real);
  }

  private static Path directory(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      throw new RefusedException(Reason.FILE_NOT_FOUND, "There is no directory " + path + ".");
    }
    return path.toRealPath();
  }

  /** The next run on this volume. The fencing token goes on from where the volume stands. */
  RunRef nextRun(String migration, Instant now) throws IOException {
    String identity =
        files.isEmpty() ? root.toString() : root.resolve(files.getFirst().path()).toString();
    return new RunRef(
        "cli-" + Long.toString(now.toEpochMilli(), 36),
        identity,
        root.toString(),
        SwapVolume.inspect(root).highestEpoch() + 1,
        migration);
  }

  RunnerRequest request(
      RunnerStep step,
      RunRef run,
      MigrationWork work,
      BackupTarget backup,
      String targetRunId,
      boolean force,
      Path scratch) {
    return new RunnerRequest(
        RunnerRequest.FORMAT_VERSION,
        step,
        run,
        root.toString(),
        files,
        List.of(),
        work,
        backup,
        targetRunId,
        force,
        scratch == null ? null : scratch.toAbsolutePath().toString());
  }
}
