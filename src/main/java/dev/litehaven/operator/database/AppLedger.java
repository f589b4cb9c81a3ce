package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.AppVersion;
import dev.litehaven.operator.database.DatabaseObservation.Backup;
import dev.litehaven.operator.workload.AppImage;
import dev.litehaven.operator.workload.PodState;
import dev.litehaven.operator.workload.WorkloadObservation;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Which image ran on which schema version, from what is seen to be ready now: newest first, the
 * same list again as long as nothing new is seen. Pure.
 */
final class AppLedger {
  private AppLedger() {}

  /**
   * @param schemaVersion of the database as it is now; null: none applied
   * @param backups verified ones, newest first
   */
  static List<AppVersion> following(
      List<AppVersion> before,
      List<WorkloadObservation> workloads,
      String schemaVersion,
      List<Backup> backups,
      Instant now) {
    var all = new ArrayList<>(before);
    for (WorkloadObservation workload : workloads) {
      newestReady(workload)
          .ifPresent(pod -> note(all, seen(workload, pod, schemaVersion, now), backups));
    }
    return List.copyOf(all.subList(0, Math.min(all.size(), SQLiteDatabaseStatus.MAX_APP_VERSIONS)));
  }

  private static Optional<PodState> newestReady(WorkloadObservation workload) {
    return workload.openPods().stream()
        .filter(pod -> pod.ready() && pod.image().isPresent() && !pod.template().isEmpty())
        .max(Comparator.comparing(PodState::created).thenComparing(PodState::name));
  }

  private static AppVersion seen(
      WorkloadObservation workload, PodState pod, String schemaVersion, Instant now) {
    AppImage image = pod.image().orElseThrow();
    return new AppVersion(
        workload.ref().path(),
        pod.template(),
        image.name(),
        image.digest().isEmpty() ? null : image.digest(),
        schemaVersion,
        pod.requiresSchema().orElse(null),
        now.truncatedTo(ChronoUnit.SECONDS).toString(),
        null);
  }

  private static void note(List<AppVersion> all, AppVersion seen, List<Backup> backups) {
    int last =
        IntStream.range(0, all.size())
            .filter(i -> all.get(i).workload().equals(seen.workload()))
            .findFirst()
            .orElse(-1);
    if (last < 0) {
      all.addFirst(seen);
      return;
    }
    AppVersion known = all.get(last);
    if (same(known, seen)) {
      // Another template of the same image is the same code with other settings.
      all.set(
          last,
          new AppVersion(
              known.workload(),
              seen.template(),
              known.image(),
              seen.imageDigest() == null ? known.imageDigest() : seen.imageDigest(),
              known.schemaVersion(),
              seen.requiresSchema(),
              known.since(),
              known.backup()));
      return;
    }
    if (!Objects.equals(known.schemaVersion(), seen.schemaVersion())) {
      all.set(last, left(known, asItWasLeft(all, known, backups)));
    }
    all.addFirst(seen);
  }

  private static boolean same(AppVersion known, AppVersion seen) {
    boolean sameDigest =
        known.imageDigest() == null
            || seen.imageDigest() == null
            || known.imageDigest().equals(seen.imageDigest());
    return sameDigest
        && known.image().equals(seen.image())
        && Objects.equals(known.schemaVersion(), seen.schemaVersion());
  }

  /** The run that went away from a version has backed the database up just before. */
  private static String asItWasLeft(List<AppVersion> all, AppVersion known, List<Backup> backups) {
    return backups.stream()
        .filter(Backup::preMigration)
        .filter(backup -> Objects.equals(backup.schemaVersion(), known.schemaVersion()))
        .map(Backup::name)
        // One that an earlier stay on the same version was left with is older than this stay.
        .filter(
            name ->
                all.stream()
                    .filter(entry -> entry.workload().equals(known.workload()))
                    .noneMatch(entry -> name.equals(entry.backup())))
        .findFirst()
        .orElse(null);
  }

  private static AppVersion left(AppVersion known, String backup) {
    return new AppVersion(
        known.workload(),
        known.template(),
        known.image(),
        known.imageDigest(),
        known.schemaVersion(),
        known.requiresSchema(),
        known.since(),
        backup);
  }
}
