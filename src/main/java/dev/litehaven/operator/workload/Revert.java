package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.AppVersion;
import dev.litehaven.operator.workload.Quiesced.Method;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What to put back in Git where the data went back and the code could not: a workload of which only
 * the newest template can be started. Pure.
 */
public final class Revert {
  private Revert() {}

  /**
   * A sentence that names the image; empty where the code that fits runs or can come back, or where
   * none is known.
   *
   * @param ledger newest first
   * @param schemaVersion that the database is at; null: none applied
   */
  public static Optional<String> advice(
      WorkloadObservation seen, List<AppVersion> ledger, String schemaVersion) {
    return ledger.stream()
        .filter(entry -> entry.workload().equals(seen.ref().path()))
        .filter(entry -> Objects.equals(entry.schemaVersion(), schemaVersion))
        .findFirst()
        .filter(entry -> onlyNewest(seen, entry.template()))
        .flatMap(entry -> advice(seen, entry, schemaVersion));
  }

  private static Optional<String> advice(
      WorkloadObservation seen, AppVersion ran, String schemaVersion) {
    return seen.newestTemplate()
        .flatMap(seen::template)
        .filter(newest -> !newest.images().contains(ran.image()))
        .map(
            newest ->
                "%s can start only its newest template, %s, which %s: put image %s, which ran on version %s, back in Git."
                    .formatted(
                        seen.ref().display(),
                        String.join(", ", newest.images()),
                        WorkloadPlanner.method(seen) == Method.SCALE
                            ? "is what runs now, on the schema of before"
                            : "stays at the gate",
                        ran.image(),
                        schemaVersion == null ? "none" : schemaVersion));
  }

  private static boolean onlyNewest(WorkloadObservation seen, String template) {
    return WorkloadPlanner.method(seen) == Method.SCALE
        || switch (seen.rollout()) {
          case Rollout.OfDeployment d -> !d.keepsOldTemplate();
          case Rollout.OfStatefulSet s -> !s.currentTemplate().equals(template);
        };
  }
}
