package dev.litehaven.operator.workload;

import dev.litehaven.operator.workload.Quiesced.Method;
import dev.litehaven.operator.workload.WorkloadAction.DeletePod;
import dev.litehaven.operator.workload.WorkloadGoal.Released;
import dev.litehaven.operator.workload.WorkloadGoal.Started;
import dev.litehaven.operator.workload.WorkloadGoal.Stopped;
import dev.litehaven.operator.workload.WorkloadPlan.Act;
import dev.litehaven.operator.workload.WorkloadPlan.Reached;
import dev.litehaven.operator.workload.WorkloadPlan.Refuse;
import dev.litehaven.operator.workload.WorkloadPlan.Wait;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Holds a StatefulSet by its partition: above the pod's ordinal the controller makes the current
 * revision, at zero the update revision, and the pod is deleted when the other one is wanted.
 *
 * <p>The current revision moves only when the new pod is Ready; until then the old template can
 * come back.
 */
final class StatefulSetHoldPlanner {
  private StatefulSetHoldPlanner() {}

  static WorkloadPlan plan(
      WorkloadObservation seen, Rollout.OfStatefulSet rollout, WorkloadGoal goal) {
    return switch (goal) {
      case Stopped stopped -> stop(seen, rollout, stopped);
      case Started started -> start(seen, rollout, started);
      case Released released -> release(seen, rollout, released);
    };
  }

  private static WorkloadPlan stop(
      WorkloadObservation seen, Rollout.OfStatefulSet rollout, Stopped goal) {
    Optional<Quiesced> record = seen.recordOf(goal.run());
    if (record.isEmpty()) {
      Optional<WorkloadPlan> blocked = WorkloadReview.refusal(seen);
      if (blocked.isPresent()) {
        return blocked.get();
      }
      // The revisions are in the status: they must belong to the spec that is written down.
      if (!seen.controllerUpToDate()) {
        return PodSteps.controllerBehind(seen, Reason.STOPPING);
      }
    }
    if (record.isEmpty() || rollout.partition() < everything(seen)) {
      return partition(
          seen,
          record.orElseGet(() -> Records.of(seen, goal.run(), Method.HOLD, goal.lastLetIn())),
          everything(seen),
          Reason.STOPPING);
    }
    if (!seen.controllerUpToDate()) {
      return PodSteps.controllerBehind(seen, Reason.STOPPING);
    }
    return PodSteps.stop(seen, seen.openPods());
  }

  /** The partition that keeps every pod at the current revision. */
  private static int everything(WorkloadObservation seen) {
    return Math.max(seen.replicas(), 1);
  }

  private static WorkloadPlan partition(
      WorkloadObservation seen, Quiesced record, int partition, Reason reason) {
    return new Act(
        reason,
        "Setting the partition of %s to %d for run %s."
            .formatted(seen.ref().display(), partition, record.run()),
        List.of(
            PodSteps.patch(
                seen,
                Optional.of(record),
                Optional.empty(),
                OptionalInt.of(partition),
                OptionalInt.empty())));
  }

  private static WorkloadPlan start(
      WorkloadObservation seen, Rollout.OfStatefulSet rollout, Started goal) {
    if (!seen.controllerUpToDate()) {
      return PodSteps.controllerBehind(seen, Reason.STARTING);
    }
    Optional<Quiesced> known = seen.recordOf(goal.run());
    Quiesced record =
        known.orElseGet(() -> Records.of(seen, goal.run(), Method.HOLD, Optional.empty()));
    if (known.isEmpty()) {
      return partition(seen, record, everything(seen), Reason.STARTING);
    }
    if (seen.replicas() == 0) {
      return new Reached(seen.ref().display() + " wants no replicas: there is nothing to start.");
    }
    Optional<String> target = Records.resolve(record, goal.template());
    return target.isPresent()
        ? start(seen, rollout, record, target.get())
        : new Refuse(
            Reason.WORKLOAD_NOT_READY,
            "Nothing is known about the template of %s that is to be started: name one."
                .formatted(seen.ref().display()));
  }

  private static WorkloadPlan start(
      WorkloadObservation seen, Rollout.OfStatefulSet rollout, Quiesced record, String target) {
    boolean current = target.equals(rollout.currentTemplate());
    if (!current && !target.equals(rollout.updateTemplate())) {
      return new Refuse(
          Reason.WORKLOAD_NOT_READY,
          "Template %s of %s cannot be started: the StatefulSet makes only %s and %s now. To go back, %s."
              .formatted(
                  target,
                  seen.ref().display(),
                  rollout.currentTemplate(),
                  rollout.updateTemplate(),
                  Records.howToReturn(seen, target)));
    }
    List<PodState> strangers = PodSteps.notOfTemplate(seen.openPods(), target);
    if (!strangers.isEmpty()) {
      return delete(seen, target, strangers);
    }
    int partition = current ? everything(seen) : 0;
    boolean wrong = current ? rollout.partition() < partition : rollout.partition() > 0;
    if (wrong) {
      return partition(seen, record, partition, Reason.STARTING);
    }
    List<PodState> misfits = PodSteps.notOfTemplate(seen.waitingPods(), target);
    if (!misfits.isEmpty()) {
      return delete(seen, target, misfits);
    }
    Optional<PodState> open = PodSteps.oldest(seen.openPods());
    if (open.isPresent()) {
      return open.get().ready() && !current
          ? new Wait(
              Reason.STARTING,
              "Pod %s is Ready: waiting for %s to take its template as the current one."
                  .formatted(open.get().name(), seen.ref().display()))
          : PodSteps.awaitReady(seen, open.get());
    }
    return PodSteps.stillLeaving(seen)
        .or(
            () ->
                PodSteps.oldest(PodSteps.ofTemplate(seen.waitingPods(), target))
                    .map(pod -> PodSteps.open(seen, pod)))
        .orElseGet(
            () ->
                new Wait(
                    Reason.STARTING,
                    "Waiting for %s to make its pod (kubectl describe %s shows why it cannot)."
                        .formatted(seen.ref().display(), seen.ref().kubectl())));
  }

  private static WorkloadPlan delete(
      WorkloadObservation seen, String target, List<PodState> others) {
    return new Act(
        Reason.STARTING,
        "Only template %s of %s may run: deleting pods of other templates."
            .formatted(target, seen.ref().display()),
        others.stream().<WorkloadAction>map(p -> new DeletePod(p.name(), p.uid())).toList());
  }

  private static WorkloadPlan release(
      WorkloadObservation seen, Rollout.OfStatefulSet rollout, Released goal) {
    Optional<Quiesced> record = seen.recordOf(goal.run());
    if (record.isEmpty()) {
      return new Reached(seen.ref().display() + " is not held.");
    }
    int found = record.get().partitionBefore();
    boolean updateWaits = !rollout.currentTemplate().equals(rollout.updateTemplate());
    // At a lower partition the controller would delete the pod that has just been started.
    boolean keep = found < rollout.partition() && updateWaits && seen.replicas() > 0;
    OptionalInt partition =
        keep || found == rollout.partition() ? OptionalInt.empty() : OptionalInt.of(found);
    return new Act(
        Reason.STARTING,
        keep
            ? "Letting go of %s. Its partition stays %d instead of %d, because the controller would delete the running pod for the waiting template %s: set partition %d for good."
                .formatted(
                    seen.ref().display(),
                    rollout.partition(),
                    found,
                    rollout.updateTemplate(),
                    rollout.partition())
            : "Letting go of %s: its partition is %d again.".formatted(seen.ref().display(), found),
        List.of(
            PodSteps.patch(
                seen, Optional.empty(), Optional.empty(), partition, OptionalInt.empty())));
  }
}
