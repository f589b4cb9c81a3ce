package dev.litehaven.operator.workload;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.litehaven.api.v1alpha1.Api;
import java.util.Objects;
import java.util.Optional;

/**
 * What a workload was like before a run stopped it: the annotation {@link Api#QUIESCED}, written in
 * the same patch as the first change and removed in the same patch as the last.
 *
 * @param run the run that holds the workload
 * @param replicas {@code spec.replicas} as found
 * @param pausedBefore {@code spec.paused} as found; false for a StatefulSet
 * @param partitionBefore the StatefulSet's partition as found; 0 for a Deployment
 * @param oldTemplate the template that ran; empty when nothing ran and nothing is known
 * @param newTemplate the newest template when the run began; the same as the old one when no change
 *     was waiting
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record Quiesced(
    String run,
    Method method,
    int replicas,
    boolean pausedBefore,
    int partitionBefore,
    Optional<String> oldTemplate,
    Optional<String> newTemplate) {

  /** How a workload is kept from running. */
  public enum Method {
    @JsonProperty("Hold")
    HOLD,
    @JsonProperty("Scale")
    SCALE
  }

  public Quiesced {
    Objects.requireNonNull(run, "run");
    Objects.requireNonNull(method, "method");
    oldTemplate = oldTemplate == null ? Optional.empty() : oldTemplate;
    newTemplate = newTemplate == null ? Optional.empty() : newTemplate;
  }
}
