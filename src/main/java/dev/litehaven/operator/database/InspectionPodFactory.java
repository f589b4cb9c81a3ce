package dev.litehaven.operator.database;

import dev.litehaven.operator.Settings;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.job.StoreAccess;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import java.util.Optional;

/** The pod that looks at a volume. Pure. */
final class InspectionPodFactory {
  private InspectionPodFactory() {}

  static String runId(
      String uid, String claimUid, long generation, Optional<String> requestedAt, String last) {
    return "i-"
        + Names.shortHash(
            uid,
            DatabaseObservation.inspectionKey(claimUid, generation, requestedAt),
            last == null ? "" : last);
  }

  static String jobName(DatabaseObservation seen) {
    return Names.job(run(seen), RunnerStep.INSPECT.name(), 1);
  }

  static RunnerPod pod(DatabaseObservation seen, Settings settings) {
    var mount = seen.volume().mount();
    var spec = seen.spec();
    Long owner =
        seen.status().files().isEmpty() ? null : seen.status().files().getFirst().ownerUid();
    var request =
        new RunnerRequest(
            RunnerRequest.FORMAT_VERSION,
            RunnerStep.INSPECT,
            new RunRef(
                run(seen),
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
        StoreAccess.NONE,
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

  private static String run(DatabaseObservation seen) {
    return runId(
        seen.uid(),
        claimUid(seen),
        seen.generation(),
        seen.requestedAt(),
        seen.status().inspectedAt());
  }

  private static String claimUid(DatabaseObservation seen) {
    return seen.volume().claim().orElseThrow().uid();
  }
}
