package dev.litehaven.runner.steps;

import dev.litehaven.protocol.RunRef;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.file.Path;

/** How a step takes a volume; tests take one that fails where they want it to. */
@FunctionalInterface
public interface VolumeOpener {
  SwapVolume open(Path root, RunRef run) throws IOException;
}
