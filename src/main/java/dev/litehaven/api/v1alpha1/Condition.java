package dev.litehaven.api.v1alpha1;

import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/**
 * A condition as the Kubernetes API conventions have it.
 *
 * @param observedGeneration generation that the condition is true for
 * @param lastTransitionTime RFC 3339; changes only when {@code status} does
 */
public record Condition(
    @Required @Size(min = 1, max = 316) String type,
    @Required @Pattern("^(True|False|Unknown)$") String status,
    Long observedGeneration,
    @Required String lastTransitionTime,
    @Required @Pattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$") @Size(max = 256) String reason,
    @Required @Size(max = 1024) String message) {
  public static final String TRUE = "True";
  public static final String FALSE = "False";
  public static final String UNKNOWN = "Unknown";

  /** The resource is what its spec asks for. */
  public static final String READY = "Ready";

  /** Work is going on, or waits for something that will come. */
  public static final String RECONCILING = "Reconciling";

  /** Nothing will happen until somebody changes something. */
  public static final String STALLED = "Stalled";

  /** For resources that are carried out once: how it ended. Unknown until then. */
  public static final String SUCCEEDED = "Succeeded";
}
