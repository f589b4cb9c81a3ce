package dev.litehaven.operator.workload;

import dev.litehaven.operator.workload.PodState.NodeState;
import dev.litehaven.operator.workload.WorkloadAction.DeletePod;
import dev.litehaven.operator.workload.WorkloadAction.OpenPod;
import dev.litehaven.operator.workload.WorkloadAction.PatchWorkload;
import dev.litehaven.operator.workload.WorkloadAction.VerifyPod;
import dev.litehaven.operator.workload.WorkloadPlan.Act;
import dev.litehaven.operator.workload.WorkloadPlan.Reached;
import dev.litehaven.operator.workload.WorkloadPlan.Wait;
import dev.litehaven.protocol.Reason;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Steps that the planners share. */
final class PodSteps {
  private PodSteps() {}

  /** Deletes what is open, then waits until it is gone. */
  static WorkloadPlan stop(WorkloadObservation seen, List<PodState> open) {
    if (!open.isEmpty()) {
      return new Act(
          Reason.STOPPING,
          "Stopping %s: deleting %s.".formatted(seen.ref().display(), names(open)),
          open.stream().<WorkloadAction>map(p -> new DeletePod(p.name(), p.uid())).toList());
    }
    return stillLeaving(seen)
        .orElseGet(() -> new Reached(seen.ref().display() + " is stopped: no pod of it runs."));
  }

  /**
   * A wait while deleted pods may still run. They are never deleted by force: their processes live
   * on for seconds, or on an unreachable node for as long as it likes, and go on writing.
   */
  static Optional<WorkloadPlan> stillLeaving(WorkloadObservation seen) {
    List<PodState> leaving = seen.leavingPods();
    Optional<PodState> lost =
        leaving.stream().filter(p -> p.nodeState() == NodeState.NOT_READY).findFirst();
    if (lost.isPresent()) {
      return Optional.of(
          new Wait(
              Reason.NODE_UNREACHABLE,
              "Pod %s of %s is deleted, but its node %s is not ready, so it may still be writing. Bring the node back, or make sure that it is powered off and taint it: kubectl taint node %s node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"
                  .formatted(
                      lost.get().name(),
                      seen.ref().display(),
                      lost.get().node(),
                      lost.get().node())));
    }
    return leaving.stream()
        .findFirst()
        .map(
            p ->
                new Wait(
                    Reason.STOPPING,
                    "Pod %s of %s is deleted and has not ended yet on node %s.%s"
                        .formatted(p.name(), seen.ref().display(), p.node(), keptBy(p))));
  }

  private static String keptBy(PodState pod) {
    return pod.finalizers().isEmpty()
        ? ""
        : " It is kept by the finalizers " + String.join(", ", pod.finalizers()) + ".";
  }

  /** Waits for an opened pod, sets its readiness gate once its containers are ready. */
  static WorkloadPlan awaitReady(WorkloadObservation seen, PodState pod) {
    if (pod.ready()) {
      return new Reached("%s runs: pod %s is Ready.".formatted(seen.ref().display(), pod.name()));
    }
    if (pod.containersReady() && pod.wantsVerified()) {
      return new Act(
          Reason.STARTING,
          "The containers of pod %s are ready: letting it into its Services.".formatted(pod.name()),
          List.of(new VerifyPod(pod.name(), pod.uid())));
    }
    return new Wait(
        pod.failing() ? Reason.WORKLOAD_NOT_READY : Reason.WAITING_FOR_READINESS,
        "Pod %s of %s is not Ready: %s"
            .formatted(
                pod.name(),
                seen.ref().display(),
                pod.words().isEmpty() ? "it has not said why yet." : pod.words()));
  }

  static WorkloadPlan open(WorkloadObservation seen, PodState pod) {
    return new Act(
        Reason.STARTING,
        "Starting %s: opening pod %s of template %s."
            .formatted(seen.ref().display(), pod.name(), pod.template()),
        List.of(openAction(pod)));
  }

  static OpenPod openAction(PodState pod) {
    return new OpenPod(pod.name(), pod.uid(), pod.resourceVersion(), pod.gateIndex().orElseThrow());
  }

  static Wait controllerBehind(WorkloadObservation seen, Reason reason) {
    return new Wait(
        reason,
        "Waiting for the controller of " + seen.ref().display() + " to see its last change.");
  }

  static PatchWorkload patch(
      WorkloadObservation seen,
      Optional<Quiesced> record,
      Optional<Boolean> paused,
      OptionalInt partition,
      OptionalInt replicas) {
    return new PatchWorkload(
        seen.uid(), seen.resourceVersion(), record, paused, partition, replicas);
  }

  static Optional<PodState> oldest(List<PodState> pods) {
    return pods.stream().min(Comparator.comparing(PodState::created).thenComparing(PodState::name));
  }

  static List<PodState> ofTemplate(List<PodState> pods, String template) {
    return pods.stream().filter(p -> p.template().equals(template)).toList();
  }

  static List<PodState> notOfTemplate(List<PodState> pods, String template) {
    return pods.stream().filter(p -> !p.template().equals(template)).toList();
  }

  private static String names(List<PodState> pods) {
    return (pods.size() == 1 ? "pod " : "pods ")
        + String.join(", ", pods.stream().map(PodState::name).toList());
  }
}
