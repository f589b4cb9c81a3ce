package dev.litehaven.operator;

import dev.litehaven.api.v1alpha1.BackupLocation;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which of the namespaces that are to be looked after can be. One that was deleted took the
 * operator's Role with it: it must not keep the operator from looking after the others.
 */
final class WatchedNamespaces {
  private static final Set<Integer> CLOSED =
      Set.of(HttpURLConnection.HTTP_FORBIDDEN, HttpURLConnection.HTTP_NOT_FOUND);

  private final KubernetesClient client;
  private final List<String> asked;
  private final List<String> open;

  WatchedNamespaces(KubernetesClient client, Settings settings) {
    this.client = client;
    this.asked = settings.watched();
    List<String> found = asked.stream().filter(this::isOpen).toList();
    // Where there is none, it is the installation that is wrong: its errors are to be seen.
    this.open = found.isEmpty() ? asked : found;
  }

  /** Those that could be looked after when this was made; empty: all that there are. */
  List<String> open() {
    return open;
  }

  /** Those that could not. */
  List<String> closed() {
    return asked.stream().filter(namespace -> !open.contains(namespace)).toList();
  }

  /** The first that could not and can be now. */
  Optional<String> opened() {
    return closed().stream().filter(this::isOpen).findFirst();
  }

  /** Whether what goes on in there can be expected to be seen. */
  boolean expected(String namespace) {
    return !asked.contains(namespace) || isOpen(namespace);
  }

  /** Locations have no finalizer, so only the Role of the namespace itself lets them be listed. */
  private boolean isOpen(String namespace) {
    try {
      client
          .resources(BackupLocation.class)
          .inNamespace(namespace)
          .list(new ListOptionsBuilder().withLimit(1L).build());
      return true;
    } catch (KubernetesClientException e) {
      if (!CLOSED.contains(e.getCode())) {
        throw e;
      }
      return false;
    }
  }
}
