package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A runner has the volume and nothing else: no token, and no network that it would miss. */
@Tag("cluster")
@Isolated
class RunnerIsolationClusterTest {
  private static final String PODS = "10.244.0.0/16";
  private static final String CONNECT =
      "import socket; socket.create_connection(('kubernetes.default.svc', 443), timeout=3)";

  private static Haven haven;
  private final List<String[]> rules = new ArrayList<>();

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("isolation");
    haven.start("island", Apps.held("island", "v1", "holdings.quantity"));
  }

  @AfterAll
  static void remove() {
    haven.close();
  }

  @AfterEach
  void restoreNetwork() {
    rules.forEach(rule -> haven.node("iptables", "-D", rule));
  }

  @Test
  void aMigrationSucceedsWhileNewPodsHaveNoNetwork() {
    haven.requireNode();
    cutOffNewPods();

    haven.apply(Apps.migration("island", "island", Apps.addColumn("001", "risk"), ""));

    assertThat(haven.awaitEnd("island").status()).as(haven.story()).isEqualTo(Condition.TRUE);
    // The app's pod is as new as the runners were.
    Pod app = haven.awaitRunning("island");
    assertThat(haven.fails(app, "python3", "-c", CONNECT)).isTrue();
  }

  @Test
  void noRunnerHasAToken() {
    List<Pod> runners = haven.runners();
    assertThat(runners).isNotEmpty();
    assertThat(runners)
        .allSatisfy(
            pod -> {
              assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
              assertThat(pod.getSpec().getVolumes())
                  .noneMatch(volume -> volume.getProjected() != null)
                  .noneMatch(volume -> volume.getSecret() != null);
            });
  }

  private void cutOffNewPods() {
    Stream<String> there =
        haven.client.pods().inAnyNamespace().list().getItems().stream()
            .map(pod -> pod.getStatus().getPodIP())
            .filter(ip -> ip != null && !ip.isEmpty());
    for (String chain : List.of("INPUT", "FORWARD")) {
      add(chain, "-s", PODS, "-j", "DROP");
    }
    // Later ones come first.
    there
        .distinct()
        .forEach(
            ip -> {
              add("INPUT", "-s", ip, "-j", "ACCEPT");
              add("FORWARD", "-s", ip, "-j", "ACCEPT");
            });
  }

  private void add(String... rule) {
    haven.node("iptables", "-I", rule);
    rules.add(rule);
  }
}
