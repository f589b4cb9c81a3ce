package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import dev.litehaven.operator.database.DatabaseObservation.Restore;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Optional;

/** Asks for the restore onto an empty claim, and tells how it is. */
final class BootstrapRestores {
  private final KubernetesClient client;

  BootstrapRestores(KubernetesClient client) {
    this.client = client;
  }

  /** Asking twice is the same as once. */
  void make(DatabaseRestore restore) {
    try {
      client.resource(restore).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  /** One that is being deleted is still there: the next one has its name. */
  Optional<Restore> find(String namespace, String name) {
    return Optional.ofNullable(
            client.resources(DatabaseRestore.class).inNamespace(namespace).withName(name).get())
        .map(BootstrapRestores::of);
  }

  private static Restore of(DatabaseRestore restore) {
    DatabaseRestoreStatus status =
        restore.getStatus() == null ? DatabaseRestoreStatus.unobserved() : restore.getStatus();
    boolean deleting = restore.getMetadata().getDeletionTimestamp() != null;
    Optional<Condition> succeeded = condition(status, Condition.SUCCEEDED);
    Optional<Condition> told = succeeded.filter(_ -> status.ended());
    Condition last = told.or(() -> condition(status, Condition.READY)).orElse(null);
    return new Restore(
        restore.getMetadata().getName(),
        deleting ? Optional.empty() : told.map(end -> Condition.TRUE.equals(end.status())),
        last == null ? null : last.reason(),
        last == null ? null : last.message(),
        status.backup());
  }

  private static Optional<Condition> condition(DatabaseRestoreStatus status, String type) {
    return status.conditions().stream()
        .filter(condition -> type.equals(condition.type()))
        .findFirst();
  }
}
