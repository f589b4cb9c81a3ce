package dev.litehaven.api.v1alpha1;

/** Names that users, GitOps tools and other programs rely on. */
public final class Api {
  public static final String GROUP = "litehaven.dev";
  public static final String VERSION = "v1alpha1";

  /** The scheduling gate in a pod template whose pods wait for Litehaven: makes it holdable. */
  public static final String HOLD_GATE = GROUP + "/hold";

  /** The readiness gate that keeps an opened pod out of Services until Litehaven has seen it up. */
  public static final String VERIFIED_GATE = GROUP + "/verified";

  /** Annotation on a workload: what was found before it was stopped. */
  public static final String QUIESCED = GROUP + "/quiesced";

  /** Pod template annotation: the least schema version the template's code can work with. */
  public static final String REQUIRES_SCHEMA = GROUP + "/requires-schema";

  /** The field manager of every write to a workload or its pods. */
  public static final String WORKLOAD_FIELD_MANAGER = "litehaven-workload";

  /** Annotation: run now. Its value is echoed in {@code status.lastHandledRequest}. */
  public static final String REQUESTED_AT = GROUP + "/requestedAt";

  /** Flux's way to say the same. */
  public static final String FLUX_REQUESTED_AT = "reconcile.fluxcd.io/requestedAt";

  /**
   * Annotation on a migration: the run that is to be undone, also when rows were written since.
   * Only the last one that changed the database can be.
   */
  public static final String ROLLBACK = GROUP + "/rollback";

  /**
   * Annotation on a database: the template that may come in on the present schema, although its
   * image is known on an older one only.
   */
  public static final String ADMIT = GROUP + "/admit";

  public static final String LABEL_DATABASE = GROUP + "/database";
  public static final String LABEL_MIGRATION = GROUP + "/migration";
  public static final String LABEL_RUN = GROUP + "/run";
  public static final String LABEL_STEP = GROUP + "/step";
  public static final String LABEL_BACKUP_TYPE = GROUP + "/backup-type";
  public static final String LABEL_SCHEDULE = GROUP + "/schedule";

  /** On runner pods that may leave the node, so that a NetworkPolicy can let them. */
  public static final String LABEL_NETWORK = GROUP + "/network";

  /** Annotation on a runner pod: kind and name of the resource that asked for it. */
  public static final String ASKED_BY = GROUP + "/asked-by";

  /** Annotation on a DatabaseBackup that is being made: it is to stop, and why. */
  public static final String STOP = GROUP + "/stop";

  /**
   * Annotation on a DatabaseBackup that is deleted: its artifact goes as well, and why. Written by
   * retention; a user's wish is {@code spec.deletionPolicy}.
   */
  public static final String REMOVED_BECAUSE = GROUP + "/removed-because";

  /** Keeps a resource until what its run stopped is started again. */
  public static final String FINALIZER = GROUP + "/run";

  /** Keeps a DatabaseBackup until its artifact is removed, where that is asked for. */
  public static final String ARTIFACT_FINALIZER = GROUP + "/artifact";

  private Api() {}
}
