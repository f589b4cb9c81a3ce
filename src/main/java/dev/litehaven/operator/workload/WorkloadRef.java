package dev.litehaven.operator.workload;

import java.util.Locale;
import java.util.Objects;

/** A Deployment or StatefulSet by name. */
public record WorkloadRef(Kind kind, String namespace, String name) {
  /** The kinds that can be stopped and started. */
  public enum Kind {
    DEPLOYMENT("Deployment"),
    STATEFUL_SET("StatefulSet");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /** The kind as the Kubernetes API spells it. */
    public String text() {
      return text;
    }
  }

  public WorkloadRef {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(namespace, "namespace");
    Objects.requireNonNull(name, "name");
  }

  /** As messages name it, for example {@code Deployment portfolio}. */
  public String display() {
    return kind.text() + " " + name;
  }

  /** As status names it, for example {@code Deployment/portfolio}. */
  public String path() {
    return kind.text() + "/" + name;
  }

  /** As kubectl takes it, for example {@code -n shop deployment/portfolio}. */
  public String kubectl() {
    return "-n " + namespace + " " + kind.text().toLowerCase(Locale.ROOT) + "/" + name;
  }
}
