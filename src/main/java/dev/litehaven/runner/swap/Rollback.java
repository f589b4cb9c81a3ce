package dev.litehaven.runner.swap;

import dev.litehaven.protocol.SwapReport;
import java.io.IOException;

/** Signatures only, in this commit. */
public final class Rollback {
  private Rollback() {}

  /**
   * Puts the files of before the named run back and keeps the failed ones.
   *
   * @param hasher asked only when bytes differ and the run recorded content hashes
   */
  public static SwapReport rollback(
      SwapVolume volume, String targetRunId, boolean force, ContentHasher hasher)
      throws IOException {
    throw new UnsupportedOperationException();
  }
}
