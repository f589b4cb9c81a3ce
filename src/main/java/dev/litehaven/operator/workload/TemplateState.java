package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.Api;
import java.util.List;
import java.util.Objects;

/**
 * One pod template that a workload has, or had and still remembers: a ReplicaSet or a
 * ControllerRevision.
 *
 * @param hash {@code pod-template-hash} for a Deployment, the ControllerRevision's name for a
 *     StatefulSet
 * @param revision the number that {@code kubectl rollout undo --to-revision} takes
 * @param gated whether its pods start with the gate {@link Api#HOLD_GATE}
 * @param desired pods its ReplicaSet wants now; 0 for a ControllerRevision, which wants none itself
 * @param images the containers' images, for messages that name what to go back to
 * @param problem what its ReplicaSet says when it cannot make pods (quota, admission); empty if it
 *     says nothing
 */
public record TemplateState(
    String hash, long revision, boolean gated, int desired, List<String> images, String problem) {
  public TemplateState {
    Objects.requireNonNull(hash, "hash");
    Objects.requireNonNull(problem, "problem");
    images = List.copyOf(images);
  }
}
