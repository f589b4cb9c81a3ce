package dev.litehaven.operator.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A pod in a model; ids grow with creation. */
record ModelPod(int id, String template, boolean gated, boolean leaving, boolean ready) {
  String name() {
    return "pod-" + id;
  }

  String version() {
    return id + "/" + gated + "/" + leaving + "/" + ready;
  }

  ModelPod opened() {
    return new ModelPod(id, template, false, leaving, ready);
  }

  ModelPod becameReady() {
    return new ModelPod(id, template, gated, leaving, true);
  }

  PodState seen() {
    PodState.Phase phase = leaving ? PodState.Phase.TERMINATING : PodState.Phase.LIVE;
    var pod =
        new Seen.Pod(name(), template)
            .ready(ready)
            .phase(phase)
            .version(version())
            .created(Seen.LONG_AGO.plusSeconds(id));
    return gated ? pod.gated().get() : pod.get();
  }

  static Optional<ModelPod> named(List<ModelPod> pods, String name) {
    return pods.stream().filter(p -> p.name().equals(name)).findFirst();
  }

  /** A pod that never had a node is gone at once, another one ends in its own time. */
  static List<ModelPod> delete(List<ModelPod> pods, ModelPod pod) {
    if (pod.gated()) {
      var left = new ArrayList<>(pods);
      left.remove(pod);
      return left;
    }
    return replace(pods, pod, new ModelPod(pod.id, pod.template, false, true, false));
  }

  static List<ModelPod> replace(List<ModelPod> pods, ModelPod pod, ModelPod by) {
    var changed = new ArrayList<>(pods);
    changed.set(changed.indexOf(pod), by);
    return changed;
  }
}
