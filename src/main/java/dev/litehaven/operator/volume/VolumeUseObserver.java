package dev.litehaven.operator.volume;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.naming.Labels;
import dev.litehaven.operator.workload.ClaimUsers;
import dev.litehaven.operator.workload.MountIdentity;
import dev.litehaven.operator.workload.NamespaceListing;
import dev.litehaven.operator.workload.WorkloadObservation;
import dev.litehaven.operator.workload.WorkloadObserver;
import dev.litehaven.operator.workload.WorkloadRef;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Looks at a claim and its users, live: what is decided on it may stop or delete pods. */
public final class VolumeUseObserver {
  private static final Map<String, String> RUNNER_PODS =
      Map.of(Labels.MANAGED_BY, Labels.MANAGER, Labels.COMPONENT, Labels.RUNNER);

  private final KubernetesClient client;
  private final WorkloadObserver workloads;

  public VolumeUseObserver(KubernetesClient client) {
    this.client = client;
    this.workloads = new WorkloadObserver(client);
  }

  /** All that there is to say of the claim, also who else may come to it. */
  public VolumeUse observe(String namespace, SQLiteDatabaseSpec spec) {
    NamespaceListing listing = NamespaceListing.of(client, namespace);
    List<String> others =
        ClaimUsers.others(
            spec.claimName(),
            listing.replicaSets(),
            client.apps().daemonSets().inNamespace(namespace).list().getItems(),
            client.batch().v1().jobs().inNamespace(namespace).list().getItems(),
            client.batch().v1().cronjobs().inNamespace(namespace).list().getItems(),
            RUNNER_PODS);
    return observe(
        namespace, spec.claimName(), declared(namespace, spec, listing), others, listing);
  }

  /**
   * @param held workloads that a run has, whether or not they are the database's any more
   */
  public VolumeUse observe(String namespace, SQLiteDatabaseSpec spec, List<WorkloadRef> held) {
    NamespaceListing listing = NamespaceListing.of(client, namespace);
    List<WorkloadRef> refs =
        Stream.concat(declared(namespace, spec, listing).stream(), held.stream())
            .distinct()
            .toList();
    return observe(namespace, spec.claimName(), refs, List.of(), listing);
  }

  /** A claim whose database is gone, and the workloads that a run has on it. */
  public VolumeUse observe(String namespace, String claim, List<WorkloadRef> held) {
    return observe(namespace, claim, held, List.of(), NamespaceListing.of(client, namespace));
  }

  private VolumeUse observe(
      String namespace,
      String claim,
      List<WorkloadRef> refs,
      List<String> others,
      NamespaceListing listing) {
    var seen = new ArrayList<WorkloadObservation>();
    var missing = new ArrayList<WorkloadRef>();
    for (WorkloadRef ref : refs) {
      workloads.observe(ref, claim, listing).ifPresentOrElse(seen::add, () -> missing.add(ref));
    }
    List<String> undeclared =
        ClaimUsers.undeclared(claim, listing.pods(), refs, listing.podOwners(), RUNNER_PODS)
            .stream()
            .filter(pod -> !gated(pod))
            .map(VolumeUseObserver::describe)
            .toList();
    return new VolumeUse(
        claim(namespace, claim), seen, missing, others, undeclared, mount(claim, refs, listing));
  }

  private static List<WorkloadRef> declared(
      String namespace, SQLiteDatabaseSpec spec, NamespaceListing listing) {
    if (spec.workloads().isEmpty()) {
      return ClaimUsers.workloads(spec.claimName(), listing.deployments(), listing.statefulSets());
    }
    return spec.workloads().stream()
        .map(
            workload ->
                new WorkloadRef(
                    switch (workload.kind()) {
                      case DEPLOYMENT -> WorkloadRef.Kind.DEPLOYMENT;
                      case STATEFUL_SET -> WorkloadRef.Kind.STATEFUL_SET;
                    },
                    namespace,
                    workload.name()))
        .toList();
  }

  private Optional<VolumeUse.Claim> claim(String namespace, String name) {
    PersistentVolumeClaim claim =
        client.persistentVolumeClaims().inNamespace(namespace).withName(name).get();
    return Optional.ofNullable(claim)
        .map(
            found ->
                new VolumeUse.Claim(
                    name,
                    found.getMetadata().getUid(),
                    found.getStatus() != null && "Bound".equals(found.getStatus().getPhase()),
                    found.getSpec().getAccessModes().equals(List.of("ReadWriteOncePod")),
                    found.getMetadata().getDeletionTimestamp() != null));
  }

  private static VolumeUse.Mount mount(
      String claim, List<WorkloadRef> refs, NamespaceListing listing) {
    // A live pod first: admission may have filled in groups and labels.
    List<Pod> live =
        ClaimUsers.podsOf(claim, listing.pods()).stream()
            .filter(
                pod ->
                    ClaimUsers.workloadOf(pod, listing.podOwners())
                        .filter(refs::contains)
                        .isPresent())
            .filter(pod -> pod.getSpec().getNodeName() != null)
            .toList();
    Stream<MountIdentity> running =
        live.stream().flatMap(pod -> MountIdentity.of(pod.getSpec(), claim).stream());
    Stream<MountIdentity> templates =
        refs.stream()
            .flatMap(
                ref ->
                    switch (ref.kind()) {
                      case DEPLOYMENT ->
                          listing.deployments().stream()
                              .filter(found -> found.getMetadata().getName().equals(ref.name()))
                              .flatMap(
                                  found ->
                                      MountIdentity.of(
                                          found.getSpec().getTemplate().getSpec(), claim)
                                          .stream());
                      case STATEFUL_SET ->
                          listing.statefulSets().stream()
                              .filter(found -> found.getMetadata().getName().equals(ref.name()))
                              .flatMap(found -> MountIdentity.of(found, claim).stream());
                    });
    List<MountIdentity> mounts = Stream.concat(running, templates).toList();
    List<String> subPaths =
        mounts.stream()
            .map(MountIdentity::subPath)
            .filter(path -> !path.isEmpty())
            .distinct()
            .toList();
    String expression =
        mounts.stream()
            .map(MountIdentity::subPathExpr)
            .filter(expr -> !expr.isEmpty())
            .findFirst()
            .orElse(null);
    return mounts.stream()
        .findFirst()
        .map(
            found ->
                new VolumeUse.Mount(
                    found.mountPath(),
                    found.subPath().isEmpty() ? null : found.subPath(),
                    new RunnerPod.Identity(
                        boxed(found.runAsUser()),
                        boxed(found.runAsGroup()),
                        boxed(found.fsGroup()),
                        found.supplementalGroups(),
                        found.seLinuxOptions().orElse(null)),
                    found.nodeName().orElse(null),
                    subPaths,
                    expression))
        .orElse(VolumeUse.Mount.DEFAULT);
  }

  private static Long boxed(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }

  private static boolean gated(Pod pod) {
    return pod.getSpec().getSchedulingGates() != null
        && pod.getSpec().getSchedulingGates().stream()
            .anyMatch(gate -> Api.HOLD_GATE.equals(gate.getName()));
  }

  private static String describe(Pod pod) {
    String owner =
        pod.getMetadata().getOwnerReferences().stream()
            .findFirst()
            .map(found -> found.getKind() + " " + found.getName())
            .orElse("of nobody");
    return "pod " + pod.getMetadata().getName() + " (" + owner + ")";
  }
}
