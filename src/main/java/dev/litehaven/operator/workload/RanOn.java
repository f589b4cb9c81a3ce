package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.AppVersion;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What is known of the code that fits a schema version. Pure. */
public final class RanOn {
  private RanOn() {}

  /**
   * The template to start on a database of this version: the newest one, where it has the image
   * that ran on it last, else the one that had; empty when no image is known to have run on it.
   *
   * @param ledger newest first
   * @param schemaVersion null: none applied
   */
  public static Optional<String> template(
      WorkloadObservation seen, List<AppVersion> ledger, String schemaVersion) {
    return ledger.stream()
        .filter(entry -> entry.workload().equals(seen.ref().path()))
        .filter(entry -> Objects.equals(entry.schemaVersion(), schemaVersion))
        .findFirst()
        .map(
            entry ->
                seen.newestTemplate()
                    .filter(
                        newest ->
                            seen.template(newest)
                                .filter(template -> template.images().contains(entry.image()))
                                .isPresent())
                    // The same image on both versions: only the template tells them apart.
                    .filter(newest -> !ranLaterOn(ledger, seen, entry, newest))
                    .orElse(entry.template()));
  }

  private static boolean ranLaterOn(
      List<AppVersion> ledger, WorkloadObservation seen, AppVersion entry, String template) {
    return ledger.subList(0, ledger.indexOf(entry)).stream()
        .filter(later -> later.workload().equals(seen.ref().path()))
        .anyMatch(later -> later.template().equals(template));
  }
}
