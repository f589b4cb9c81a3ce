package dev.litehaven.runner;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.sqlite.ContentHash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A volume with a database of several files, and requests about it.
 *
 * @param files in their order; paths below the root
 */
record FileSetVolume(Path root, List<DatabaseFile> files) {
  RunnerRequest request(RunnerStep step, String run, long epoch, MigrationWork work) {
    return new RunnerRequest(
        RunnerRequest.FORMAT_VERSION,
        step,
        new RunRef(run, "team/set", "claim-uid", epoch, "set"),
        root.toString(),
        files,
        List.of(),
        work,
        BackupTarget.ON_VOLUME,
        run,
        false,
        null);
  }

  RunnerReport run(RunnerStep step, String run, long epoch, MigrationWork work) {
    return Volume.run(request(step, run, epoch, work));
  }

  Path path(String name) {
    return files.stream()
        .filter(file -> file.name().equals(name))
        .map(file -> root.resolve(file.path()))
        .findFirst()
        .orElseThrow();
  }

  /** What every file says, in their order; none may be in use. */
  List<String> contents() throws SQLException {
    List<String> hashes = new ArrayList<>();
    for (DatabaseFile file : files) {
      hashes.add(ContentHash.ofFile(root.resolve(file.path())).hash());
    }
    return hashes;
  }

  /** What a run has made beside the live files. */
  TreeSet<String> leftOvers() throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return new TreeSet<>(
          all.filter(Files::isRegularFile)
              .map(file -> root.relativize(file).toString())
              .filter(name -> name.contains(".lh-") || name.contains(".litehaven/tmp/"))
              .toList());
    }
  }
}
