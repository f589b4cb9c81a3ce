package dev.litehaven.operator.workload;

import static dev.litehaven.operator.workload.Cluster.anyReady;
import static dev.litehaven.operator.workload.Cluster.assertStopped;
import static dev.litehaven.operator.workload.Cluster.nothingOn;
import static dev.litehaven.operator.workload.Cluster.runs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.workload.WorkloadGoal.Released;
import dev.litehaven.operator.workload.WorkloadGoal.Started;
import dev.litehaven.operator.workload.WorkloadGoal.Stopped;
import dev.litehaven.operator.workload.WorkloadGoal.Template.New;
import dev.litehaven.operator.workload.WorkloadGoal.Template.Old;
import dev.litehaven.operator.workload.WorkloadPlan.Wait;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** StatefulSets under the real controller. */
@Tag("cluster")
class StatefulSetClusterTest {
  private static final Stopped STOPPED = new Stopped("run-1", Optional.empty());

  private final Cluster cluster = new Cluster();
  private final WorkloadRef app =
      new WorkloadRef(WorkloadRef.Kind.STATEFUL_SET, cluster.namespace, "app");

  @AfterEach
  void removeNamespace() {
    cluster.close();
  }

  @Test
  void holdsByPartitionAndLetsInTheNewTemplate() {
    String v1 = letInFirst(1);
    cluster.apply(Manifests.statefulSet("2", Manifests.GOOD, true, 1));
    String v2 = updateWaits(v1);
    // Without a run, the gatekeeper asks for one: at this partition no pod of it will come.
    assertThat(Gatekeeper.decide(cluster.observe(app), nothingOn()).handOver()).contains(v2);

    cluster.reach(app, STOPPED);
    assertStopped(cluster.observe(app));
    cluster.reach(app, new Started("run-1", new New()));
    cluster.reach(app, new Released("run-1"));

    cluster.awaitSeen(app, runs(v2));
    assertThat(set().getStatus().getCurrentRevision()).isEqualTo(v2);
    assertUntouched(1);
  }

  @Test
  void goesBackToTheOldTemplateWhenTheNewOneCrashes() {
    String v1 = letInFirst(1);
    cluster.apply(Manifests.statefulSet("2", Manifests.BAD, true, 1));
    updateWaits(v1);

    cluster.reach(app, STOPPED);
    WorkloadPlan failing =
        cluster.until(
            app,
            new Started("run-1", new New()),
            plan -> plan instanceof Wait wait && wait.reason() == Reason.WORKLOAD_NOT_READY);
    assertThat(failing.message()).contains("no such column: risk");
    cluster.reach(app, STOPPED);
    assertStopped(cluster.observe(app));
    cluster.reach(app, new Started("run-1", new Old()));
    cluster.reach(app, new Released("run-1"));

    cluster.awaitSeen(app, runs(v1));
    assertUntouched(1);
  }

  @Test
  void isStoppedAndStartedAtPartitionZero() {
    String v1 = letInFirst(0);

    cluster.reach(app, STOPPED);
    assertStopped(cluster.observe(app));
    cluster.reach(app, new Started("run-1", new Old()));
    cluster.reach(app, new Released("run-1"));

    cluster.awaitSeen(app, runs(v1));
    assertUntouched(0);
  }

  @Test
  void scalesWhereThereIsNoGate() {
    cluster.apply(Manifests.statefulSet("1", Manifests.GOOD, false, 0));
    String v1 = cluster.awaitSeen(app, anyReady()).openPods().getFirst().template();

    cluster.reach(app, STOPPED);
    assertStopped(cluster.observe(app));
    assertThat(set().getSpec().getReplicas()).isZero();
    cluster.reach(app, new Started("run-1", new Old()));
    cluster.reach(app, new Released("run-1"));

    cluster.awaitSeen(app, runs(v1));
    assertThat(set().getSpec().getReplicas()).isEqualTo(1);
    assertUntouched(0);
  }

  private String letInFirst(int partition) {
    cluster.apply(Manifests.statefulSet("1", Manifests.GOOD, true, partition));
    return cluster.keepGate(app, nothingOn(), anyReady()).openPods().getFirst().template();
  }

  private String updateWaits(String running) {
    WorkloadObservation seen =
        cluster.awaitSeen(
            app,
            runs(running)
                .and(s -> s.newestTemplate().isPresent())
                .and(s -> !s.newestTemplate().equals(Optional.of(running))));
    return seen.newestTemplate().orElseThrow();
  }

  private StatefulSet set() {
    return cluster
        .client
        .apps()
        .statefulSets()
        .inNamespace(cluster.namespace)
        .withName("app")
        .get();
  }

  private void assertUntouched(int partition) {
    assertThat(set().getSpec().getUpdateStrategy().getRollingUpdate().getPartition())
        .isEqualTo(partition);
    assertThat(cluster.observe(app).quiesced()).isEmpty();
  }
}
