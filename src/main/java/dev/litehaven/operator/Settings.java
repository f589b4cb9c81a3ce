package dev.litehaven.operator;

import java.util.List;

/**
 * How this operator is run.
 *
 * @param instance name of this process, for Events and the leader's lease
 * @param namespace where it runs
 * @param watched namespaces that it works in; empty: all
 * @param runnerImage image of the runner pods: the operator's own
 * @param leaderElection off only where one process is known to run
 * @param leaderLease name of the Lease that the leader holds
 */
public record Settings(
    String instance,
    String namespace,
    List<String> watched,
    String runnerImage,
    String runnerPullPolicy,
    boolean leaderElection,
    String leaderLease) {
  public Settings {
    watched = List.copyOf(watched);
  }
}
