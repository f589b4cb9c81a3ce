package dev.litehaven.operator.run;

import dev.litehaven.operator.volume.VolumeUse;
import java.util.Optional;

/** What the planner of a run sees, and what its actor needs beside it. */
public record RunSeen(RunObservation observation, Optional<VolumeUse> volume) {}
