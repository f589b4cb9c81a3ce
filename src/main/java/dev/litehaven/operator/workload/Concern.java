package dev.litehaven.operator.workload;

import dev.litehaven.protocol.Reason;
import java.util.Objects;

/**
 * Something about a workload that a user should know before it is stopped.
 *
 * @param blocks it cannot be stopped and started as it is; otherwise it is a warning
 */
public record Concern(boolean blocks, Reason reason, String message) {
  public Concern {
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(message, "message");
  }
}
