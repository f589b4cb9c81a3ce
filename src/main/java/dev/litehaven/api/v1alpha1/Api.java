package dev.litehaven.api.v1alpha1;

/** Names that users, GitOps tools and other programs rely on. */
public final class Api {
  public static final String GROUP = "litehaven.dev";
  public static final String VERSION = "v1alpha1";

  /** Scheduling gate that a pod template carries so that its pods wait for Litehaven. */
  public static final String HOLD_GATE = GROUP + "/hold";

  /** Annotation: run now. Its value is echoed in {@code status.lastHandledRequest}. */
  public static final String REQUESTED_AT = GROUP + "/requestedAt";

  /** Flux's way to say the same. */
  public static final String FLUX_REQUESTED_AT = "reconcile.fluxcd.io/requestedAt";

  /** Pod template annotation: the least schema version the template's code can work with. */
  public static final String REQUIRES_SCHEMA = GROUP + "/requires-schema";

  public static final String LABEL_DATABASE = GROUP + "/database";
  public static final String LABEL_MIGRATION = GROUP + "/migration";
  public static final String LABEL_RUN = GROUP + "/run";
  public static final String LABEL_STEP = GROUP + "/step";
  public static final String LABEL_BACKUP_TYPE = GROUP + "/backup-type";

  /** Keeps a resource until what its run stopped is started again. */
  public static final String FINALIZER = GROUP + "/run";

  private Api() {}
}
