package dev.litehaven.operator;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.operator.workload.ClaimGuard;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Namespaces that are being deleted. What is in one goes five seconds after it was asked to go, and
 * the operator's Role with it, or the operator itself: a finalizer that is there then stays, and
 * the namespace as well. So namespaces are looked at several times in these seconds, and all
 * finalizers in one that goes are taken off, until it is gone. Reconcilers leave it alone, so that
 * none comes back.
 */
public final class TerminatingNamespaces implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TerminatingNamespaces.class);
  private static final long PERIOD_MILLIS = 1500;

  /** When to look at a resource of such a namespace again: one of its name may be made anew. */
  public static final Duration AGAIN = Duration.ofSeconds(5);

  private static final List<String> FINALIZERS = List.of(Api.FINALIZER, Api.ARTIFACT_FINALIZER);

  private final KubernetesClient client;
  private final Settings settings;
  private final ClaimGuard claims;
  private final Set<String> going = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("terminating-namespaces").factory());

  public TerminatingNamespaces(KubernetesClient client, Settings settings) {
    this.client = client;
    this.settings = settings;
    this.claims = new ClaimGuard(client);
  }

  /** Every replica looks: the one that leads may be the one that is ended first. */
  public void start() {
    clock.scheduleWithFixedDelay(this::look, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }

  /** As of a moment ago. */
  public boolean goes(HasMetadata resource) {
    return going.contains(resource.getMetadata().getNamespace());
  }

  /**
   * As of now, where it may be read. Elsewhere the API server says so when it is asked for a pod,
   * as long as the operator's Role is there.
   */
  public boolean goesNow(String namespace) {
    return read(namespace) || going.contains(namespace);
  }

  private boolean read(String namespace) {
    Namespace found;
    try {
      found = client.namespaces().withName(namespace).get();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_FORBIDDEN) {
        throw e;
      }
      return false; // the Role went before it, or allows less; what was known stays known
    }
    boolean goes = found != null && found.getMetadata().getDeletionTimestamp() != null;
    if (!goes) {
      going.remove(namespace);
    } else if (going.add(namespace)) {
      LOG.info("namespace {} is being deleted: nothing of ours is to keep it", namespace);
    }
    return goes;
  }

  // An exception would end the looking.
  private void look() {
    try {
      if (settings.watched().isEmpty()) {
        all().forEach(this::letGo);
      } else {
        settings.watched().forEach(this::look);
      }
    } catch (RuntimeException e) {
      LOG.debug("namespaces could not be looked at", e);
    }
  }

  private List<String> all() {
    List<String> now =
        client.namespaces().withField("status.phase", "Terminating").list().getItems().stream()
            .map(namespace -> namespace.getMetadata().getName())
            .toList();
    going.retainAll(now);
    going.addAll(now);
    return now;
  }

  /** Of several, one that cannot be read is not in the way of the others. */
  private void look(String namespace) {
    try {
      if (read(namespace)) {
        letGo(namespace);
      }
    } catch (KubernetesClientException e) {
      LOG.debug("namespace {} could not be looked at", namespace, e);
    }
  }

  private void letGo(String namespace) {
    letGo(namespace, DatabaseMigration.class);
    letGo(namespace, DatabaseRestore.class);
    letGo(namespace, DatabaseBackup.class);
    letGo(namespace, SQLiteDatabase.class);
    trying(
        namespace,
        () ->
            client.persistentVolumeClaims().inNamespace(namespace).list().getItems().stream()
                .filter(claim -> claim.getMetadata().getFinalizers().contains(ClaimGuard.FINALIZER))
                // One that changed meanwhile is there the next time.
                .forEach(claim -> claims.letGo(namespace, claim.getMetadata().getName())));
  }

  private <S, R extends CustomResource<?, S>> void letGo(String namespace, Class<R> kind) {
    var live = new LiveResource<S, R>(client, kind);
    trying(
        namespace,
        () ->
            client
                .resources(kind)
                .inNamespace(namespace)
                .list()
                .getItems()
                .forEach(
                    resource -> FINALIZERS.forEach(name -> live.finalizer(resource, name, false))));
  }

  /** The Role may be gone, or the object: what is left is there the next time. */
  private static void trying(String namespace, Runnable act) {
    try {
      act.run();
    } catch (KubernetesClientException e) {
      LOG.debug("finalizers in namespace {} could not be taken off", namespace, e);
    }
  }
}
