package dev.litehaven.operator.workload;

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

  ModelPod ending() {
    return new ModelPod(id, template, gated, true, false);
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
}
