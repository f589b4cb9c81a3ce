package dev.litehaven.runner.swap;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Hashes what a database says rather than how its pages lie, so that a file whose bytes differ only
 * by a VACUUM or a journal mode still counts as the same.
 */
@FunctionalInterface
public interface ContentHasher {
  /**
   * @param database a quiesced database; the hasher may open it with SQLite and must have closed it
   *     when it returns
   */
  String hash(Path database) throws IOException;
}
