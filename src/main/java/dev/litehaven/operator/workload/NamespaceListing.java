package dev.litehaven.operator.workload;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The workloads of one namespace and their pods, from the API server itself, never from a cache:
 * what is decided on it stops and deletes pods. Listed once for all who look at it.
 *
 * <p>Controllers come before what they make, and pods last: where a controller had seen by then
 * that it is to make no more pods, no pod is missing here. The other way round, one made between
 * the two lists would be missed and might run still.
 *
 * @param replicaSets as they were before the pods were listed
 * @param podOwners ReplicaSets to tell by whose a pod is, also that of a pod made while listing
 */
public record NamespaceListing(
    List<Deployment> deployments,
    List<StatefulSet> statefulSets,
    List<ReplicaSet> replicaSets,
    List<Pod> pods,
    List<ReplicaSet> podOwners) {
  public NamespaceListing {
    deployments = List.copyOf(deployments);
    statefulSets = List.copyOf(statefulSets);
    replicaSets = List.copyOf(replicaSets);
    pods = List.copyOf(pods);
    podOwners = List.copyOf(podOwners);
  }

  public static NamespaceListing of(KubernetesClient client, String namespace) {
    List<Deployment> deployments =
        client.apps().deployments().inNamespace(namespace).list().getItems();
    List<StatefulSet> statefulSets =
        client.apps().statefulSets().inNamespace(namespace).list().getItems();
    List<ReplicaSet> replicaSets = replicaSets(client, namespace);
    List<Pod> pods = client.pods().inNamespace(namespace).list().getItems();
    // A pod of a ReplicaSet that is newer than the list would be taken for a stranger's.
    List<ReplicaSet> podOwners =
        ownersAreIn(replicaSets, pods) ? replicaSets : replicaSets(client, namespace);
    return new NamespaceListing(deployments, statefulSets, replicaSets, pods, podOwners);
  }

  private static List<ReplicaSet> replicaSets(KubernetesClient client, String namespace) {
    return client.apps().replicaSets().inNamespace(namespace).list().getItems();
  }

  private static boolean ownersAreIn(List<ReplicaSet> replicaSets, List<Pod> pods) {
    Set<String> known =
        replicaSets.stream().map(set -> set.getMetadata().getUid()).collect(Collectors.toSet());
    return pods.stream()
        .flatMap(pod -> ClaimUsers.controller(pod).stream())
        .filter(owner -> owner.getKind().equals("ReplicaSet"))
        .allMatch(owner -> known.contains(owner.getUid()));
  }
}
