package dev.litehaven.operator.schedule;

import dev.litehaven.api.v1alpha1.BackupScheduleSpec.RestoreDrill;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.DrillRun;
import dev.litehaven.operator.Settings;
import dev.litehaven.operator.backup.Place;
import dev.litehaven.operator.backup.PlaceFactory;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.job.StoreAccess;
import dev.litehaven.operator.location.LocationTarget.Keys;
import dev.litehaven.operator.naming.Labels;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.VerifyRules;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;

/** The scratch volume of a restore drill and its pods: only the first has the credentials. Pure. */
final class DrillPodFactory {
  private static final String MOUNT = "/var/lib/litehaven/data";
  private static final long LEAST_BYTES = 256L << 20;

  /** What a drill is about, beside what its status says. */
  record Subject(
      String namespace,
      String schedule,
      String identity,
      List<DatabaseFile> files,
      String backupId,
      Place place,
      RunnerPod.Identity user) {}

  private DrillPodFactory() {}

  static String claimName(String runId) {
    return Names.label("lh-" + runId + "-scratch");
  }

  static String jobName(DrillRun run) {
    return Names.job(run.id(), step(run).name(), 1);
  }

  static RunnerStep step(DrillRun run) {
    return switch (DrillPlanner.Step.of(run.step())) {
      case FETCH -> RunnerStep.FETCH;
      case RESTORE -> RunnerStep.RESTORE;
      case VERIFY -> RunnerStep.VERIFY;
      case CLAIM, CLEAN -> throw new IllegalStateException(run.step() + " has no pod");
    };
  }

  /** What was fetched, what is put in place of it, and a copy to look at: and some room. */
  static PersistentVolumeClaim claim(
      String namespace, String runId, RestoreDrill drill, long bytes, OwnerReference owner) {
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withName(claimName(runId))
        .withNamespace(namespace)
        .withLabels(Map.of(Labels.MANAGED_BY, Labels.MANAGER))
        .withOwnerReferences(owner)
        .endMetadata()
        .withNewSpec()
        .withAccessModes("ReadWriteOnce")
        .withStorageClassName(drill.storageClassName())
        .withNewResources()
        .addToRequests("storage", new Quantity(Long.toString(LEAST_BYTES + 4 * bytes)))
        .endResources()
        .endSpec()
        .build();
  }

  static RunnerPod pod(DrillRun run, Subject subject, RestoreDrill drill, Settings settings) {
    RunnerStep step = step(run);
    boolean fetch = step == RunnerStep.FETCH;
    var place =
        fetch
            ? PlaceFactory.target(subject.place(), Keys.WITH_IDENTITY, VolumeUse.Mount.DEFAULT)
            : null;
    var request =
        new RunnerRequest(
            RunnerRequest.FORMAT_VERSION,
            step,
            new RunRef(
                run.id(), subject.identity(), run.id(), 1, "BackupSchedule/" + subject.schedule()),
            MOUNT,
            subject.files(),
            List.of(),
            step == RunnerStep.VERIFY ? verify(drill) : null,
            fetch ? place.target() : BackupTarget.ON_VOLUME,
            run.id(),
            false,
            null,
            restore(subject),
            null);
    return new RunnerPod(
        subject.namespace(),
        jobName(run),
        run.database(),
        null,
        request,
        claimName(run.id()),
        MOUNT,
        null,
        fetch ? place.access() : StoreAccess.NONE,
        subject.user().orGroupOfImage(),
        null,
        settings.runnerImage(),
        settings.runnerPullPolicy(),
        null,
        List.of(),
        null);
  }

  private static RestoreWork restore(Subject subject) {
    return new RestoreWork(
        subject.identity(),
        subject.backupId(),
        null,
        false,
        RestoreWork.Mode.EMPTY,
        List.of(),
        List.of(),
        false,
        List.of(),
        List.of(),
        null);
  }

  private static MigrationWork verify(RestoreDrill drill) {
    return new MigrationWork(
        null,
        List.of(),
        null,
        Destructive.FORBID,
        List.of(),
        new VerifyRules(
            true,
            List.of(),
            List.of(),
            drill.assertions().stream()
                .map(assertion -> new VerifyRules.Assertion(assertion.name(), assertion.sql()))
                .toList()),
        null);
  }
}
