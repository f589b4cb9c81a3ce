package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.Api;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What matters of one pod of a workload.
 *
 * @param template {@code pod-template-hash} or {@code controller-revision-hash}; empty if the pod
 *     carries neither
 * @param gateIndex where {@link Api#HOLD_GATE} stands in {@code spec.schedulingGates}; empty when
 *     the gate is gone
 * @param phase where it is in its life
 * @param ready condition {@code Ready}
 * @param containersReady condition {@code ContainersReady}
 * @param wantsVerified it has the readiness gate {@link Api#VERIFIED_GATE} and that is not True yet
 * @param node the node it was bound to, empty before
 * @param nodeState what is known of that node
 * @param failing its containers crash, or cannot be started without somebody's help
 * @param words why it is not ready, from its conditions and containers, for a human; empty if it is
 * @param finalizers what keeps it from being removed
 * @param requiresSchema the annotation {@link Api#REQUIRES_SCHEMA}
 * @param image of the container that mounts the claim; empty where none does
 */
public record PodState(
    String name,
    String uid,
    String resourceVersion,
    Instant created,
    String template,
    OptionalInt gateIndex,
    Phase phase,
    boolean ready,
    boolean containersReady,
    boolean wantsVerified,
    String node,
    NodeState nodeState,
    boolean failing,
    String words,
    List<String> finalizers,
    Optional<String> requiresSchema,
    Optional<AppImage> image) {

  /** Where a pod is in its life. */
  public enum Phase {
    /** Wanted: pending or running. */
    LIVE,
    /** Deleted, and not gone yet: it may still write. */
    TERMINATING,
    /** Succeeded or failed: its containers have ended and will not start again. */
    FINISHED
  }

  /** Whether a node answers. */
  public enum NodeState {
    READY,
    NOT_READY,
    /** Reading nodes is not allowed, or the pod has none. */
    NOT_CHECKED
  }

  public PodState {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(uid, "uid");
    Objects.requireNonNull(resourceVersion, "resourceVersion");
    Objects.requireNonNull(created, "created");
    Objects.requireNonNull(template, "template");
    Objects.requireNonNull(gateIndex, "gateIndex");
    Objects.requireNonNull(phase, "phase");
    Objects.requireNonNull(node, "node");
    Objects.requireNonNull(nodeState, "nodeState");
    Objects.requireNonNull(words, "words");
    Objects.requireNonNull(requiresSchema, "requiresSchema");
    Objects.requireNonNull(image, "image");
    finalizers = List.copyOf(finalizers);
  }

  /** Waits at Litehaven's gate: nothing is mounted, nothing runs. */
  public boolean gated() {
    return gateIndex.isPresent();
  }

  /** Wanted and waiting at the gate. */
  public boolean waiting() {
    return gated() && phase == Phase.LIVE;
  }

  /** Wanted and past the gate: it runs or is about to. */
  public boolean open() {
    return !gated() && phase == Phase.LIVE;
  }

  /** Deleted, and its containers may still run: a pod that never had a node holds nothing. */
  public boolean leaving() {
    return !gated() && phase == Phase.TERMINATING;
  }
}
