package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;

/** A refusal for what the migration would do, with the plan that shows it. */
public final class PlanRefusedException extends RefusedException {
  private static final long serialVersionUID = 1L;

  private final transient PlanReport plan;

  public PlanRefusedException(Reason reason, String message, PlanReport plan) {
    super(reason, message);
    this.plan = plan;
  }

  public PlanReport plan() {
    return plan;
  }
}
