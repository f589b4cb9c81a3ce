package dev.litehaven.operator.workload;

import dev.litehaven.operator.naming.Names;
import java.util.Optional;

/**
 * Changes a workload over to a new template that comes without a migration and cannot start beside
 * the old one: a StatefulSet's, or that of a claim which only one pod can mount. Pure; what has
 * been done so far is on the workload.
 */
public final class HandOver {
  private static final String PREFIX = "h-";

  private HandOver() {}

  /** Whether this is a run of a change-over, as a workload's record names it. */
  public static boolean is(String run) {
    return run.startsWith(PREFIX);
  }

  /**
   * The next step.
   *
   * @param wanted the template to change over to, by the gatekeeper; a change that has begun goes
   *     on without it, since nobody may pass the gate then
   * @return empty when there is nothing to do
   */
  public static Optional<WorkloadPlan> next(WorkloadObservation workload, Optional<String> wanted) {
    Optional<String> begun = workload.heldBy().filter(HandOver::is);
    if (begun.isEmpty()) {
      return wanted.map(template -> start(workload, run(workload, template), template));
    }
    String run = begun.get();
    return Optional.of(
        target(workload, run)
            .map(template -> start(workload, run, template))
            .filter(plan -> !(plan instanceof WorkloadPlan.Reached))
            .filter(plan -> !(plan instanceof WorkloadPlan.Refuse))
            // Done, or no longer what is wanted: a newer template is decided on anew.
            .orElseGet(() -> WorkloadPlanner.plan(workload, new WorkloadGoal.Released(run))));
  }

  private static WorkloadPlan start(WorkloadObservation workload, String run, String template) {
    return WorkloadPlanner.plan(
        workload, new WorkloadGoal.Started(run, new WorkloadGoal.Template.Named(template)));
  }

  /** The template that the run is named after, as long as it is the newest one. */
  private static Optional<String> target(WorkloadObservation workload, String run) {
    return workload.newestTemplate().filter(template -> run(workload, template).equals(run));
  }

  private static String run(WorkloadObservation workload, String template) {
    return PREFIX + Names.shortHash(workload.uid(), template);
  }
}
