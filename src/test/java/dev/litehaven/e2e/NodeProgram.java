package dev.litehaven.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that runs in the network of a cluster's node, where pods reach it. */
final class NodeProgram implements AutoCloseable {
  /** Of the node, in that network. */
  static final String ADDRESS = "198.51.100.1";

  private final Process process;

  NodeProgram(Process process) {
    this.process = process;
  }

  /** To be started there. */
  static ProcessBuilder builder(TestCluster cluster, String... command) {
    var line = new ArrayList<>(List.of(cluster.script().orElseThrow().toString(), "enter"));
    line.addAll(List.of(command));
    var builder = new ProcessBuilder(line);
    builder.environment().put("LITEHAVEN_CLUSTER_NAME", cluster.name());
    return builder;
  }

  /** Sends a signal, as {@code STOP}, to the program itself, which the script has started. */
  void signal(String signal) {
    NodeProcesses.signal(process.descendants().toList(), signal);
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
