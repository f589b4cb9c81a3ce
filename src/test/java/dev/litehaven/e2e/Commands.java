package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Programs that the tests run, always against the cluster under test. Each fails with its output.
 */
public final class Commands {
  private final TestCluster cluster;

  public Commands(TestCluster cluster) {
    this.cluster = cluster;
  }

  /** Our resource definitions as they are here, whoever had others. */
  public void installDefinitions() {
    var kubectl = List.of("kubectl", "--kubeconfig", kubeconfig());
    run(kubectl, "apply", "--server-side", "--force-conflicts", "-f", "crds");
    run(kubectl, "wait", "--for=condition=Established", "--timeout=30s", "-f", "crds");
  }

  String kubectl(String namespace, String... arguments) {
    return run(
        List.of("kubectl", "--kubeconfig", kubeconfig(), "--namespace", namespace), arguments);
  }

  String helm(String namespace, String... arguments) {
    return run(List.of("helm", "--kubeconfig", kubeconfig(), "--namespace", namespace), arguments);
  }

  /** In the node's network. */
  String node(String command, String verb, String... arguments) {
    var line = new ArrayList<>(script(cluster, cluster.name()));
    line.addAll(List.of("enter", command, verb));
    return run(line, arguments);
  }

  /** The cluster's own script. */
  String script(String... arguments) {
    return script(cluster, cluster.name(), arguments);
  }

  /** The same script for a cluster of this name. */
  static String script(TestCluster known, String name, String... arguments) {
    return run(script(known, name), arguments);
  }

  /** What an engineer would look at first. */
  String story(String namespace, String release) {
    var text = new StringBuilder();
    for (String[] command :
        List.of(
            // What was said first: a report of many failures shows only the beginning of each.
            new String[] {
              "get",
              "dbm,sdb",
              "-o=custom-columns=NAME:.metadata.name,CONDITIONS:.status.conditions[*].message"
            },
            new String[] {"get", "pods,jobs,leases,sdb,dbm,dbb", "-o", "wide"},
            new String[] {"describe", "dbm"},
            new String[] {"logs", "deployment/" + release, "--tail=80"})) {
      try {
        text.append(kubectl(namespace, command)).append('\n');
      } catch (AssertionError e) {
        text.append(e.getMessage()).append('\n');
      }
    }
    return text.toString();
  }

  // env keeps the name from the rest of this JVM's children.
  private static List<String> script(TestCluster known, String name) {
    return List.of(
        "env", "LITEHAVEN_CLUSTER_NAME=" + name, known.script().orElseThrow().toString());
  }

  private String kubeconfig() {
    return cluster.kubeconfig().toString();
  }

  private static String run(List<String> program, String... arguments) {
    var command = new ArrayList<>(program);
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(String.join(" ", command) + "\n" + output).isZero();
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
