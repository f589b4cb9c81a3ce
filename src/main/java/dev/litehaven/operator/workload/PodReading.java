package dev.litehaven.operator.workload;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.workload.PodState.NodeState;
import dev.litehaven.operator.workload.PodState.Phase;
import dev.litehaven.operator.workload.WorkloadObserver.Surroundings;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Reads a pod, and puts into words why it does not run. */
final class PodReading {
  /** Waiting reasons that do not go away by themselves. */
  private static final Set<String> STUCK =
      Set.of(
          "CrashLoopBackOff",
          "ImagePullBackOff",
          "ErrImagePull",
          "ErrImageNeverPull",
          "InvalidImageName",
          "CreateContainerConfigError",
          "CreateContainerError",
          "RunContainerError");

  private static final int LONGEST_QUOTE = 300;

  private PodReading() {}

  static PodState of(Pod pod, String template, Surroundings around) {
    var meta = pod.getMetadata();
    var status = Objects.requireNonNullElseGet(pod.getStatus(), PodStatus::new);
    String node = Objects.requireNonNullElse(pod.getSpec().getNodeName(), "");
    boolean ready = isTrue(status, "Ready");
    return new PodState(
        meta.getName(),
        meta.getUid(),
        meta.getResourceVersion(),
        Instant.parse(meta.getCreationTimestamp()),
        template,
        gateIndex(pod),
        phase(pod),
        ready,
        isTrue(status, "ContainersReady"),
        wants(pod) && !isTrue(status, Api.VERIFIED_GATE),
        node,
        around.nodes().containsKey(node)
            ? (around.nodes().get(node) ? NodeState.READY : NodeState.NOT_READY)
            : NodeState.NOT_CHECKED,
        containers(status).anyMatch(PodReading::failing),
        ready ? "" : words(pod, status),
        meta.getFinalizers(),
        Optional.ofNullable(meta.getAnnotations()).map(a -> a.get(Api.REQUIRES_SCHEMA)),
        image(pod, status, around.claim()));
  }

  private static Optional<AppImage> image(Pod pod, PodStatus status, String claim) {
    return MountIdentity.of(pod.getSpec(), claim).stream()
        .map(MountIdentity::container)
        .findFirst()
        .flatMap(
            name ->
                Stream.concat(
                        pod.getSpec().getContainers().stream(),
                        pod.getSpec().getInitContainers().stream())
                    .filter(container -> name.equals(container.getName()))
                    .findFirst())
        .map(container -> new AppImage(container.getImage(), digest(status, container.getName())));
  }

  private static String digest(PodStatus status, String container) {
    return containers(status)
        .filter(found -> found.getName().equals(container) && found.getImageID() != null)
        .map(found -> found.getImageID().replaceFirst("^[a-z-]+://", ""))
        .findFirst()
        .orElse("");
  }

  private static OptionalInt gateIndex(Pod pod) {
    var gates = pod.getSpec().getSchedulingGates();
    return IntStream.range(0, gates.size())
        .filter(i -> gates.get(i).getName().equals(Api.HOLD_GATE))
        .findFirst();
  }

  private static Phase phase(Pod pod) {
    if (ClaimUsers.ended(pod)) {
      return Phase.FINISHED;
    }
    return pod.getMetadata().getDeletionTimestamp() != null ? Phase.TERMINATING : Phase.LIVE;
  }

  private static boolean wants(Pod pod) {
    return pod.getSpec().getReadinessGates().stream()
        .anyMatch(g -> g.getConditionType().equals(Api.VERIFIED_GATE));
  }

  private static boolean isTrue(PodStatus status, String type) {
    return condition(status, type).filter(c -> "True".equals(c.getStatus())).isPresent();
  }

  private static Optional<PodCondition> condition(PodStatus status, String type) {
    return status.getConditions().stream().filter(c -> c.getType().equals(type)).findFirst();
  }

  private static Stream<ContainerStatus> containers(PodStatus status) {
    return Stream.concat(
        status.getInitContainerStatuses().stream(), status.getContainerStatuses().stream());
  }

  private static boolean failing(ContainerStatus container) {
    var state = container.getState();
    if (Boolean.TRUE.equals(container.getReady()) || state == null) {
      return false;
    }
    if (state.getWaiting() != null && STUCK.contains(state.getWaiting().getReason())) {
      return true;
    }
    return failed(state.getTerminated())
        || (container.getLastState() != null && failed(container.getLastState().getTerminated()));
  }

  private static boolean failed(ContainerStateTerminated ended) {
    return ended != null && !Integer.valueOf(0).equals(ended.getExitCode());
  }

  private static String words(Pod pod, PodStatus status) {
    var said = new ArrayList<String>();
    condition(status, "PodScheduled")
        .filter(c -> !"True".equals(c.getStatus()))
        .map(c -> unscheduled(pod, c))
        .ifPresent(said::add);
    containers(status).flatMap(c -> words(c).stream()).forEach(said::add);
    if (said.isEmpty()) {
      Stream.of("Initialized", "ContainersReady", "Ready")
          .flatMap(type -> condition(status, type).stream())
          .filter(c -> "False".equals(c.getStatus()) && c.getMessage() != null)
          .map(c -> c.getMessage() + ".")
          .findFirst()
          .ifPresent(said::add);
    }
    return String.join(" ", said);
  }

  private static String unscheduled(Pod pod, PodCondition condition) {
    List<String> gates = pod.getSpec().getSchedulingGates().stream().map(g -> g.getName()).toList();
    return gates.isEmpty()
        ? "it is not scheduled (%s: %s)."
            .formatted(
                condition.getReason(), Objects.requireNonNullElse(condition.getMessage(), ""))
        : "it waits at the scheduling gates " + String.join(", ", gates) + ".";
  }

  private static Optional<String> words(ContainerStatus container) {
    var state = container.getState();
    if (Boolean.TRUE.equals(container.getReady()) || state == null) {
      return Optional.empty();
    }
    var said = new StringBuilder("container ").append(container.getName());
    if (state.getWaiting() != null) {
      said.append(" waits: ").append(state.getWaiting().getReason());
      quote(said, state.getWaiting().getMessage());
    } else if (state.getTerminated() != null) {
      if (!failed(state.getTerminated())) {
        return Optional.empty();
      }
      ended(said.append(" "), state.getTerminated());
    } else {
      said.append(" runs and is not ready");
    }
    var last = container.getLastState();
    if (last != null && failed(last.getTerminated())) {
      ended(said.append("; before that it "), last.getTerminated());
    }
    if (container.getRestartCount() != null && container.getRestartCount() > 0) {
      said.append("; ").append(container.getRestartCount()).append(" restarts");
    }
    return Optional.of(said.append('.').toString());
  }

  private static void ended(StringBuilder said, ContainerStateTerminated ended) {
    said.append("ended with exit code ").append(ended.getExitCode());
    if (ended.getReason() != null && !ended.getReason().equals("Error")) {
      said.append(" (").append(ended.getReason()).append(')');
    }
    quote(said, ended.getMessage());
  }

  private static void quote(StringBuilder said, String message) {
    if (message != null && !message.isBlank()) {
      String text = message.strip();
      said.append(": \"")
          // The end of a stack trace or log says more than its beginning.
          .append(
              text.length() <= LONGEST_QUOTE
                  ? text
                  : "..." + text.substring(text.length() - LONGEST_QUOTE))
          .append('"');
    }
  }
}
