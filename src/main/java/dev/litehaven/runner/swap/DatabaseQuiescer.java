package dev.litehaven.runner.swap;

import java.io.IOException;
import java.nio.file.Path;

/** The steps of a swap that only SQLite can do. Nothing stays open between them. */
interface DatabaseQuiescer {
  /**
   * Lets SQLite finish whatever a crash left and move everything into the one file, then closes it.
   *
   * @return the journal mode that the file remembers: {@code wal} or {@code delete}
   * @throws dev.litehaven.protocol.RefusedException DATABASE_LOCKED, CORRUPT, NOT_A_DATABASE
   */
  String quiesce(Path database) throws IOException;

  /** Gives a copy the journal mode of its original, everything in the one file, and closes it. */
  void finish(Path copy, String journalMode) throws IOException;
}
