package dev.litehaven.operator.location;

import dev.litehaven.operator.Settings;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.location.LocationTarget.Keys;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import java.util.List;

/** The pod that tries a place. Pure. */
final class ProbePodFactory {
  private ProbePodFactory() {}

  static String jobName(String runId) {
    return Names.job(runId, RunnerStep.PROBE.name(), 1);
  }

  static RunnerPod pod(LocationObservation seen, Settings settings) {
    String runId = seen.status().probeRun().id();
    LocationTarget place = LocationTarget.of(seen.spec(), Keys.WITHOUT_IDENTITY);
    var request =
        new RunnerRequest(
            RunnerRequest.FORMAT_VERSION,
            RunnerStep.PROBE,
            new RunRef(
                runId,
                seen.namespace() + "/" + seen.name(),
                seen.uid(),
                0,
                "BackupLocation/" + seen.name()),
            RunnerPod.SCRATCH_MOUNT,
            List.of(),
            List.of(),
            null,
            place.target(),
            null,
            false,
            RunnerPod.SCRATCH_MOUNT);
    return new RunnerPod(
        seen.namespace(),
        jobName(runId),
        null,
        null,
        request,
        null,
        RunnerPod.SCRATCH_MOUNT,
        null,
        place.access(),
        seen.identity().orGroupOfImage(),
        seen.node(),
        settings.runnerImage(),
        settings.runnerPullPolicy(),
        null,
        List.of(),
        null);
  }
}
