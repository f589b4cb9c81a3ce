package dev.litehaven.operator.workload;

import dev.litehaven.operator.workload.Quiesced.Method;
import dev.litehaven.operator.workload.WorkloadAction.DeletePod;
import dev.litehaven.operator.workload.WorkloadGoal.Released;
import dev.litehaven.operator.workload.WorkloadGoal.Started;
import dev.litehaven.operator.workload.WorkloadGoal.Stopped;
import dev.litehaven.operator.workload.WorkloadGoal.Template;
import dev.litehaven.operator.workload.WorkloadPlan.Act;
import dev.litehaven.operator.workload.WorkloadPlan.Reached;
import dev.litehaven.operator.workload.WorkloadPlan.Refuse;
import dev.litehaven.operator.workload.WorkloadPlan.Wait;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Holds a Deployment: pause, delete its pod, later open the gated pod of the template that is
 * wanted, resume.
 *
 * <p>The pause is what keeps both templates available: without it the controller scales the old
 * ReplicaSet to zero as soon as its pod is not Ready and a third template arrives.
 */
final class DeploymentHoldPlanner {
  private DeploymentHoldPlanner() {}

  static WorkloadPlan plan(
      WorkloadObservation seen, Rollout.OfDeployment rollout, WorkloadGoal goal) {
    return switch (goal) {
      case Stopped stopped -> stop(seen, rollout, stopped);
      case Started started -> start(seen, rollout, started);
      case Released released -> release(seen, rollout, released);
    };
  }

  private static WorkloadPlan stop(
      WorkloadObservation seen, Rollout.OfDeployment rollout, Stopped goal) {
    Optional<Quiesced> record = seen.recordOf(goal.run());
    if (record.isEmpty()) {
      Optional<WorkloadPlan> blocked = WorkloadReview.refusal(seen);
      if (blocked.isPresent()) {
        return blocked.get();
      }
    }
    if (!seen.marked(goal.run()) || !rollout.paused()) {
      return pause(
          seen,
          rollout,
          record.orElseGet(() -> Records.of(seen, goal.run(), Method.HOLD, goal.lastLetIn())));
    }
    if (!seen.controllerUpToDate()) {
      return PodSteps.controllerBehind(seen, Reason.STOPPING);
    }
    return PodSteps.stop(seen, seen.openPods());
  }

  private static WorkloadPlan pause(
      WorkloadObservation seen, Rollout.OfDeployment rollout, Quiesced record) {
    return new Act(
        Reason.STOPPING,
        "Pausing %s for run %s.".formatted(seen.ref().display(), record.run()),
        List.of(
            PodSteps.patch(
                seen,
                Optional.of(record),
                // Written only where it changes something: who owns the field says who paused it.
                rollout.paused() ? Optional.empty() : Optional.of(true),
                OptionalInt.empty(),
                OptionalInt.empty())));
  }

  private static WorkloadPlan start(
      WorkloadObservation seen, Rollout.OfDeployment rollout, Started goal) {
    Optional<Quiesced> known = seen.recordOf(goal.run());
    if (known.isEmpty() && !seen.stoppedByUs() && goal.template() instanceof Template.Old) {
      // This run never stopped it: what runs is the old template.
      Optional<PodState> open = PodSteps.oldest(seen.openPods());
      if (open.isPresent()) {
        return PodSteps.awaitReady(seen, open.get());
      }
    }
    if (known.isEmpty() || !seen.marked(goal.run()) || !rollout.paused()) {
      return pause(
          seen,
          rollout,
          known.orElseGet(() -> Records.of(seen, goal.run(), Method.HOLD, Optional.empty())));
    }
    if (!seen.controllerUpToDate()) {
      return PodSteps.controllerBehind(seen, Reason.STARTING);
    }
    if (seen.replicas() == 0) {
      return new Reached(seen.ref().display() + " wants no replicas: there is nothing to start.");
    }
    Optional<String> target = Records.resolve(known.get(), goal.template());
    return target.isPresent()
        ? start(seen, target.get())
        : new Refuse(
            Reason.WORKLOAD_NOT_READY,
            "Nothing is known about the template of %s that is to be started: name one."
                .formatted(seen.ref().display()));
  }

  private static WorkloadPlan start(WorkloadObservation seen, String target) {
    List<PodState> strangers = PodSteps.notOfTemplate(seen.openPods(), target);
    if (!strangers.isEmpty()) {
      return new Act(
          Reason.STARTING,
          "Only template %s of %s may run: deleting pods of other templates."
              .formatted(target, seen.ref().display()),
          strangers.stream().<WorkloadAction>map(p -> new DeletePod(p.name(), p.uid())).toList());
    }
    Optional<PodState> open = PodSteps.oldest(seen.openPods());
    if (open.isPresent()) {
      return PodSteps.awaitReady(seen, open.get());
    }
    return PodSteps.stillLeaving(seen)
        .or(
            () ->
                PodSteps.oldest(PodSteps.ofTemplate(seen.waitingPods(), target))
                    .map(pod -> PodSteps.open(seen, pod)))
        .orElseGet(() -> noPod(seen, target));
  }

  private static WorkloadPlan noPod(WorkloadObservation seen, String target) {
    Optional<TemplateState> template = seen.template(target).filter(t -> t.desired() > 0);
    if (template.isEmpty()) {
      return new Refuse(
          Reason.WORKLOAD_NOT_READY,
          "Template %s of %s cannot be started: its ReplicaSet has been scaled to zero. To go back, %s."
              .formatted(target, seen.ref().display(), Records.howToReturn(seen, target)));
    }
    return template.get().problem().isEmpty()
        ? new Wait(
            Reason.STARTING,
            "Waiting for the ReplicaSet of template %s of %s to make its pod."
                .formatted(target, seen.ref().display()))
        : new Wait(
            Reason.WORKLOAD_NOT_READY,
            "The ReplicaSet of template %s of %s cannot make its pod: %s"
                .formatted(target, seen.ref().display(), template.get().problem()));
  }

  private static WorkloadPlan release(
      WorkloadObservation seen, Rollout.OfDeployment rollout, Released goal) {
    Optional<Quiesced> record = seen.recordOf(goal.run());
    if (!seen.marked(goal.run()) && !(rollout.paused() && seen.wroteLast("paused"))) {
      return new Reached(seen.ref().display() + " is not held.");
    }
    boolean paused = rollout.paused() && record.map(Quiesced::pausedBefore).orElse(false);
    return new Act(
        Reason.STARTING,
        "Letting go of %s: %s."
            .formatted(seen.ref().display(), paused ? "it stays paused, as found" : "resuming it"),
        List.of(
            PodSteps.patch(
                seen,
                Optional.empty(),
                rollout.paused() == paused ? Optional.empty() : Optional.of(paused),
                OptionalInt.empty(),
                OptionalInt.empty())));
  }
}
