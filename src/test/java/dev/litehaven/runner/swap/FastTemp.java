package dev.litehaven.runner.swap;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * A temporary directory in memory where there is one: thousands of runs that each sync a dozen
 * times take minutes on a disk, and what a killed process leaves does not depend on syncing.
 */
public final class FastTemp implements TempDirFactory {
  private static final Path MEMORY = Path.of("/dev/shm");

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext extension)
      throws Exception {
    return Files.isWritable(MEMORY)
        ? Files.createTempDirectory(MEMORY, "litehaven-test")
        : Files.createTempDirectory("litehaven-test");
  }
}
