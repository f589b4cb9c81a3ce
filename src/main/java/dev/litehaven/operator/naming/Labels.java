package dev.litehaven.operator.naming;

import dev.litehaven.api.v1alpha1.Api;
import java.util.Map;
import java.util.TreeMap;

/** The labels on everything that Litehaven makes. */
public final class Labels {
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  public static final String MANAGER = "litehaven";
  public static final String COMPONENT = "app.kubernetes.io/component";
  public static final String RUNNER = "runner";

  /** Value of {@link Api#LABEL_NETWORK}: to the place where backups lie. */
  public static final String NETWORK_STORE = "store";

  /** Selects what Litehaven made. */
  public static final String MANAGED_SELECTOR = MANAGED_BY + "=" + MANAGER;

  private Labels() {}

  /**
   * @param database null: the step is about none
   */
  public static Map<String, String> runner(String database, String runId, String step) {
    var labels = new TreeMap<String, String>();
    labels.put(MANAGED_BY, MANAGER);
    labels.put(COMPONENT, RUNNER);
    if (database != null) {
      labels.put(Api.LABEL_DATABASE, database);
    }
    labels.put(Api.LABEL_RUN, runId);
    labels.put(Api.LABEL_STEP, step.toLowerCase(java.util.Locale.ROOT));
    return labels;
  }

  public static Map<String, String> backup(String database, String runId, String type) {
    var labels = new TreeMap<String, String>();
    labels.put(MANAGED_BY, MANAGER);
    labels.put(Api.LABEL_DATABASE, database);
    labels.put(Api.LABEL_RUN, runId);
    labels.put(Api.LABEL_BACKUP_TYPE, type);
    return labels;
  }
}
