package dev.litehaven.runner.migrate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files that SQLite puts beside a database. */
final class Sidecars {
  private static final List<String> SUFFIXES = List.of("-wal", "-shm", "-journal");

  private Sidecars() {}

  /**
   * @throws IllegalStateException a file beside the copy could hold content that the copy lacks: a
   *     mistake of whoever made the copy, not of the user
   */
  static void requireNone(Path copy) throws IOException {
    for (String suffix : SUFFIXES) {
      Path sidecar = copy.resolveSibling(copy.getFileName() + suffix);
      if (Files.exists(sidecar) && Files.size(sidecar) > 0) {
        throw new IllegalStateException("a database at rest has no " + sidecar);
      }
    }
  }
}
