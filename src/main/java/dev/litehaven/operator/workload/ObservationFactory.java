package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.workload.WorkloadObserver.Surroundings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStrategy;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.RollingUpdateDeployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Makes observations of what the API server answered. Pure. */
final class ObservationFactory {
  private static final String TEMPLATE_HASH = "pod-template-hash";
  private static final String REVISION_HASH = "controller-revision-hash";
  private static final String REVISION = "deployment.kubernetes.io/revision";

  private ObservationFactory() {}

  static WorkloadObservation of(
      WorkloadRef ref, Deployment found, List<ReplicaSet> replicaSets, Surroundings around) {
    var spec = found.getSpec();
    int replicas = Objects.requireNonNullElse(spec.getReplicas(), 1);
    Map<String, String> owners = FieldOwners.of(found, List.of("paused", "replicas"));
    boolean paused = Boolean.TRUE.equals(spec.getPaused());
    var rollout = rollout(paused, spec.getStrategy(), spec.getProgressDeadlineSeconds(), replicas);
    Written record = written(found);
    List<Quiesced> copies =
        replicaSets.stream()
            .sorted(Comparator.comparingLong(ObservationFactory::revision).reversed())
            .flatMap(rs -> written(rs).value().stream())
            .toList();
    return new WorkloadObservation(
        ref,
        found.getMetadata().getUid(),
        found.getMetadata().getResourceVersion(),
        found.getMetadata().getDeletionTimestamp() != null,
        upToDate(found, replicaSets),
        replicas,
        rollout,
        gated(spec.getTemplate().getSpec()),
        replicaSets.stream()
            .filter(rs -> sameTemplate(rs.getSpec().getTemplate(), spec.getTemplate()))
            .map(rs -> label(rs, TEMPLATE_HASH))
            .findFirst(),
        replicaSets.stream().map(ObservationFactory::template).toList(),
        around.pods().stream().map(p -> PodReading.of(p, label(p, TEMPLATE_HASH), around)).toList(),
        record.value(),
        copies,
        record.problem(),
        owners,
        around.autoscalers(),
        around.checksNotMade());
  }

  static WorkloadObservation of(
      WorkloadRef ref, StatefulSet found, List<ControllerRevision> revisions, Surroundings around) {
    var spec = found.getSpec();
    var status = Objects.requireNonNullElseGet(found.getStatus(), StatefulSetStatus::new);
    var strategy = spec.getUpdateStrategy();
    boolean onDelete = strategy != null && "OnDelete".equals(strategy.getType());
    int partition =
        Optional.ofNullable(strategy)
            .map(s -> s.getRollingUpdate())
            .map(r -> r.getPartition())
            .orElse(0);
    var retention = spec.getPersistentVolumeClaimRetentionPolicy();
    Written record = written(found);
    String update = Objects.requireNonNullElse(status.getUpdateRevision(), "");
    return new WorkloadObservation(
        ref,
        found.getMetadata().getUid(),
        found.getMetadata().getResourceVersion(),
        found.getMetadata().getDeletionTimestamp() != null,
        seen(status.getObservedGeneration(), found),
        Objects.requireNonNullElse(spec.getReplicas(), 1),
        new Rollout.OfStatefulSet(
            onDelete,
            partition,
            retention != null && "Delete".equals(retention.getWhenScaled()),
            Objects.requireNonNullElse(status.getCurrentRevision(), ""),
            update),
        gated(spec.getTemplate().getSpec()),
        Optional.of(update).filter(hash -> !hash.isEmpty()),
        revisions.stream().map(RevisionReading::of).toList(),
        around.pods().stream().map(p -> PodReading.of(p, label(p, REVISION_HASH), around)).toList(),
        record.value(),
        List.of(),
        record.problem(),
        FieldOwners.of(found, List.of("partition", "replicas")),
        around.autoscalers(),
        around.checksNotMade());
  }

  static boolean gated(PodSpec spec) {
    return spec.getSchedulingGates().stream().anyMatch(g -> g.getName().equals(Api.HOLD_GATE));
  }

  /** As the Deployment controller resolves it: surge rounded up, unavailable down, never both 0. */
  private static Rollout.OfDeployment rollout(
      boolean paused, DeploymentStrategy strategy, Integer deadline, int replicas) {
    Optional<RollingUpdateDeployment> rolling =
        Optional.ofNullable(strategy).map(DeploymentStrategy::getRollingUpdate);
    int base = Math.max(replicas, 1);
    int surge = resolve(rolling.map(RollingUpdateDeployment::getMaxSurge), base, true);
    int unavailable = resolve(rolling.map(RollingUpdateDeployment::getMaxUnavailable), base, false);
    return new Rollout.OfDeployment(
        paused,
        strategy != null && "Recreate".equals(strategy.getType()),
        surge,
        surge == 0 && unavailable == 0 ? 1 : unavailable,
        Objects.requireNonNullElse(deadline, 600));
  }

  private static int resolve(Optional<IntOrString> value, int replicas, boolean up) {
    IntOrString given = value.orElseGet(() -> new IntOrString("25%"));
    if (given.getIntVal() != null) {
      return given.getIntVal();
    }
    int percent = Integer.parseInt(given.getStrVal().replace("%", "").strip());
    double exact = percent * replicas / 100.0;
    return (int) (up ? Math.ceil(exact) : Math.floor(exact));
  }

  /**
   * The ReplicaSets count too: one whose controller has not seen that it is scaled down may still
   * make a pod.
   */
  private static boolean upToDate(Deployment found, List<ReplicaSet> replicaSets) {
    return found.getStatus() != null
        && seen(found.getStatus().getObservedGeneration(), found)
        && replicaSets.stream()
            .allMatch(
                rs -> rs.getStatus() != null && seen(rs.getStatus().getObservedGeneration(), rs));
  }

  private static boolean seen(Long observed, HasMetadata resource) {
    return observed != null && observed >= resource.getMetadata().getGeneration();
  }

  /** The controller compares templates the same way: everything but its own label. */
  private static boolean sameTemplate(PodTemplateSpec a, PodTemplateSpec b) {
    return withoutHash(a).equals(withoutHash(b));
  }

  private static PodTemplateSpec withoutHash(PodTemplateSpec template) {
    return new PodTemplateSpecBuilder(template)
        .editOrNewMetadata()
        .removeFromLabels(TEMPLATE_HASH)
        .endMetadata()
        .build();
  }

  private static TemplateState template(ReplicaSet rs) {
    PodSpec spec = rs.getSpec().getTemplate().getSpec();
    return new TemplateState(
        label(rs, TEMPLATE_HASH),
        revision(rs),
        gated(spec),
        Objects.requireNonNullElse(rs.getSpec().getReplicas(), 1),
        spec.getContainers().stream().map(Container::getImage).toList(),
        problem(rs));
  }

  private static long revision(ReplicaSet rs) {
    return Long.parseLong(annotation(rs, REVISION).orElse("0"));
  }

  private static String problem(ReplicaSet rs) {
    return rs.getStatus() == null
        ? ""
        : rs.getStatus().getConditions().stream()
            .filter(c -> c.getType().equals("ReplicaFailure") && c.getStatus().equals("True"))
            .map(c -> Objects.requireNonNullElse(c.getMessage(), c.getReason()))
            .findFirst()
            .orElse("");
  }

  private static String label(HasMetadata resource, String name) {
    Map<String, String> labels = resource.getMetadata().getLabels();
    return labels == null ? "" : labels.getOrDefault(name, "");
  }

  private static Optional<String> annotation(HasMetadata resource, String name) {
    return Optional.ofNullable(resource.getMetadata().getAnnotations()).map(a -> a.get(name));
  }

  private record Written(Optional<Quiesced> value, String problem) {}

  private static Written written(HasMetadata resource) {
    String text = annotation(resource, Api.QUIESCED).orElse("");
    if (text.isEmpty()) {
      return new Written(Optional.empty(), "");
    }
    try {
      return new Written(Optional.of(QuiescedFormat.read(text)), "");
    } catch (IllegalArgumentException e) {
      return new Written(Optional.empty(), e.getMessage());
    }
  }
}
