package dev.litehaven.operator.database;

import dev.litehaven.operator.Settings;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.job.StoreAccess;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import java.util.List;

/** The pod that looks at a volume, or recovers it. Pure. */
final class DatabasePodFactory {
  private DatabasePodFactory() {}

  /** What the pod does: looks, or recovers where that is under way. */
  static RunnerStep step(DatabaseObservation seen) {
    return seen.status().recovery() == null ? RunnerStep.INSPECT : RunnerStep.RECOVER;
  }

  static String runId(DatabaseObservation seen) {
    String last = seen.status().inspectedAt();
    return seen.status().recovery() != null
        ? seen.status().recovery().id()
        : "i-" + Names.shortHash(seen.uid(), seen.key(claimUid(seen)), last == null ? "" : last);
  }

  static String jobName(DatabaseObservation seen) {
    var recovery = seen.status().recovery();
    return Names.job(runId(seen), step(seen).name(), recovery == null ? 1 : recovery.attempt());
  }

  static RunnerPod pod(DatabaseObservation seen, Settings settings) {
    var mount = seen.volume().mount();
    var spec = seen.spec();
    var request =
        new RunnerRequest(
            RunnerRequest.FORMAT_VERSION,
            step(seen),
            new RunRef(
                runId(seen),
                StatusDraft.identity(seen),
                claimUid(seen),
                epoch(seen.lock()),
                "SQLiteDatabase/" + seen.name()),
            mount.path(),
            files(seen),
            spec.exclude(),
            null,
            BackupTarget.ON_VOLUME,
            target(seen),
            false,
            null);
    return new RunnerPod(
        seen.namespace(),
        jobName(seen),
        seen.name(),
        null,
        request,
        spec.claimName(),
        mount.path(),
        mount.subPath(),
        StoreAccess.NONE,
        mount.runner(FileOwner.of(seen.status()), spec.runner().allowRoot()),
        mount.node(),
        settings.runnerImage(),
        settings.runnerPullPolicy(),
        spec.runner().resources(),
        spec.runner().tolerations(),
        spec.runner().priorityClassName());
  }

  /** The run of which to say what was written since; null: none. */
  private static String target(DatabaseObservation seen) {
    var downgrade = seen.status().downgrade();
    return seen.status().recovery() != null || downgrade == null || downgrade.countedAt() != null
        ? null
        : downgrade.run();
  }

  /** To say what was written, they must be named, also where they were found by their header. */
  private static List<DatabaseFile> files(DatabaseObservation seen) {
    return seen.spec().files().isEmpty() && target(seen) != null
        ? seen.status().files().stream()
            .map(file -> new DatabaseFile(file.name(), file.path()))
            .toList()
        : seen.spec().files().stream()
            .map(file -> new DatabaseFile(file.name(), file.path()))
            .toList();
  }

  static long epoch(LockState lock) {
    return lock instanceof LockState.Held held ? held.epoch() : 0;
  }

  private static String claimUid(DatabaseObservation seen) {
    return seen.volume().claim().orElseThrow().uid();
  }
}
