package dev.litehaven.runner.swap;

import java.io.IOException;

/** Signatures only, in this commit. */
public final class Settle {
  private Settle() {}

  /** Removes what the run kept, once the caller knows that its backup is verified. */
  public static void settle(SwapVolume volume, String targetRunId) throws IOException {
    throw new UnsupportedOperationException();
  }
}
