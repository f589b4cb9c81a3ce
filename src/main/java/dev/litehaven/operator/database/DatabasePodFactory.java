package dev.litehaven.operator.database;

import dev.litehaven.operator.Settings;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;

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
    Long owner =
        seen.status().files().isEmpty() ? null : seen.status().files().getFirst().ownerUid();
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
            spec.files().stream().map(file -> new DatabaseFile(file.name(), file.path())).toList(),
            spec.exclude(),
            null,
            BackupTarget.ON_VOLUME,
            null,
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
        null,
        mount.identity().orOwner(owner),
        mount.node(),
        settings.runnerImage(),
        settings.runnerPullPolicy(),
        spec.runner().resources(),
        spec.runner().tolerations(),
        spec.runner().priorityClassName());
  }

  static long epoch(LockState lock) {
    return lock instanceof LockState.Held held ? held.epoch() : 0;
  }

  private static String claimUid(DatabaseObservation seen) {
    return seen.volume().claim().orElseThrow().uid();
  }
}
