package dev.litehaven.operator.lock;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.function.Function;

/**
 * Who holds locks, by the text in their Leases. A run writes itself down on its resource before it
 * takes a lock and strikes itself out after it has let go; so a lock whose holder is not written
 * down anywhere, and has no pod, belongs to nobody: its resource was removed by force.
 */
public final class LockHolders {
  /** How the holder ends that only looks at a volume, beside whoever uses it. */
  public static final String INSPECTION = "/inspection";

  /** How the holder ends that has a volume and its workloads for itself. */
  public static final String RECOVERY = "/recovery";

  private final KubernetesClient client;

  LockHolders(KubernetesClient client) {
    this.client = client;
  }

  /** Whether nobody will ever come back for it. False where that is not certain. */
  boolean gone(String namespace, String holder) {
    String[] parts = holder.split("/", -1);
    return parts.length == 3
        && switch (parts[0]) {
          case "DatabaseMigration" ->
              runGone(
                  namespace,
                  DatabaseMigration.class,
                  parts,
                  status -> status.run() == null ? null : status.run().id());
          case "DatabaseRestore" ->
              runGone(
                  namespace,
                  DatabaseRestore.class,
                  parts,
                  status -> status.run() == null ? null : status.run().id());
          case "DatabaseBackup" ->
              runGone(
                  namespace,
                  DatabaseBackup.class,
                  parts,
                  status -> status.run() == null ? null : status.run().id());
          case "SQLiteDatabase" -> databaseGone(namespace, parts[1], holder.endsWith(RECOVERY));
          default -> false;
        };
  }

  /**
   * @param holder kind, name, and the run that is written down on its resource while it goes on
   */
  private <S, R extends CustomResource<?, S>> boolean runGone(
      String namespace, Class<R> kind, String[] holder, Function<S, String> runOf) {
    R found = client.resources(kind).inNamespace(namespace).withName(holder[1]).get();
    boolean written =
        found != null
            && found.getStatus() != null
            && holder[2].equals(runOf.apply(found.getStatus()));
    return !written && !podsOf(namespace, Api.LABEL_RUN, holder[2]);
  }

  /** A recovery is written down before it takes a lock, as a run is. */
  private boolean databaseGone(String namespace, String database, boolean recovering) {
    SQLiteDatabase found =
        client.resources(SQLiteDatabase.class).inNamespace(namespace).withName(database).get();
    boolean written =
        found != null
            && (!recovering || (found.getStatus() != null && found.getStatus().recovery() != null));
    return !written && !podsOf(namespace, Api.LABEL_DATABASE, database);
  }

  private boolean podsOf(String namespace, String label, String value) {
    return client.pods().inNamespace(namespace).withLabel(label, value).list().getItems().stream()
        .anyMatch(
            pod ->
                pod.getStatus() == null
                    || !("Succeeded".equals(pod.getStatus().getPhase())
                        || "Failed".equals(pod.getStatus().getPhase())));
  }
}
