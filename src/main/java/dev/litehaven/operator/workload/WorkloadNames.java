package dev.litehaven.operator.workload;

/** Names that Litehaven writes on, or looks for in, other people's workloads: stable API. */
public final class WorkloadNames {
  /** The scheduling gate in the pod template that makes a workload holdable. */
  public static final String HOLD_GATE = "litehaven.dev/hold";

  /** The readiness gate that keeps an opened pod out of Services until Litehaven has seen it up. */
  public static final String VERIFIED_GATE = "litehaven.dev/verified";

  /** Annotation on the workload: what was found before it was stopped, see {@link Quiesced}. */
  public static final String QUIESCED = "litehaven.dev/quiesced";

  /** Annotation on pods: the schema version that this code needs. */
  public static final String REQUIRES_SCHEMA = "litehaven.dev/requires-schema";

  /** The field manager of every write to a workload or its pods. */
  public static final String FIELD_MANAGER = "litehaven-workload";

  private WorkloadNames() {}
}
