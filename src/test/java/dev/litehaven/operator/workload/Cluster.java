package dev.litehaven.operator.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.litehaven.operator.workload.WorkloadPlan.Act;
import dev.litehaven.operator.workload.WorkloadPlan.Reached;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.io.File;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** A namespace of its own on the cluster that {@code -Dlitehaven.kubeconfig} names. */
final class Cluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  final KubernetesClient client;
  final String namespace;
  private final Semaphore changed = new Semaphore(0);
  private final List<Watch> watches = new ArrayList<>();

  Cluster() {
    String kubeconfig =
        Objects.requireNonNull(
            System.getProperty("litehaven.kubeconfig"),
            "these tests need a cluster: -Dlitehaven.kubeconfig=<file>");
    client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(new File(kubeconfig)))
            .build();
    Namespace made =
        client
            .resource(
                new NamespaceBuilder()
                    .withNewMetadata()
                    .withGenerateName("workload-")
                    .endMetadata()
                    .build())
            .create();
    namespace = made.getMetadata().getName();
    watches.add(client.pods().inNamespace(namespace).watch(new Bell<Pod>()));
    watches.add(client.apps().deployments().inNamespace(namespace).watch(new Bell<Deployment>()));
    watches.add(
        client
            .persistentVolumeClaims()
            .inNamespace(namespace)
            .watch(new Bell<PersistentVolumeClaim>()));
    watches.add(client.apps().statefulSets().inNamespace(namespace).watch(new Bell<StatefulSet>()));
  }

  /** Applies a manifest as a user does. */
  void apply(String yaml) {
    client
        .load(
            new java.io.ByteArrayInputStream(
                yaml.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .items()
        .forEach(
            item -> {
              item.getMetadata().setNamespace(namespace);
              client.resource(item).fieldManager("a-user").forceConflicts().serverSideApply();
            });
  }

  WorkloadObservation observe(WorkloadRef ref) {
    return new WorkloadObserver(client)
        .observe(ref, ref.name(), NamespaceListing.of(client, ref.namespace()))
        .orElseThrow();
  }

  /** Plans and acts until the goal is reached, each time from nothing but what is there. */
  String reach(WorkloadRef ref, WorkloadGoal goal) {
    return until(ref, goal, plan -> plan instanceof Reached).message();
  }

  /** As {@link #reach}, until the plan is as wanted. */
  WorkloadPlan until(WorkloadRef ref, WorkloadGoal goal, Predicate<WorkloadPlan> wanted) {
    return await(
        () -> {
          WorkloadPlan plan = WorkloadPlanner.plan(observe(ref), goal);
          if (!wanted.test(plan) && plan instanceof Act act) {
            new WorkloadActor(client, Clock.systemUTC()).apply(ref, act.actions());
            changed.release();
          }
          return plan;
        },
        wanted);
  }

  /** Does what the gatekeeper says until the workload is as wanted. */
  WorkloadObservation keepGate(
      WorkloadRef ref, Gatekeeper.Circumstances now, Predicate<WorkloadObservation> wanted) {
    return await(
        () -> {
          WorkloadObservation seen = observe(ref);
          var actions = Gatekeeper.decide(seen, now).actions();
          if (!wanted.test(seen) && !actions.isEmpty()) {
            new WorkloadActor(client, Clock.systemUTC()).apply(ref, actions);
          }
          return seen;
        },
        wanted);
  }

  WorkloadObservation awaitSeen(WorkloadRef ref, Predicate<WorkloadObservation> wanted) {
    return await(() -> observe(ref), wanted);
  }

  /** Looks again whenever something in the namespace has changed. */
  <T> T await(Supplier<T> look, Predicate<T> wanted) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      changed.drainPermits();
      T seen = look.get();
      if (wanted.test(seen)) {
        return seen;
      }
      try {
        if (!changed.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          return fail("not within %s; last seen: %s", PATIENCE, seen);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return fail("interrupted");
      }
    }
  }

  /** One pod of this template runs and is Ready, no other. */
  static Predicate<WorkloadObservation> runs(String template) {
    return seen ->
        seen.openPods().size() == 1
            && seen.leavingPods().isEmpty()
            && seen.openPods().getFirst().ready()
            && seen.openPods().getFirst().template().equals(template);
  }

  static Predicate<WorkloadObservation> anyReady() {
    return seen -> seen.openPods().size() == 1 && seen.openPods().getFirst().ready();
  }

  static void assertStopped(WorkloadObservation seen) {
    assertThat(seen.pods()).noneMatch(pod -> pod.open() || pod.leaving());
  }

  static Gatekeeper.Circumstances nothingOn() {
    return new Gatekeeper.Circumstances(
        Optional.empty(), Optional.empty(), _ -> true, "1", _ -> Optional.empty(), false);
  }

  static Gatekeeper.Circumstances failedMigration(String letIn) {
    return new Gatekeeper.Circumstances(
        Optional.of(letIn),
        Optional.of("migration m, which failed"),
        _ -> true,
        "1",
        _ -> Optional.empty(),
        false);
  }

  @Override
  public void close() {
    watches.forEach(Watch::close);
    client.namespaces().withName(namespace).delete();
    client.close();
  }

  /** Rings at every change. */
  private final class Bell<T> implements Watcher<T> {
    @Override
    public void eventReceived(Action action, T resource) {
      changed.release();
    }

    @Override
    public void onClose(WatcherException cause) {}
  }
}
