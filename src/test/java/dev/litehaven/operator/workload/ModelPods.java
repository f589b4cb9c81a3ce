package dev.litehaven.operator.workload;

import dev.litehaven.operator.workload.WorkloadAction.DeletePod;
import dev.litehaven.operator.workload.WorkloadAction.OpenPod;
import dev.litehaven.operator.workload.WorkloadAction.PatchWorkload;
import dev.litehaven.operator.workload.WorkloadAction.VerifyPod;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The pods of a model, whichever controller makes them, and what the operator, the kubelet and
 * evictions do to them.
 *
 * @param nextId of the next pod that is made
 * @param bad templates whose pods never get ready
 */
record ModelPods(List<ModelPod> all, int nextId, Set<String> bad, int evictionsLeft) {
  ModelPods {
    all = List.copyOf(all);
    bad = Set.copyOf(bad);
  }

  /** One pod that is up. */
  static ModelPods oneRuns(String template) {
    return new ModelPods(List.of(new ModelPod(1, template, false, false, true)), 2, Set.of(), 0);
  }

  ModelPods bad(String template) {
    var more = new HashSet<>(bad);
    more.add(template);
    return new ModelPods(all, nextId, more, evictionsLeft);
  }

  ModelPods evictions(int budget) {
    return new ModelPods(all, nextId, bad, budget);
  }

  ModelPods make(String template, boolean gated) {
    var more = new ArrayList<>(all);
    more.add(new ModelPod(nextId, template, gated, false, false));
    return new ModelPods(more, nextId + 1, bad, evictionsLeft);
  }

  /** A pod that never had a node is gone at once, another one ends in its own time. */
  ModelPods delete(ModelPod pod) {
    return pod.gated() ? without(pod) : replace(pod, pod.ending());
  }

  /** Past the gate and not gone. */
  List<ModelPod> running() {
    return all.stream().filter(pod -> !pod.gated()).toList();
  }

  List<ModelPod> staying(String template) {
    return all.stream().filter(pod -> pod.template().equals(template) && !pod.leaving()).toList();
  }

  /** What an action makes of them; empty when its precondition does not hold any more. */
  Optional<ModelPods> apply(WorkloadAction action) {
    return switch (action) {
      case DeletePod delete -> named(delete.name()).map(this::delete);
      case OpenPod open ->
          named(open.name())
              .filter(pod -> pod.version().equals(open.resourceVersion()))
              .map(pod -> replace(pod, pod.opened()));
      case VerifyPod _ -> Optional.empty();
      case PatchWorkload _ -> throw new IllegalArgumentException("not of a pod: " + action);
    };
  }

  /** What kubelet and evictions can make of them in one step. */
  List<ModelPods> others() {
    var next = new ArrayList<ModelPods>();
    for (ModelPod pod : all) {
      if (pod.leaving()) {
        next.add(without(pod));
      } else if (!pod.gated() && !pod.ready() && !bad.contains(pod.template())) {
        next.add(replace(pod, pod.becameReady()));
      }
      if (evictionsLeft > 0 && !pod.leaving()) {
        next.add(delete(pod).evictions(evictionsLeft - 1));
      }
    }
    return next;
  }

  private Optional<ModelPod> named(String name) {
    return all.stream().filter(pod -> pod.name().equals(name)).findFirst();
  }

  private ModelPods without(ModelPod pod) {
    var left = new ArrayList<>(all);
    left.remove(pod);
    return new ModelPods(left, nextId, bad, evictionsLeft);
  }

  private ModelPods replace(ModelPod pod, ModelPod by) {
    var changed = new ArrayList<>(all);
    changed.set(changed.indexOf(pod), by);
    return new ModelPods(changed, nextId, bad, evictionsLeft);
  }
}
