package dev.litehaven.e2e.played;

import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.ReportFrame;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.runner.Runner;
import dev.litehaven.runner.steps.Interruption;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A node without a kubelet: what its pods would do is done here, in this process and on a
 * directory. The runner is the real one; the app is a writer of numbered rows.
 */
final class PlayedNode {
  private static final String APP = "shop";

  private final KubernetesClient admin;
  private final String namespace;
  private final Path volume;
  private final Map<String, String> logs = new ConcurrentHashMap<>();
  private int acknowledged = 0;

  PlayedNode(KubernetesClient admin, String namespace, Path volume) {
    this.admin = admin;
    this.namespace = namespace;
    this.volume = volume;
  }

  String log(String pod) {
    return logs.getOrDefault(pod, "");
  }

  /** Rows whose commit the app was told of. */
  int acknowledged() {
    return acknowledged;
  }

  /** Everything that pods can do now. */
  void step() throws SQLException {
    for (Pod pod : pods("app.kubernetes.io/component", "runner")) {
      if ("Pending".equals(pod.getStatus().getPhase())) {
        runRunner(pod);
      }
    }
    List<Pod> open =
        pods("app", APP).stream()
            .filter(pod -> pod.getSpec().getSchedulingGates().isEmpty())
            .toList();
    if (open.size() > 1) {
      throw new AssertionError("two pods of the app run at once");
    }
    for (Pod pod : open) {
      runApp(pod);
    }
  }

  private List<Pod> pods(String label, String value) {
    return admin.pods().inNamespace(namespace).withLabel(label, value).list().getItems().stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .toList();
  }

  private void runRunner(Pod pod) {
    String job = pod.getMetadata().getLabels().get("batch.kubernetes.io/job-name");
    ConfigMap request = admin.configMaps().inNamespace(namespace).withName(job).get();
    String json =
        request.getData().values().iterator().next().replace("\"/data\"", "\"" + volume + "\"");
    RunnerReport report =
        new Runner(Clock.systemUTC(), System::nanoTime, _ -> {}, new Interruption())
            .run(ProtocolJson.readRequest(json))
            .report();
    logs.put(pod.getMetadata().getName(), ReportFrame.frame(ProtocolJson.write(report)));
    boolean good = report.outcome() == RunnerReport.Outcome.SUCCEEDED;
    status(
        pod,
        now ->
            new PodBuilder(now)
                .editOrNewStatus()
                .withPhase(good ? "Succeeded" : "Failed")
                .withContainerStatuses(
                    new ContainerStatusBuilder()
                        .withName("runner")
                        .withImage("played")
                        .withImageID("")
                        .withReady(false)
                        .withRestartCount(0)
                        .withNewState()
                        .withNewTerminated()
                        .withExitCode(good ? 0 : 2)
                        .withReason(good ? "Completed" : "Error")
                        .endTerminated()
                        .endState()
                        .build())
                .endStatus()
                .build());
  }

  /** The app of a bad version never gets ready and never writes. */
  private void runApp(Pod pod) throws SQLException {
    boolean bad =
        pod.getSpec().getContainers().getFirst().getEnv().stream()
            .anyMatch(env -> "bad".equals(env.getValue()));
    boolean ready =
        pod.getStatus().getConditions().stream()
            .anyMatch(
                condition ->
                    "Ready".equals(condition.getType()) && "True".equals(condition.getStatus()));
    if (!bad) {
      write();
    }
    if (!bad && !ready) {
      setReady(pod);
    }
  }

  private void write() throws SQLException {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + volume.resolve("app.db"));
        var statement = connection.createStatement()) {
      statement.executeUpdate("INSERT INTO journal (number) VALUES (" + (acknowledged + 1) + ")");
      acknowledged++;
    }
  }

  private void setReady(Pod pod) {
    String now = Instant.now().toString();
    status(
        pod,
        found ->
            new PodBuilder(found)
                .editOrNewStatus()
                .withPhase("Running")
                .withConditions(
                    Stream.of("PodScheduled", "ContainersReady", "Ready")
                        .map(
                            type ->
                                new PodConditionBuilder()
                                    .withType(type)
                                    .withStatus("True")
                                    .withLastTransitionTime(now)
                                    .build())
                        .toList())
                .endStatus()
                .build());
  }

  /** The scheduler, who finds no node for these pods, writes their status as well. */
  private void status(Pod pod, UnaryOperator<Pod> change) {
    for (int attempt = 1; ; attempt++) {
      try {
        admin
            .pods()
            .inNamespace(namespace)
            .withName(pod.getMetadata().getName())
            .editStatus(change);
        return;
      } catch (KubernetesClientException e) {
        if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || attempt == 10) {
          throw e;
        }
      }
    }
  }
}
