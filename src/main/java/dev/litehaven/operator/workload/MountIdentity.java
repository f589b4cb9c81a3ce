package dev.litehaven.operator.workload;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SELinuxOptions;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * How one container of a workload mounts a claim, and as whom: what the runner must do likewise, so
 * that paths, owners and labels are the same.
 *
 * @param container its name
 * @param mountPath where it sees the claim, or the {@code subPath} of it
 * @param subPath relative to the claim's root, without leading or trailing slashes; empty for all
 *     of the claim
 * @param subPathExpr a {@code subPathExpr}, which only the kubelet can resolve; empty when there is
 *     none
 * @param readOnly the mount, or the whole volume, is read-only
 * @param runAsUser empty when the image decides
 * @param runAsGroup empty when the image decides
 * @param seLinuxOptions as given to the container, else to the pod
 * @param nodeName the node of the live pod; empty when taken from a template
 */
public record MountIdentity(
    String container,
    String mountPath,
    String subPath,
    String subPathExpr,
    boolean readOnly,
    OptionalLong runAsUser,
    OptionalLong runAsGroup,
    OptionalLong fsGroup,
    List<Long> supplementalGroups,
    Optional<SELinuxOptions> seLinuxOptions,
    Optional<String> nodeName) {

  public MountIdentity {
    Objects.requireNonNull(container, "container");
    Objects.requireNonNull(mountPath, "mountPath");
    Objects.requireNonNull(subPath, "subPath");
    Objects.requireNonNull(subPathExpr, "subPathExpr");
    Objects.requireNonNull(runAsUser, "runAsUser");
    Objects.requireNonNull(runAsGroup, "runAsGroup");
    Objects.requireNonNull(fsGroup, "fsGroup");
    supplementalGroups = List.copyOf(supplementalGroups);
    Objects.requireNonNull(seLinuxOptions, "seLinuxOptions");
    Objects.requireNonNull(nodeName, "nodeName");
  }

  /**
   * Every mount of the claim, containers before init containers, writable ones first. Prefer a live
   * pod's spec over a template's: admission may have filled in groups and labels.
   */
  public static List<MountIdentity> of(PodSpec spec, String claim) {
    return spec.getVolumes().stream()
        .filter(
            v ->
                v.getPersistentVolumeClaim() != null
                    && claim.equals(v.getPersistentVolumeClaim().getClaimName()))
        .flatMap(v -> mounts(spec, v.getName(), readOnly(v)).stream())
        .sorted(java.util.Comparator.comparing(MountIdentity::readOnly))
        .toList();
  }

  /** As {@link #of(PodSpec, String)} for a StatefulSet's template, own claims included. */
  public static List<MountIdentity> of(StatefulSet set, String claim) {
    PodSpec spec = set.getSpec().getTemplate().getSpec();
    return ClaimUsers.claimTemplate(set, claim)
        .map(
            volume ->
                mounts(spec, volume, false).stream()
                    .sorted(java.util.Comparator.comparing(MountIdentity::readOnly))
                    .toList())
        .orElseGet(() -> of(spec, claim));
  }

  private static boolean readOnly(Volume volume) {
    return Boolean.TRUE.equals(volume.getPersistentVolumeClaim().getReadOnly());
  }

  private static List<MountIdentity> mounts(PodSpec spec, String volume, boolean readOnly) {
    var found = new ArrayList<MountIdentity>();
    var containers = new ArrayList<>(spec.getContainers());
    containers.addAll(spec.getInitContainers());
    for (Container container : containers) {
      for (VolumeMount mount : container.getVolumeMounts()) {
        if (mount.getName().equals(volume)) {
          found.add(of(spec, container, mount, readOnly));
        }
      }
    }
    return found;
  }

  private static MountIdentity of(
      PodSpec spec, Container container, VolumeMount mount, boolean readOnly) {
    var pod = Optional.ofNullable(spec.getSecurityContext());
    var own = Optional.ofNullable(container.getSecurityContext());
    return new MountIdentity(
        container.getName(),
        mount.getMountPath(),
        trimmed(Objects.requireNonNullElse(mount.getSubPath(), "")),
        Objects.requireNonNullElse(mount.getSubPathExpr(), ""),
        readOnly || Boolean.TRUE.equals(mount.getReadOnly()),
        number(first(own, SecurityContext::getRunAsUser, pod, PodSecurityContext::getRunAsUser)),
        number(first(own, SecurityContext::getRunAsGroup, pod, PodSecurityContext::getRunAsGroup)),
        number(pod.map(PodSecurityContext::getFsGroup)),
        pod.map(PodSecurityContext::getSupplementalGroups).orElse(List.of()),
        first(own, SecurityContext::getSeLinuxOptions, pod, PodSecurityContext::getSeLinuxOptions),
        Optional.ofNullable(spec.getNodeName()));
  }

  private static <T> Optional<T> first(
      Optional<SecurityContext> own,
      Function<SecurityContext, T> fromOwn,
      Optional<PodSecurityContext> pod,
      Function<PodSecurityContext, T> fromPod) {
    return own.map(fromOwn).or(() -> pod.map(fromPod));
  }

  private static OptionalLong number(Optional<Long> value) {
    return value.map(OptionalLong::of).orElseGet(OptionalLong::empty);
  }

  private static String trimmed(String path) {
    return java.nio.file.Path.of(path).normalize().toString().replaceAll("^/+|/+$", "");
  }
}
