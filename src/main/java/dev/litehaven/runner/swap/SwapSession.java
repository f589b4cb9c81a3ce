package dev.litehaven.runner.swap;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.SwapReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Signatures only, in this commit. */
public final class SwapSession implements AutoCloseable {
  /** Recovery first, then refusals, quiesce, write lease, COPYING, and the private copies. */
  public static SwapSession begin(SwapVolume volume, String planHash, List<DatabaseFile> files)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /** The copy to back up and then migrate; beside the live file, {@code .<db>.lh-<run>.new}. */
  public Path copyOf(String fileName) {
    throw new UnsupportedOperationException();
  }

  /**
   * Swaps the copies in. The caller has closed them.
   *
   * @param contentHashes by file name, of the migrated copies; a rollback compares them where bytes
   *     differ. May be empty
   */
  public SwapReport commit(Map<String, String> contentHashes) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Undoes everything unless committed. */
  @Override
  public void close() throws IOException {
    throw new UnsupportedOperationException();
  }
}
