package dev.litehaven.runner.swap;

import dev.litehaven.protocol.SwapReport;
import java.io.IOException;
import java.util.Optional;

/** Signatures only, in this commit. */
public final class Recovery {
  private Recovery() {}

  /** Finishes or undoes what an earlier run left; empty when there was nothing. */
  public static Optional<SwapReport> recover(SwapVolume volume) throws IOException {
    throw new UnsupportedOperationException();
  }
}
