package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.workload.Quiesced.Method;
import dev.litehaven.protocol.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Looks at a workload before it is stopped for what would go wrong, and for what to tell. */
public final class WorkloadReview {
  private static final List<String> GITOPS =
      List.of("argocd", "kustomize-controller", "helm-controller", "flux", "fleet");

  private WorkloadReview() {}

  /** What blocks and what is worth a warning, blockers first. */
  public static List<Concern> review(WorkloadObservation seen) {
    var found = new ArrayList<Concern>();
    if (seen.deleting()) {
      found.add(
          blocks(
              seen.ref().display() + " is being deleted. Wait until it is gone, or made again."));
    }
    switch (WorkloadPlanner.method(seen)) {
      case HOLD -> hold(seen, found);
      case SCALE -> scale(seen, found);
    }
    owners(seen, found);
    seen.checksNotMade().forEach(check -> found.add(warns("Not checked: " + check)));
    return found.stream()
        .sorted(java.util.Comparator.comparing(Concern::blocks).reversed())
        .toList();
  }

  /** The refusal to stop it, if something blocks. */
  static Optional<WorkloadPlan> refusal(WorkloadObservation seen) {
    return review(seen).stream()
        .filter(Concern::blocks)
        .findFirst()
        .map(c -> new WorkloadPlan.Refuse(c.reason(), c.message()));
  }

  private static void hold(WorkloadObservation seen, List<Concern> found) {
    if (seen.replicas() > 1) {
      found.add(
          blocks(
              "%s has %d replicas: with the gate %s it must have one, because opening one new pod makes the controller delete a running old one, and two versions would share the database. Set replicas: 1."
                  .formatted(seen.ref().display(), seen.replicas(), Api.HOLD_GATE)));
    }
    switch (seen.rollout()) {
      case Rollout.OfDeployment d -> holdDeployment(seen, d, found);
      case Rollout.OfStatefulSet s -> holdStatefulSet(seen, s, found);
    }
  }

  private static void holdDeployment(
      WorkloadObservation seen, Rollout.OfDeployment d, List<Concern> found) {
    if (!d.keepsOldTemplate()) {
      found.add(
          warns(
              "%s can only be stopped and started: %s makes its controller delete the old pod first, so a new template causes an outage and the old one cannot come back by itself. Use RollingUpdate with maxSurge: 1 and maxUnavailable: 0."
                  .formatted(
                      seen.ref().display(),
                      d.recreate()
                          ? "strategy Recreate"
                          : "maxSurge %d with maxUnavailable %d"
                              .formatted(d.maxSurge(), d.maxUnavailable()))));
    }
    if (d.progressDeadlineSeconds() != Integer.MAX_VALUE) {
      found.add(
          warns(
              "%s has progressDeadlineSeconds %d, which also runs while a new template waits at the gate: after that, deployment tools call it failed. 2147483647 switches it off."
                  .formatted(seen.ref().display(), d.progressDeadlineSeconds())));
    }
    if (d.paused() && seen.heldBy().isEmpty()) {
      found.add(warns(seen.ref().display() + " was paused by somebody else, and will stay so."));
    }
  }

  private static void holdStatefulSet(
      WorkloadObservation seen, Rollout.OfStatefulSet s, List<Concern> found) {
    if (s.onDelete()) {
      found.add(
          blocks(
              "%s has updateStrategy OnDelete: any deletion of its pod brings the newest template, and the old one cannot come back. Use RollingUpdate with partition: 1."
                  .formatted(seen.ref().display())));
    } else if (s.partition() < Math.max(seen.replicas(), 1)) {
      found.add(
          warns(
              "%s has partition %d: on a new template its controller deletes the old pod at once, and the new one waits at the gate with nothing running. Set updateStrategy.rollingUpdate.partition: 1."
                  .formatted(seen.ref().display(), s.partition())));
    }
  }

  private static void scale(WorkloadObservation seen, List<Concern> found) {
    if (seen.rollout() instanceof Rollout.OfStatefulSet s && s.deletesClaimsWhenScaled()) {
      found.add(
          blocks(
              "%s deletes its claims when it is scaled down (persistentVolumeClaimRetentionPolicy.whenScaled: Delete), so it is not scaled. Set whenScaled: Retain, or put the gate %s into its pod template."
                  .formatted(seen.ref().display(), Api.HOLD_GATE)));
    }
    List<String> ungated =
        seen.templatesInUse().stream().filter(t -> !t.gated()).map(TemplateState::hash).toList();
    found.add(
        warns(
            seen.specGated()
                ? "%s will be scaled to stop it: pods of %s were made before its template had the gate %s."
                    .formatted(seen.ref().display(), String.join(", ", ungated), Api.HOLD_GATE)
                : "%s has no gate %s in its pod template: it will be scaled to stop it, and only its newest template can be started again."
                    .formatted(seen.ref().display(), Api.HOLD_GATE)));
    if (!seen.autoscalers().isEmpty()) {
      found.add(
          warns(
              "%s is scaled by %s, which may scale it up while it is stopped."
                  .formatted(seen.ref().display(), String.join(", ", seen.autoscalers()))));
    }
  }

  private static void owners(WorkloadObservation seen, List<Concern> found) {
    String field =
        WorkloadPlanner.method(seen) == Method.SCALE
            ? "replicas"
            : seen.rollout() instanceof Rollout.OfDeployment ? "paused" : "partition";
    String owner = seen.fieldOwners().getOrDefault(field, "");
    if (GITOPS.stream().anyMatch(owner.toLowerCase(Locale.ROOT)::contains)) {
      found.add(
          warns(
              "%s of %s is owned by %s, which may put it back while the workload is stopped: leave that field out of Git, or make the tool ignore it."
                  .formatted(field, seen.ref().display(), owner)));
    }
  }

  private static Concern blocks(String message) {
    return new Concern(true, Reason.WORKLOAD_NOT_SUPPORTED, message);
  }

  private static Concern warns(String message) {
    return new Concern(false, Reason.WORKLOAD_NOT_SUPPORTED, message);
  }
}
