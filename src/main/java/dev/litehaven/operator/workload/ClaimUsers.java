package dev.litehaven.operator.workload;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Finds who uses a claim, in lists of one namespace. Pure. */
public final class ClaimUsers {
  private ClaimUsers() {}

  /**
   * The Deployments and StatefulSets whose pods mount the claim, also those that have no pods now.
   * A StatefulSet's own claims are found by name, {@code <template>-<set>-<ordinal>}.
   */
  public static List<WorkloadRef> workloads(
      String claim, List<Deployment> deployments, List<StatefulSet> statefulSets) {
    var found = new ArrayList<WorkloadRef>();
    for (Deployment d : deployments) {
      if (mounts(d.getSpec().getTemplate().getSpec(), claim)) {
        found.add(ref(WorkloadRef.Kind.DEPLOYMENT, d));
      }
    }
    for (StatefulSet s : statefulSets) {
      if (mounts(s.getSpec().getTemplate().getSpec(), claim)
          || claimTemplate(s, claim).isPresent()) {
        found.add(ref(WorkloadRef.Kind.STATEFUL_SET, s));
      }
    }
    return List.copyOf(found);
  }

  /** The name of the {@code volumeClaimTemplate} that this claim was made from, if one was. */
  static Optional<String> claimTemplate(StatefulSet set, String claim) {
    String infix = "-" + set.getMetadata().getName() + "-";
    return set.getSpec().getVolumeClaimTemplates().stream()
        .map(t -> t.getMetadata().getName())
        .filter(t -> claim.startsWith(t + infix) && ordinal(claim.substring((t + infix).length())))
        .findFirst();
  }

  private static boolean ordinal(String text) {
    return text.matches("0|[1-9][0-9]*");
  }

  /** Pods that name the claim and have not ended: gated, pending, running or terminating. */
  public static List<Pod> podsOf(String claim, List<Pod> pods) {
    return pods.stream().filter(p -> mounts(p.getSpec(), claim)).filter(p -> !ended(p)).toList();
  }

  /**
   * Pods of the claim that belong to none of the declared workloads and do not carry the run's
   * labels: while one of them is there, nothing may be replaced on the volume.
   *
   * @param runLabels labels that mark the run's own pods; a pod must carry all of them
   */
  public static List<Pod> undeclared(
      String claim,
      List<Pod> pods,
      Collection<WorkloadRef> declared,
      List<ReplicaSet> replicaSets,
      Map<String, String> runLabels) {
    return podsOf(claim, pods).stream()
        .filter(p -> workloadOf(p, replicaSets).filter(declared::contains).isEmpty())
        .filter(p -> !carries(p, runLabels))
        .toList();
  }

  private static boolean carries(Pod pod, Map<String, String> labels) {
    return !labels.isEmpty()
        && labels.entrySet().stream()
            .allMatch(l -> l.getValue().equals(labelsOf(pod).get(l.getKey())));
  }

  /** The Deployment or StatefulSet that a pod belongs to, if it belongs to one. */
  public static Optional<WorkloadRef> workloadOf(Pod pod, List<ReplicaSet> replicaSets) {
    Optional<OwnerReference> owner = controller(pod);
    if (owner.isEmpty()) {
      return Optional.empty();
    }
    String namespace = pod.getMetadata().getNamespace();
    return switch (owner.get().getKind()) {
      case "StatefulSet" ->
          Optional.of(
              new WorkloadRef(WorkloadRef.Kind.STATEFUL_SET, namespace, owner.get().getName()));
      case "ReplicaSet" ->
          replicaSets.stream()
              .filter(rs -> rs.getMetadata().getUid().equals(owner.get().getUid()))
              .flatMap(rs -> controller(rs).stream())
              .filter(o -> o.getKind().equals("Deployment"))
              .map(o -> new WorkloadRef(WorkloadRef.Kind.DEPLOYMENT, namespace, o.getName()))
              .findFirst();
      default -> Optional.empty();
    };
  }

  /**
   * Other things that would mount the claim when they next make a pod, as {@code Kind name}: they
   * cannot be stopped by Litehaven, and their pods count as undeclared.
   */
  public static List<String> others(
      String claim,
      List<ReplicaSet> replicaSets,
      List<DaemonSet> daemonSets,
      List<Job> jobs,
      List<CronJob> cronJobs,
      Map<String, String> runLabels) {
    var found = new ArrayList<String>();
    for (ReplicaSet rs : replicaSets) {
      if (controller(rs).isEmpty() && mounts(rs.getSpec().getTemplate().getSpec(), claim)) {
        found.add("ReplicaSet " + rs.getMetadata().getName());
      }
    }
    for (DaemonSet ds : daemonSets) {
      if (mounts(ds.getSpec().getTemplate().getSpec(), claim)) {
        found.add("DaemonSet " + ds.getMetadata().getName());
      }
    }
    for (Job job : jobs) {
      if (!finished(job)
          && controller(job).filter(o -> o.getKind().equals("CronJob")).isEmpty()
          && !carries(job, runLabels)
          && mounts(job.getSpec().getTemplate().getSpec(), claim)) {
        found.add("Job " + job.getMetadata().getName());
      }
    }
    for (CronJob cron : cronJobs) {
      if (mounts(cron.getSpec().getJobTemplate().getSpec().getTemplate().getSpec(), claim)) {
        found.add("CronJob " + cron.getMetadata().getName());
      }
    }
    return List.copyOf(found);
  }

  private static boolean carries(Job job, Map<String, String> labels) {
    return !labels.isEmpty()
        && labels.entrySet().stream()
            .allMatch(l -> l.getValue().equals(labelsOf(job).get(l.getKey())));
  }

  private static Map<String, String> labelsOf(HasMetadata resource) {
    return Objects.requireNonNullElse(resource.getMetadata().getLabels(), Map.of());
  }

  private static boolean finished(Job job) {
    return job.getStatus() != null
        && job.getStatus().getConditions().stream()
            .anyMatch(
                c ->
                    c.getStatus().equals("True")
                        && (c.getType().equals("Complete") || c.getType().equals("Failed")));
  }

  private static boolean mounts(PodSpec spec, String claim) {
    return spec.getVolumes().stream()
        .anyMatch(
            v ->
                v.getPersistentVolumeClaim() != null
                    && claim.equals(v.getPersistentVolumeClaim().getClaimName()));
  }

  static boolean ended(Pod pod) {
    String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
    return "Succeeded".equals(phase) || "Failed".equals(phase);
  }

  static Optional<OwnerReference> controller(HasMetadata resource) {
    return resource.getMetadata().getOwnerReferences().stream()
        .filter(o -> Boolean.TRUE.equals(o.getController()))
        .findFirst();
  }

  private static WorkloadRef ref(WorkloadRef.Kind kind, HasMetadata resource) {
    return new WorkloadRef(
        kind, resource.getMetadata().getNamespace(), resource.getMetadata().getName());
  }
}
