package dev.litehaven.operator.workload;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Reads from {@code managedFields} who last wrote a field. */
final class FieldOwners {
  private static final Map<String, List<String>> PATHS =
      Map.of(
          "paused", List.of("f:spec", "f:paused"),
          "replicas", List.of("f:spec", "f:replicas"),
          "partition", List.of("f:spec", "f:updateStrategy", "f:rollingUpdate", "f:partition"));

  private FieldOwners() {}

  /** The manager that wrote each field last; fields without one are left out. */
  static Map<String, String> of(HasMetadata resource, List<String> fields) {
    var owners = new HashMap<String, String>();
    for (String field : fields) {
      resource.getMetadata().getManagedFields().stream()
          .filter(entry -> owns(entry, PATHS.get(field)))
          .max(Comparator.comparing(entry -> Objects.requireNonNullElse(entry.getTime(), "")))
          .ifPresent(
              entry -> owners.put(field, Objects.requireNonNullElse(entry.getManager(), "")));
    }
    return owners;
  }

  private static boolean owns(ManagedFieldsEntry entry, List<String> path) {
    if (entry.getFieldsV1() == null) {
      return false;
    }
    Map<?, ?> at = entry.getFieldsV1().getAdditionalProperties();
    for (String step : path.subList(0, path.size() - 1)) {
      if (!(at.get(step) instanceof Map<?, ?> next)) {
        return false;
      }
      at = next;
    }
    return at.containsKey(path.getLast());
  }
}
