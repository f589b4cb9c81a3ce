package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.BackupLocation;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;

/** Looks BackupLocations up, live. */
public final class Places {
  private final KubernetesClient client;

  public Places(KubernetesClient client) {
    this.client = client;
  }

  /** A location, or that there is none of that name. */
  public Place location(String namespace, String name) {
    BackupLocation location =
        client.resources(BackupLocation.class).inNamespace(namespace).withName(name).get();
    if (location == null) {
      return new Place.Missing(
          Reason.LOCATION_NOT_FOUND,
          "There is no BackupLocation %s in this namespace.".formatted(name));
    }
    Optional<Condition> ready =
        location.getStatus() == null
            ? Optional.empty()
            : location.getStatus().conditions().stream()
                .filter(condition -> Condition.READY.equals(condition.type()))
                .findFirst();
    return new Place.InLocation(
        name,
        location.getSpec(),
        ready.isEmpty()
            ? Optional.of("it has not been tried yet.")
            : ready
                .filter(condition -> !Condition.TRUE.equals(condition.status()))
                .map(Condition::message));
  }
}
