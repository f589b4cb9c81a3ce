package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.Api;
import io.fabric8.kubernetes.api.model.AnyType;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import java.util.List;
import java.util.Map;

/** Reads the pod template that a StatefulSet's ControllerRevision keeps as a patch. */
final class RevisionReading {
  private RevisionReading() {}

  static TemplateState of(ControllerRevision revision) {
    Object data = revision.getData();
    Map<?, ?> patch = map(data instanceof AnyType any ? any.getValue() : data);
    Map<?, ?> spec = map(map(map(patch, "spec"), "template"), "spec");
    if (spec.isEmpty()) {
      throw new IllegalStateException(
          "ControllerRevision " + revision.getMetadata().getName() + " holds no pod template");
    }
    boolean gated =
        list(spec, "schedulingGates").stream()
            .anyMatch(g -> Api.HOLD_GATE.equals(map(g).get("name")));
    List<String> images =
        list(spec, "containers").stream().map(c -> String.valueOf(map(c).get("image"))).toList();
    return new TemplateState(
        revision.getMetadata().getName(), revision.getRevision(), gated, 0, images, "");
  }

  private static Map<?, ?> map(Map<?, ?> parent, String name) {
    return map(parent.get(name));
  }

  private static Map<?, ?> map(Object value) {
    return switch (value) {
      case Map<?, ?> m -> m;
      case null, default -> Map.of();
    };
  }

  private static List<?> list(Map<?, ?> parent, String name) {
    return parent.get(name) instanceof List<?> l ? l : List.of();
  }
}
