package dev.litehaven.operator.workload;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds one workload and everything that belongs to it in what was just listed, and reads the rest
 * from the API server itself, never from a cache: what is decided on it deletes pods. What belongs
 * to a workload is told by the owner references alone.
 */
public final class WorkloadObserver {
  private final KubernetesClient client;

  public WorkloadObserver(KubernetesClient client) {
    this.client = client;
  }

  /**
   * The workload as it was listed; empty when there was none of that name.
   *
   * @param claim that the database is on
   * @param listing of its namespace, made for this observation
   * @throws KubernetesClientException when revisions cannot be read; nodes and autoscalers may be
   *     forbidden, and are then named in {@code checksNotMade}
   */
  public Optional<WorkloadObservation> observe(
      WorkloadRef ref, String claim, NamespaceListing listing) {
    return switch (ref.kind()) {
      case DEPLOYMENT ->
          named(ref, listing.deployments()).map(found -> observe(ref, found, claim, listing));
      case STATEFUL_SET ->
          named(ref, listing.statefulSets()).map(found -> observe(ref, found, claim, listing));
    };
  }

  private static <T extends HasMetadata> Optional<T> named(WorkloadRef ref, List<T> listed) {
    return listed.stream()
        .filter(found -> found.getMetadata().getName().equals(ref.name()))
        .findFirst();
  }

  private WorkloadObservation observe(
      WorkloadRef ref, Deployment deployment, String claim, NamespaceListing listing) {
    List<ReplicaSet> replicaSets =
        listing.replicaSets().stream().filter(rs -> ownedBy(rs, deployment)).toList();
    List<Pod> pods =
        listing.pods().stream()
            .filter(p -> replicaSets.stream().anyMatch(rs -> ownedBy(p, rs)))
            .toList();
    return ObservationFactory.of(ref, deployment, replicaSets, surroundings(ref, claim, pods));
  }

  private WorkloadObservation observe(
      WorkloadRef ref, StatefulSet set, String claim, NamespaceListing listing) {
    List<ControllerRevision> revisions =
        client
            .apps()
            .controllerRevisions()
            .inNamespace(ref.namespace())
            .withLabelSelector(set.getSpec().getSelector())
            .list()
            .getItems()
            .stream()
            .filter(r -> ownedBy(r, set))
            .toList();
    List<Pod> pods = listing.pods().stream().filter(p -> ownedBy(p, set)).toList();
    return ObservationFactory.of(ref, set, revisions, surroundings(ref, claim, pods));
  }

  private static boolean ownedBy(HasMetadata child, HasMetadata parent) {
    return ClaimUsers.controller(child)
        .filter(o -> o.getUid().equals(parent.getMetadata().getUid()))
        .isPresent();
  }

  private Surroundings surroundings(WorkloadRef ref, String claim, List<Pod> pods) {
    var notMade = new ArrayList<String>();
    var nodes = new HashMap<String, Boolean>();
    // A node matters only where a deleted pod has not gone.
    pods.stream()
        .filter(p -> p.getMetadata().getDeletionTimestamp() != null)
        .map(p -> p.getSpec().getNodeName())
        .filter(java.util.Objects::nonNull)
        .distinct()
        .forEach(name -> node(name, nodes, notMade));
    return new Surroundings(claim, pods, nodes, autoscalers(ref, notMade), notMade);
  }

  private void node(String name, Map<String, Boolean> nodes, List<String> notMade) {
    try {
      nodes.put(name, ready(client.nodes().withName(name).get()));
    } catch (KubernetesClientException e) {
      if (e.getCode() != 403) {
        throw e;
      }
      notMade.add("whether node " + name + " answers (reading nodes is not allowed).");
    }
  }

  private static boolean ready(Node node) {
    return node != null
        && node.getStatus() != null
        && node.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  private List<String> autoscalers(WorkloadRef ref, List<String> notMade) {
    try {
      return client
          .autoscaling()
          .v2()
          .horizontalPodAutoscalers()
          .inNamespace(ref.namespace())
          .list()
          .getItems()
          .stream()
          .filter(
              h ->
                  h.getSpec().getScaleTargetRef().getKind().equals(ref.kind().text())
                      && h.getSpec().getScaleTargetRef().getName().equals(ref.name()))
          .map(h -> "HorizontalPodAutoscaler " + h.getMetadata().getName())
          .toList();
    } catch (KubernetesClientException e) {
      if (e.getCode() != 403) {
        throw e;
      }
      notMade.add(
          "whether an autoscaler works on "
              + ref.display()
              + " (listing HorizontalPodAutoscalers is not allowed).");
      return List.of();
    }
  }

  /**
   * What lies around a workload.
   *
   * @param claim that the database is on
   * @param nodes whether a node is Ready, for those that were looked at
   */
  record Surroundings(
      String claim,
      List<Pod> pods,
      Map<String, Boolean> nodes,
      List<String> autoscalers,
      List<String> checksNotMade) {}
}
