package dev.litehaven.operator.workload;

import dev.litehaven.operator.workload.Quiesced.Method;
import dev.litehaven.operator.workload.WorkloadGoal.Released;
import dev.litehaven.operator.workload.WorkloadGoal.Started;
import dev.litehaven.operator.workload.WorkloadGoal.Stopped;
import dev.litehaven.operator.workload.WorkloadPlan.Act;
import dev.litehaven.operator.workload.WorkloadPlan.Reached;
import dev.litehaven.operator.workload.WorkloadPlan.Wait;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Stops a workload without the gate by scaling it to zero. Only the newest template can be started
 * again that way, and whoever scales it up in the meantime starts it.
 */
final class ScalePlanner {
  private ScalePlanner() {}

  static WorkloadPlan plan(WorkloadObservation seen, WorkloadGoal goal) {
    return switch (goal) {
      case Stopped stopped -> stop(seen, stopped);
      case Started started -> start(seen, started);
      case Released released -> release(seen, released);
    };
  }

  private static WorkloadPlan stop(WorkloadObservation seen, Stopped goal) {
    Optional<Quiesced> known = seen.recordOf(goal.run());
    if (known.isEmpty()) {
      Optional<WorkloadPlan> blocked = WorkloadReview.refusal(seen);
      if (blocked.isPresent()) {
        return blocked.get();
      }
    }
    if (!seen.marked(goal.run()) || seen.replicas() > 0) {
      Quiesced record =
          known.orElseGet(() -> Records.of(seen, goal.run(), Method.SCALE, goal.lastLetIn()));
      return new Act(
          Reason.STOPPING,
          "Scaling %s from %d to 0 for run %s."
              .formatted(seen.ref().display(), seen.replicas(), goal.run()),
          List.of(scale(seen, Optional.of(record), OptionalInt.of(0))));
    }
    if (!seen.controllerUpToDate()) {
      return PodSteps.controllerBehind(seen, Reason.STOPPING);
    }
    Optional<PodState> open = PodSteps.oldest(seen.openPods());
    if (open.isPresent()) {
      return new Wait(
          Reason.STOPPING,
          "%s wants no replicas; its pod %s has not been deleted yet."
              .formatted(seen.ref().display(), open.get().name()));
    }
    return PodSteps.stop(seen, List.of());
  }

  private static WorkloadAction scale(
      WorkloadObservation seen, Optional<Quiesced> record, OptionalInt replicas) {
    return PodSteps.patch(seen, record, Optional.empty(), OptionalInt.empty(), replicas);
  }

  private static WorkloadPlan start(WorkloadObservation seen, Started goal) {
    Optional<Quiesced> record = seen.recordOf(goal.run());
    int wanted = wanted(seen, record);
    if (wanted == 0) {
      return new Reached(seen.ref().display() + " wants no replicas: there is nothing to start.");
    }
    if (seen.replicas() == 0) {
      return new Act(
          Reason.STARTING,
          "Scaling %s to %d again.%s"
              .formatted(seen.ref().display(), wanted, changedTemplate(seen, record, goal)),
          List.of(scale(seen, record, OptionalInt.of(wanted))));
    }
    if (!seen.controllerUpToDate()) {
      return PodSteps.controllerBehind(seen, Reason.STARTING);
    }
    // A gate that came with a newer template than the one that was stopped: what waits beside
    // another template stays where it is.
    List<PodState> waiting =
        seen.waitingPods().stream()
            .filter(p -> PodSteps.notOfTemplate(seen.openPods(), p.template()).isEmpty())
            .toList();
    if (record.isPresent() && !waiting.isEmpty()) {
      return PodSteps.stillLeaving(seen)
          .orElseGet(
              () ->
                  new Act(
                      Reason.STARTING,
                      "Starting %s: opening its waiting pods.".formatted(seen.ref().display()),
                      waiting.stream().<WorkloadAction>map(PodSteps::openAction).toList()));
    }
    return awaitReady(seen, seen.replicas(), changedTemplate(seen, record, goal));
  }

  private static int wanted(WorkloadObservation seen, Optional<Quiesced> record) {
    return record.map(Quiesced::replicas).orElseGet(() -> Records.replicas(seen));
  }

  private static WorkloadPlan awaitReady(WorkloadObservation seen, int replicas, String note) {
    Optional<PodState> notReady =
        PodSteps.oldest(seen.openPods().stream().filter(p -> !p.ready()).toList());
    if (notReady.isPresent()) {
      WorkloadPlan plan = PodSteps.awaitReady(seen, notReady.get());
      return plan instanceof Wait wait ? new Wait(wait.reason(), wait.message() + note) : plan;
    }
    if (seen.openPods().size() >= replicas) {
      return new Reached(
          "%s runs: %d of %d pods are Ready."
              .formatted(seen.ref().display(), seen.openPods().size(), replicas));
    }
    String problem =
        seen.templatesInUse().stream()
            .map(TemplateState::problem)
            .filter(p -> !p.isEmpty())
            .findFirst()
            .orElse("");
    return problem.isEmpty()
        ? new Wait(
            Reason.STARTING,
            "Waiting for %s to make its pods (kubectl describe %s shows why it cannot).%s"
                .formatted(seen.ref().display(), seen.ref().kubectl(), note))
        : new Wait(
            Reason.WORKLOAD_NOT_READY,
            "%s cannot make its pods: %s%s".formatted(seen.ref().display(), problem, note));
  }

  private static String changedTemplate(
      WorkloadObservation seen, Optional<Quiesced> record, Started goal) {
    return record
        .flatMap(r -> Records.resolve(r, goal.template()))
        .filter(target -> !seen.newestTemplate().equals(Optional.of(target)))
        .map(
            target ->
                " Scaling can only start its newest template, not %s; if that does not work, %s."
                    .formatted(target, Records.howToReturn(seen, target)))
        .orElse("");
  }

  private static WorkloadPlan release(WorkloadObservation seen, Released goal) {
    Optional<Quiesced> record = seen.recordOf(goal.run());
    boolean written = seen.marked(goal.run());
    boolean oursToScale = seen.replicas() == 0 && (written || seen.wroteLast("replicas"));
    int wanted = wanted(seen, record);
    boolean scaleUp = oursToScale && wanted > 0;
    if (!written && !scaleUp) {
      return new Reached(seen.ref().display() + " is not held.");
    }
    return new Act(
        Reason.STARTING,
        "Letting go of %s: it wants %d replicas."
            .formatted(seen.ref().display(), scaleUp ? wanted : seen.replicas()),
        List.of(
            scale(seen, Optional.empty(), scaleUp ? OptionalInt.of(wanted) : OptionalInt.empty())));
  }
}
