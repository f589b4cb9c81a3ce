package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.workload.Quiesced.Method;
import dev.litehaven.operator.workload.WorkloadGoal.Released;
import dev.litehaven.operator.workload.WorkloadPlan.Reached;
import dev.litehaven.operator.workload.WorkloadPlan.Refuse;
import dev.litehaven.operator.workload.WorkloadPlan.Wait;
import dev.litehaven.protocol.Reason;
import java.util.Optional;

/** Says what to do next to bring a workload to a goal. Pure: everything comes in as a value. */
public final class WorkloadPlanner {
  private WorkloadPlanner() {}

  /**
   * The next step. It may be asked for at any time, also after a crash between any two actions: it
   * looks only at what is there.
   */
  public static WorkloadPlan plan(WorkloadObservation seen, WorkloadGoal goal) {
    if (!seen.quiescedProblem().isEmpty()) {
      return new Refuse(Reason.WORKLOAD_NOT_SUPPORTED, unreadable(seen));
    }
    Optional<String> holder = seen.takenBy(goal.run());
    if (holder.isPresent()) {
      return goal instanceof Released
          ? new Reached(seen.ref().display() + " is held by another run, " + holder.get() + ".")
          : new Wait(
              Reason.WAITING_FOR_LOCK,
              "%s is held by run %s (annotation %s). It is taken when that run lets go."
                  .formatted(seen.ref().display(), holder.get(), Api.QUIESCED));
    }
    return switch (seen.recordOf(goal.run()).map(Quiesced::method).orElseGet(() -> method(seen))) {
      case SCALE -> ScalePlanner.plan(seen, goal);
      case HOLD ->
          switch (seen.rollout()) {
            case Rollout.OfDeployment d -> DeploymentHoldPlanner.plan(seen, d, goal);
            case Rollout.OfStatefulSet s -> StatefulSetHoldPlanner.plan(seen, s, goal);
          };
    };
  }

  /**
   * How this workload would be stopped now. It can be held only when every template that pods are
   * made of has the gate: deleting a pod of one that has not would start its successor at once.
   */
  public static Method method(WorkloadObservation seen) {
    boolean gated =
        seen.specGated() && seen.templatesInUse().stream().allMatch(TemplateState::gated);
    return gated ? Method.HOLD : Method.SCALE;
  }

  private static String unreadable(WorkloadObservation seen) {
    return "The annotation %s on %s cannot be read: %s. Nothing is done to it until it is removed (kubectl annotate %s %s-); check replicas and, for a Deployment, whether it is paused."
        .formatted(
            Api.QUIESCED,
            seen.ref().display(),
            seen.quiescedProblem(),
            seen.ref().kubectl(),
            Api.QUIESCED);
  }
}
