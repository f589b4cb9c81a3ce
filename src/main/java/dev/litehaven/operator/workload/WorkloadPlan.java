package dev.litehaven.operator.workload;

import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Objects;

/** What to do next to reach a goal. Messages are for status: what is, and what a human can do. */
public sealed interface WorkloadPlan {
  String message();

  /**
   * Carry these out in order, stop at the first that finds things changed, then observe and plan
   * again.
   */
  record Act(Reason reason, String message, List<WorkloadAction> actions) implements WorkloadPlan {
    public Act {
      Objects.requireNonNull(reason, "reason");
      Objects.requireNonNull(message, "message");
      actions = List.copyOf(actions);
      if (actions.isEmpty()) {
        throw new IllegalArgumentException("an Act without actions");
      }
    }
  }

  /**
   * Somebody else has to move first. Reasons {@code NODE_UNREACHABLE} and {@code
   * WORKLOAD_NOT_READY} say that it will probably not happen without a human.
   */
  record Wait(Reason reason, String message) implements WorkloadPlan {
    public Wait {
      Objects.requireNonNull(reason, "reason");
      Objects.requireNonNull(message, "message");
    }
  }

  /** The goal is reached. */
  record Reached(String message) implements WorkloadPlan {
    public Reached {
      Objects.requireNonNull(message, "message");
    }
  }

  /** The goal cannot be reached as things are, and nothing was changed towards it by this plan. */
  record Refuse(Reason reason, String message) implements WorkloadPlan {
    public Refuse {
      Objects.requireNonNull(reason, "reason");
      Objects.requireNonNull(message, "message");
    }
  }
}
