package dev.litehaven.operator.workload;

import io.fabric8.kubernetes.client.utils.Serialization;

/** Parses YAML, flow style included, which the client takes for JSON where it begins a text. */
final class Yaml {
  private Yaml() {}

  static <T> T parse(String text, Class<T> type) {
    return Serialization.unmarshal("---\n" + text, type);
  }
}
