package dev.litehaven.operator.database;

import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.operator.workload.WorkloadObservation;
import dev.litehaven.operator.workload.WorkloadPlanner;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What is said of a database from who uses its claim. */
final class DatabaseWords {
  private static final int MAX_OTHERS = 3;

  private DatabaseWords() {}

  /** Who is stopped for a run, how, and who else is waited for. */
  static String how(VolumeUse volume) {
    return usedBy(volume.workloads()) + alsoMountedBy(volume.others());
  }

  /** How a run stops a workload, as status has it. */
  static String method(WorkloadObservation workload) {
    return switch (WorkloadPlanner.method(workload)) {
      case HOLD -> "Hold";
      case SCALE -> "Scale";
    };
  }

  private static String usedBy(List<WorkloadObservation> workloads) {
    return workloads.isEmpty()
        ? "No Deployment or StatefulSet mounts the claim."
        : workloads.stream()
            .map(
                workload ->
                    "%s (a run stops it by %s)"
                        .formatted(
                            workload.ref().display(), method(workload).toLowerCase(Locale.ROOT)))
            .collect(Collectors.joining(", ", "Used by ", "."));
  }

  private static String alsoMountedBy(List<String> others) {
    return others.isEmpty()
        ? ""
        : " Also mounts the claim: %s%s; a migration waits for its pods."
            .formatted(
                String.join(", ", others.stream().limit(MAX_OTHERS).toList()),
                others.size() > MAX_OTHERS
                    ? " and %d more".formatted(others.size() - MAX_OTHERS)
                    : "");
  }
}
