package dev.litehaven.operator.job;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.naming.Labels;
import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.RunnerStep;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The Job of one step and the ConfigMap with its request. No service-account token, no network, no
 * retries of its own: the operator decides on those, by the report.
 */
public final class RunnerJobFactory {
  static final String REQUEST_KEY = "request.json";
  static final String REQUEST_DIRECTORY = "/etc/litehaven";
  static final int KEEP_LOOKS_SECONDS = 120;
  static final String CONTAINER = "runner";

  private RunnerJobFactory() {}

  public static ConfigMap request(RunnerPod pod) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(pod.name())
        .withNamespace(pod.namespace())
        .withLabels(labels(pod))
        .endMetadata()
        .withImmutable(true)
        .addToData(REQUEST_KEY, ProtocolJson.write(pod.request()))
        .build();
  }

  public static Job job(RunnerPod pod) {
    return new JobBuilder()
        .withNewMetadata()
        .withName(pod.name())
        .withNamespace(pod.namespace())
        .withLabels(labels(pod))
        .endMetadata()
        .withNewSpec()
        .withBackoffLimit(0)
        .withTtlSecondsAfterFinished(ttl(pod))
        .withPodReplacementPolicy("Failed")
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(labels(pod))
        .endMetadata()
        .withSpec(spec(pod))
        .endTemplate()
        .endSpec()
        .build();
  }

  /** A look that nobody read is simply made again; what a run's step says must not be lost. */
  private static Integer ttl(RunnerPod pod) {
    return pod.request().step() == RunnerStep.INSPECT ? KEEP_LOOKS_SECONDS : null;
  }

  private static Map<String, String> labels(RunnerPod pod) {
    var labels =
        new TreeMap<>(
            Labels.runner(
                pod.database(), pod.request().run().runId(), pod.request().step().name()));
    if (pod.migration() != null) {
      labels.put(Api.LABEL_MIGRATION, pod.migration());
    }
    return labels;
  }

  private static PodSpec spec(RunnerPod pod) {
    var spec =
        new PodSpecBuilder()
            .withRestartPolicy("Never")
            .withAutomountServiceAccountToken(false)
            .withEnableServiceLinks(false)
            // An atomic step may be in its last writes when the pod is asked to go.
            .withTerminationGracePeriodSeconds(60L)
            .withTolerations(pod.tolerations())
            .withPriorityClassName(pod.priorityClassName())
            .withSecurityContext(podSecurity(pod.identity()))
            .addNewContainer()
            .withName(CONTAINER)
            .withImage(pod.image())
            .withImagePullPolicy(pod.pullPolicy())
            .withCommand("java", "@/opt/litehaven/runner.args")
            .withArgs("runner", "--request", REQUEST_DIRECTORY + "/" + REQUEST_KEY)
            .withResources(resources(pod))
            .withNewSecurityContext()
            .withAllowPrivilegeEscalation(false)
            .withReadOnlyRootFilesystem(true)
            .withNewCapabilities()
            .addToDrop("ALL")
            .endCapabilities()
            .endSecurityContext()
            .withVolumeMounts(mounts(pod))
            .endContainer()
            .withVolumes(volumes(pod));
    if (pod.node() != null) {
      spec.withAffinity(
          new AffinityBuilder()
              .withNewNodeAffinity()
              .withNewRequiredDuringSchedulingIgnoredDuringExecution()
              .addNewNodeSelectorTerm()
              .addNewMatchField()
              .withKey("metadata.name")
              .withOperator("In")
              .withValues(pod.node())
              .endMatchField()
              .endNodeSelectorTerm()
              .endRequiredDuringSchedulingIgnoredDuringExecution()
              .endNodeAffinity()
              .build());
    }
    return spec.build();
  }

  private static PodSecurityContext podSecurity(RunnerPod.Identity identity) {
    return new PodSecurityContextBuilder()
        .withRunAsUser(identity.uid())
        .withRunAsGroup(identity.gid())
        .withRunAsNonRoot(!identity.root())
        .withFsGroup(identity.fsGroup())
        // Otherwise the kubelet goes over every file of the volume each time, with the app stopped.
        .withFsGroupChangePolicy(identity.fsGroup() == null ? null : "OnRootMismatch")
        .withSupplementalGroups(identity.supplementalGroups())
        .withSeLinuxOptions(identity.seLinuxOptions())
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .build();
  }

  private static ResourceRequirements resources(RunnerPod pod) {
    return pod.resources() != null
        ? pod.resources()
        : new ResourceRequirementsBuilder()
            .addToRequests("cpu", new Quantity("100m"))
            .addToRequests("memory", new Quantity("128Mi"))
            .addToLimits("memory", new Quantity("384Mi"))
            .build();
  }

  private static List<VolumeMount> mounts(RunnerPod pod) {
    var mounts = new ArrayList<VolumeMount>();
    mounts.add(
        new VolumeMountBuilder()
            .withName("data")
            .withMountPath(pod.mountPath())
            .withSubPath(pod.subPath())
            .build());
    mounts.add(
        new VolumeMountBuilder()
            .withName("request")
            .withMountPath(REQUEST_DIRECTORY)
            .withReadOnly(true)
            .build());
    mounts.add(new VolumeMountBuilder().withName("tmp").withMountPath("/tmp").build());
    if (pod.backupClaim() != null) {
      mounts.add(
          new VolumeMountBuilder()
              .withName("backups")
              .withMountPath(RunnerPod.BACKUP_MOUNT)
              .build());
    }
    return mounts;
  }

  private static List<Volume> volumes(RunnerPod pod) {
    var volumes = new ArrayList<Volume>();
    volumes.add(
        new VolumeBuilder()
            .withName("data")
            .withNewPersistentVolumeClaim()
            .withClaimName(pod.claim())
            .endPersistentVolumeClaim()
            .build());
    volumes.add(
        new VolumeBuilder()
            .withName("request")
            .withNewConfigMap()
            .withName(pod.name())
            .endConfigMap()
            .build());
    volumes.add(new VolumeBuilder().withName("tmp").withNewEmptyDir().endEmptyDir().build());
    if (pod.backupClaim() != null) {
      volumes.add(
          new VolumeBuilder()
              .withName("backups")
              .withNewPersistentVolumeClaim()
              .withClaimName(pod.backupClaim())
              .endPersistentVolumeClaim()
              .build());
    }
    return volumes;
  }
}
