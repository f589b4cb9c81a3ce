package dev.litehaven.operator.run;

import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.HeldWorkload;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.operator.job.RunnerJobs;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.lock.VolumeLock;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.operator.workload.WorkloadObservation;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a run is called where others see it: in the Leases that it takes and on its pods. */
public final class RunLocks {
  private RunLocks() {}

  public static String holder(CustomResource<?, ?> asked, Run run) {
    return asked.getKind() + "/" + asked.getMetadata().getName() + "/" + run.id();
  }

  /** Everything that a run locks, in the order in which everybody takes them. */
  static List<String> names(Run run, Optional<VolumeUse> volume) {
    Stream<String> held = run.workloads().stream().map(HeldWorkload::uid);
    Stream<String> seen =
        volume.stream().flatMap(use -> use.workloads().stream()).map(WorkloadObservation::uid);
    return Stream.concat(
            Stream.of(Names.claimLease(run.claimUid())),
            Stream.concat(held, seen).distinct().sorted().map(Names::workloadLease))
        .toList();
  }

  /** All of them together: held where each is. */
  public static LockState state(
      VolumeLock lock, String namespace, String holder, Run run, Optional<VolumeUse> volume) {
    Long epoch = null;
    for (String name : names(run, volume)) {
      switch (lock.look(namespace, name, holder)) {
        case LockState.Free free -> {
          return free;
        }
        case LockState.HeldByOther other -> {
          return other;
        }
        case LockState.Held held -> epoch = epoch == null ? held.epoch() : epoch;
      }
    }
    return new LockState.Held(epoch == null ? 0 : epoch);
  }

  /** Null where the step has no pod, or none was asked for under the present epoch. */
  public static String jobName(Run run, Work work) {
    return run.epoch() == null
        ? null
        : work.runnerStep(RunStep.valueOf(run.step()))
            .map(step -> Names.job(run.id(), step.name(), run.epoch()))
            .orElse(null);
  }

  /** The only report that counts for the present step. */
  public static RunnerJobs.Expected expected(Run run, Work work) {
    return new RunnerJobs.Expected(
        run.id(), work.runnerStep(RunStep.valueOf(run.step())).orElseThrow(), run.epoch());
  }
}
