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
import java.util.List;

/**
 * A database file on this machine as the runner sees one in a pod: a volume root and a path below
 * it.
 *
 * @param root the volume's root, real path
 * @param file null when the whole volume is meant
 */
record LocalTarget(Path root, DatabaseFile file) {
  /**
   * @param database may be null when there is a volume
   * @param volume null: the database's directory
   */
  static LocalTarget of(Path database, Path volume) throws IOException {
    if (database == null && volume == null) {
      throw new RefusedException(
          Reason.INVALID_REQUEST, "Name the database with --database, or a volume with --volume.");
    }
    if (database == null) {
      return new LocalTarget(directory(volume), null);
    }
    Path absolute = database.toAbsolutePath().normalize();
    // The file itself may be a link, which the runner refuses; its directory may be reached by one.
    Path parent = directory(absolute.getParent());
    Path root = volume == null ? parent : directory(volume);
    Path real = parent.resolve(absolute.getFileName());
    if (!real.startsWith(root)) {
      throw new RefusedException(
          Reason.PATH_OUTSIDE_VOLUME, database + " is not below the volume " + volume + ".");
    }
    String name = absolute.getFileName().toString().replaceFirst("(?<=.)\\.[^.]*$", "");
    String label = name.replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^[._-]+|[._-]+$", "");
    return new LocalTarget(
        root, new DatabaseFile(label.isEmpty() ? "main" : label, root.relativize(real).toString()));
  }

  private static Path directory(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      throw new RefusedException(Reason.FILE_NOT_FOUND, "There is no directory " + path + ".");
    }
    return path.toRealPath();
  }

  /** The next run on this volume. The fencing token goes on from where the volume stands. */
  RunRef nextRun(String migration, Instant now) throws IOException {
    String identity = file == null ? root.toString() : root.resolve(file.path()).toString();
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
        file == null ? List.of() : List.of(file),
        List.of(),
        work,
        backup,
        targetRunId,
        force,
        scratch == null ? null : scratch.toAbsolutePath().toString());
  }
}
