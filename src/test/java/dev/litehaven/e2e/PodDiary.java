package dev.litehaven.e2e;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What became of the pods of a namespace, in the order in which it was seen. */
final class PodDiary implements AutoCloseable {
  private static final Set<String> ENDED = Set.of("Succeeded", "Failed");

  private final List<String> entries = new CopyOnWriteArrayList<>();
  private final List<String> cutShort = new CopyOnWriteArrayList<>();
  private final Watch watch;

  PodDiary(KubernetesClient client, String namespace) {
    var seen = ConcurrentHashMap.<String>newKeySet();
    watch =
        client
            .pods()
            .inNamespace(namespace)
            .watch(
                new Watcher<>() {
                  @Override
                  public void eventReceived(Action action, Pod pod) {
                    String what = what(action, pod);
                    if (!what.isEmpty() && seen.add(pod.getMetadata().getUid() + what)) {
                      entries.add(app(pod) + " " + what);
                    }
                    if (action == Action.DELETED && mayStillRun(pod)) {
                      cutShort.add(pod.getMetadata().getName());
                    }
                  }

                  @Override
                  public void onClose(WatcherException cause) {}
                });
  }

  /**
   * Entries {@code APP ready}, {@code APP leaving} and {@code APP ended}: its containers have,
   * while its name may still be there for a moment.
   */
  List<String> entries() {
    return List.copyOf(entries);
  }

  /** Pods that were removed while their containers might still have been running: by force. */
  List<String> cutShort() {
    return List.copyOf(cutShort);
  }

  private static String what(Watcher.Action action, Pod pod) {
    if (action == Watcher.Action.DELETED || ENDED.contains(pod.getStatus().getPhase())) {
      return pod.getSpec().getNodeName() == null ? "" : "ended";
    }
    if (pod.getMetadata().getDeletionTimestamp() != null) {
      return pod.getSpec().getNodeName() == null ? "" : "leaving";
    }
    return pod.getStatus().getConditions().stream()
            .anyMatch(c -> "Ready".equals(c.getType()) && "True".equals(c.getStatus()))
        ? "ready"
        : "";
  }

  /** The kubelet lets a pod go when it has written down that its containers have ended. */
  private static boolean mayStillRun(Pod pod) {
    return pod.getSpec().getNodeName() != null
        && pod.getStatus().getContainerStatuses().stream()
            .anyMatch(container -> container.getState().getRunning() != null);
  }

  private static String app(Pod pod) {
    var labels = pod.getMetadata().getLabels();
    return labels == null ? "" : labels.getOrDefault("app", "");
  }

  @Override
  public void close() {
    watch.close();
  }
}
