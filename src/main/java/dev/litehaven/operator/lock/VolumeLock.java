package dev.litehaven.operator.lock;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.naming.Labels;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One operation at a time per volume and per workload: a Lease each, taken and let go by
 * resourceVersion. It never expires by time: a run that holds it comes back to let it go, and only
 * one whose resource was removed by force, and that has no pod, is passed over. The epoch only ever
 * rises and goes with every command to the volume, which refuses a lower one.
 */
public final class VolumeLock {
  private static final String EPOCH = Api.GROUP + "/epoch";

  private final KubernetesClient client;
  private final Clock clock;
  private final LockHolders holders;

  public VolumeLock(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
    this.holders = new LockHolders(client);
  }

  /** Live, not from a cache: decisions that destroy hang on it. */
  public LockState look(String namespace, String name, String holder) {
    return read(namespace, name).map(lease -> state(lease, holder)).orElse(new LockState.Free());
  }

  /**
   * Takes it, or finds it already held by the same holder.
   *
   * @param leastEpoch the epoch will be higher than this: what the volume itself has seen
   */
  public LockState take(String namespace, String name, String holder, long leastEpoch) {
    Optional<Lease> existing = read(namespace, name);
    try {
      if (existing.isEmpty()) {
        client.resource(fresh(namespace, name, holder, leastEpoch + 1)).create();
        return new LockState.Held(leastEpoch + 1);
      }
      LockState state = state(existing.get(), holder);
      if (!(state instanceof LockState.Free)) {
        return state;
      }
      long epoch = Math.max(epoch(existing.get()), leastEpoch) + 1;
      Lease taken =
          new LeaseBuilder(existing.get())
              .editMetadata()
              .addToAnnotations(EPOCH, Long.toString(epoch))
              .endMetadata()
              .editOrNewSpec()
              .withHolderIdentity(holder)
              .withAcquireTime(now())
              .endSpec()
              .build();
      client.resource(taken).update();
      return new LockState.Held(epoch);
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        return look(namespace, name, holder);
      }
      throw e;
    }
  }

  /** Raises the epoch of a lock that is held, so that an earlier attempt's pod is fenced off. */
  public long raise(String namespace, String name, String holder) {
    Lease lease =
        read(namespace, name)
            .filter(found -> state(found, holder) instanceof LockState.Held)
            .orElseThrow(() -> new IllegalStateException("lock " + name + " is not " + holder));
    long epoch = epoch(lease) + 1;
    client
        .resource(
            new LeaseBuilder(lease)
                .editMetadata()
                .addToAnnotations(EPOCH, Long.toString(epoch))
                .endMetadata()
                .build())
        .update();
    return epoch;
  }

  /** Lets go of what this holder has; anybody else's is left alone. */
  public void release(String namespace, List<String> names, String holder) {
    for (String name : names) {
      read(namespace, name)
          .filter(lease -> state(lease, holder) instanceof LockState.Held)
          .ifPresent(
              lease ->
                  client
                      .resource(
                          new LeaseBuilder(lease)
                              .editSpec()
                              .withHolderIdentity(null)
                              .withAcquireTime(null)
                              .endSpec()
                              .build())
                      .update());
    }
  }

  private Optional<Lease> read(String namespace, String name) {
    return Optional.ofNullable(client.leases().inNamespace(namespace).withName(name).get());
  }

  private LockState state(Lease lease, String holder) {
    String current = lease.getSpec() == null ? null : lease.getSpec().getHolderIdentity();
    if (current == null || current.isEmpty()) {
      return new LockState.Free();
    }
    if (current.equals(holder)) {
      return new LockState.Held(epoch(lease));
    }
    if (holders.gone(lease.getMetadata().getNamespace(), current)) {
      return new LockState.Free();
    }
    ZonedDateTime since = lease.getSpec().getAcquireTime();
    return new LockState.HeldByOther(current, since == null ? null : since.toString());
  }

  private static long epoch(Lease lease) {
    Map<String, String> annotations = lease.getMetadata().getAnnotations();
    String text = annotations == null ? null : annotations.get(EPOCH);
    return text == null ? 0 : Long.parseLong(text);
  }

  private Lease fresh(String namespace, String name, String holder, long epoch) {
    return new LeaseBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(namespace)
        .addToLabels(Labels.MANAGED_BY, Labels.MANAGER)
        .addToAnnotations(EPOCH, Long.toString(epoch))
        .endMetadata()
        .withNewSpec()
        .withHolderIdentity(holder)
        .withAcquireTime(now())
        .endSpec()
        .build();
  }

  private ZonedDateTime now() {
    return clock.instant().atZone(ZoneOffset.UTC);
  }
}
