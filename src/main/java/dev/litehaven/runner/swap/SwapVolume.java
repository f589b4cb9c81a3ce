package dev.litehaven.runner.swap;

import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.SwapReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Signatures only, in this commit. */
public final class SwapVolume implements AutoCloseable {
  /** Takes the volume's lock and raises its epoch; refuses when held or when the epoch is lower. */
  public static SwapVolume open(Path root, RunRef run) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** What the journal says, without lock and without changing anything. */
  public static View inspect(Path root) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** How the named run ended, from the journal; empty when the volume does not know it. */
  public Optional<SwapReport> report(String runId) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** The failed state that a rollback kept; empty when there is none. */
  public Optional<Path> failedFile(String runId, String fileName) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * @param unfinishedRun run whose swap is half done; null: none
   */
  public record View(long highestEpoch, String unfinishedRun) {}
}
