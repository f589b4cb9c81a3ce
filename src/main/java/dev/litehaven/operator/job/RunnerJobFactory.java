package dev.litehaven.operator.job;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.naming.Labels;
import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.RunnerStep;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.KeyToPathBuilder;
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
  private static final String DATA = "data";
  private static final String SNAPSHOT = "snapshot";

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
        .withAnnotations(Map.of(Api.ASKED_BY, askedBy(pod)))
        .endMetadata()
        .withSpec(spec(pod))
        .endTemplate()
        .endSpec()
        .build();
  }

  /** In full: a name may be longer than a label. A run has noted it as kind and name. */
  private static String askedBy(RunnerPod pod) {
    return pod.request().run().migration();
  }

  /**
   * A look that nobody read is simply made again, and so is what was read of a snapshot, whose
   * volume is there as long as the pod; what a run's step says else must not be lost.
   */
  private static Integer ttl(RunnerPod pod) {
    return pod.request().step() == RunnerStep.INSPECT || pod.access().snapshot() != null
        ? KEEP_LOOKS_SECONDS
        : null;
  }

  private static Map<String, String> labels(RunnerPod pod) {
    var labels =
        new TreeMap<>(
            Labels.runner(
                pod.database(), pod.request().run().runId(), pod.request().step().name()));
    if (pod.migration() != null) {
      labels.put(Api.LABEL_MIGRATION, pod.migration());
    }
    if (pod.access().network()) {
      labels.put(Api.LABEL_NETWORK, Labels.NETWORK_STORE);
    }
    return labels;
  }

  /**
   * A runner that reaches a bucket or encrypts has a longer class path, and starts later for it.
   */
  private static String arguments(RunnerPod pod) {
    return pod.access().network() || pod.request().backup().encryption() != null
        ? "/opt/litehaven/places.args"
        : "/opt/litehaven/runner.args";
  }

  private static PodSpec spec(RunnerPod pod) {
    var spec =
        new PodSpecBuilder()
            .withRestartPolicy("Never")
            .withServiceAccountName(pod.access().serviceAccountName())
            .withAutomountServiceAccountToken(false)
            .withEnableServiceLinks(false)
            // An atomic step may be in its last writes when the pod is asked to go.
            .withTerminationGracePeriodSeconds(60L)
            .withTolerations(pod.tolerations())
            .withPriorityClassName(pod.priorityClassName())
            .withSecurityContext(podSecurity(pod))
            .addNewContainer()
            .withName(CONTAINER)
            .withImage(pod.image())
            .withImagePullPolicy(pod.pullPolicy())
            .withCommand("java", "@" + arguments(pod))
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

  private static PodSecurityContext podSecurity(RunnerPod pod) {
    RunnerPod.Identity identity = pod.identity();
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
            .withName(DATA)
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
    if (pod.access().claim() != null) {
      mounts.add(
          new VolumeMountBuilder()
              .withName("backups")
              .withMountPath(RunnerPod.BACKUP_MOUNT)
              .build());
    }
    if (pod.access().snapshot() != null) {
      mounts.add(
          new VolumeMountBuilder()
              .withName(SNAPSHOT)
              .withMountPath(pod.access().snapshot().mountPath())
              .withSubPath(pod.access().snapshot().subPath())
              .build());
    }
    for (StoreAccess.Files files : pod.access().files()) {
      mounts.add(
          new VolumeMountBuilder()
              .withName(files.volume())
              .withMountPath(files.directory())
              .withReadOnly(true)
              .build());
    }
    return mounts;
  }

  private static List<Volume> volumes(RunnerPod pod) {
    var volumes = new ArrayList<Volume>();
    volumes.add(
        pod.claim() == null
            ? new VolumeBuilder().withName(DATA).withNewEmptyDir().endEmptyDir().build()
            : new VolumeBuilder()
                .withName(DATA)
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
    if (pod.access().claim() != null) {
      volumes.add(
          new VolumeBuilder()
              .withName("backups")
              .withNewPersistentVolumeClaim()
              .withClaimName(pod.access().claim())
              .endPersistentVolumeClaim()
              .build());
    }
    if (pod.access().snapshot() != null) {
      volumes.add(ofSnapshot(pod.access().snapshot()));
    }
    pod.access().files().forEach(files -> volumes.add(volume(files, pod.identity())));
    return volumes;
  }

  /** The pod's own: it is made with it, and Kubernetes removes it with it. */
  private static Volume ofSnapshot(StoreAccess.SnapshotVolume snapshot) {
    return new VolumeBuilder()
        .withName(SNAPSHOT)
        .withNewEphemeral()
        .withNewVolumeClaimTemplate()
        .withNewMetadata()
        .withLabels(Map.of(Labels.MANAGED_BY, Labels.MANAGER))
        .endMetadata()
        .withNewSpec()
        .withAccessModes("ReadWriteOnce")
        .withStorageClassName(snapshot.storageClassName())
        .withNewResources()
        .addToRequests("storage", new Quantity(snapshot.size()))
        .endResources()
        .withNewDataSource()
        .withApiGroup("snapshot.storage.k8s.io")
        .withKind("VolumeSnapshot")
        .withName(snapshot.snapshot())
        .endDataSource()
        .endSpec()
        .endVolumeClaimTemplate()
        .endEphemeral()
        .build();
  }

  private static Volume volume(StoreAccess.Files files, RunnerPod.Identity identity) {
    List<KeyToPath> items =
        files.key() == null
            ? List.of()
            : List.of(new KeyToPathBuilder().withKey(files.key()).withPath(files.key()).build());
    return files.secret()
        ? new VolumeBuilder()
            .withName(files.volume())
            .withNewSecret()
            .withSecretName(files.name())
            .withDefaultMode(secretMode(identity))
            .withItems(items)
            .endSecret()
            .build()
        : new VolumeBuilder()
            .withName(files.volume())
            .withNewConfigMap()
            .withName(files.name())
            .withItems(items)
            .endConfigMap()
            .build();
  }

  /**
   * The kubelet makes such files root's, and lets the pod's fsGroup read them. A pod that has none,
   * since its app has none and nothing on its volume may change hands, reads them as everybody in
   * it: that is this one process.
   */
  private static int secretMode(RunnerPod.Identity identity) {
    return identity.fsGroup() == null && !identity.root() ? 0444 : 0400;
  }
}
