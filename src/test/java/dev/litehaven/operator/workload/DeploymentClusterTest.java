package dev.litehaven.operator.workload;

import static dev.litehaven.operator.workload.Cluster.anyReady;
import static dev.litehaven.operator.workload.Cluster.assertStopped;
import static dev.litehaven.operator.workload.Cluster.failedMigration;
import static dev.litehaven.operator.workload.Cluster.nothingOn;
import static dev.litehaven.operator.workload.Cluster.runs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.workload.WorkloadGoal.Released;
import dev.litehaven.operator.workload.WorkloadGoal.Started;
import dev.litehaven.operator.workload.WorkloadGoal.Stopped;
import dev.litehaven.operator.workload.WorkloadGoal.Template.New;
import dev.litehaven.operator.workload.WorkloadGoal.Template.Old;
import dev.litehaven.operator.workload.WorkloadPlan.Wait;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Deployments under the real controllers. */
@Tag("cluster")
class DeploymentClusterTest {
  private final Cluster cluster = new Cluster();
  private final WorkloadRef app =
      new WorkloadRef(WorkloadRef.Kind.DEPLOYMENT, cluster.namespace, "app");

  @AfterEach
  void removeNamespace() {
    cluster.close();
  }

  @Test
  void holdsAndStartsTheSameTemplateAgain() {
    String v1 = letInFirst();

    cluster.reach(app, stopped("run-1"));

    WorkloadObservation held = cluster.observe(app);
    assertStopped(held);
    assertThat(deployment().getSpec().getPaused()).isTrue();
    assertThat(held.heldBy()).contains("run-1");
    assertThat(Gatekeeper.decide(held, nothingOn()).actions()).isEmpty();
    assertThat(WorkloadPlanner.plan(held, stopped("run-2")))
        .isInstanceOfSatisfying(
            Wait.class, w -> assertThat(w.reason()).isEqualTo(Reason.WAITING_FOR_LOCK));

    cluster.reach(app, new Started("run-1", new Old()));
    cluster.reach(app, new Released("run-1"));

    assertThat(cluster.awaitSeen(app, WorkloadObservation::controllerUpToDate)).matches(runs(v1));
    assertUntouched();
  }

  @Test
  void letsInTheNewTemplateAndTheOldOneGoes() {
    String v1 = letInFirst();
    cluster.apply(Manifests.deployment("2", Manifests.GOOD, true));
    String v2 = waitingBeside(v1);

    cluster.reach(app, stopped("run-1"));
    cluster.reach(app, new Started("run-1", new New()));
    cluster.reach(app, new Released("run-1"));

    cluster.awaitSeen(
        app, runs(v2).and(s -> s.pods().size() == 1 && s.templatesInUse().size() == 1));
    assertUntouched();
  }

  @Test
  void goesBackToTheOldTemplateWhenTheNewOneCrashesEvenIfAThirdArrivesMeanwhile() {
    String v1 = letInFirst();
    cluster.apply(Manifests.deployment("2", Manifests.BAD, true));
    String v2 = waitingBeside(v1);

    cluster.reach(app, stopped("run-1"));
    WorkloadPlan failing =
        cluster.until(
            app,
            new Started("run-1", new New()),
            plan -> plan instanceof Wait wait && wait.reason() == Reason.WORKLOAD_NOT_READY);
    assertThat(failing.message()).contains("exit code 3", "no such column: risk");
    assertThat(cluster.observe(app).openPods()).allMatch(p -> p.template().equals(v2));

    cluster.reach(app, stopped("run-1"));
    assertStopped(cluster.observe(app));
    cluster.apply(Manifests.deployment("3", Manifests.GOOD, true));
    cluster.reach(app, new Started("run-1", new Old()));
    cluster.reach(app, new Released("run-1"));

    // The third template replaces the failed one at the gate, and the gate stays closed to it.
    WorkloadObservation end =
        cluster.keepGate(
            app,
            failedMigration(v1),
            runs(v1)
                .and(s -> s.newestTemplate().isPresent())
                .and(s -> s.waitingPods().size() == 1)
                .and(
                    s ->
                        s.waitingPods()
                            .getFirst()
                            .template()
                            .equals(s.newestTemplate().orElseThrow())));
    assertThat(end.waitingPods().getFirst().template()).isNotIn(v1, v2);
    assertThat(Gatekeeper.decide(end, failedMigration(v1)).held())
        .singleElement()
        .satisfies(h -> assertThat(h.message()).contains("migration m, which failed"));
    assertUntouched();
  }

  @Test
  void comesBackWhenTheRecordIsTakenOffInTheMiddle() {
    String v1 = letInFirst();
    cluster.apply(Manifests.deployment("2", Manifests.GOOD, true));
    waitingBeside(v1);
    cluster.reach(app, stopped("run-1"));

    cluster
        .client
        .apps()
        .deployments()
        .inNamespace(cluster.namespace)
        .withName("app")
        .edit(
            d -> {
              d.getMetadata().getAnnotations().remove(Api.QUIESCED);
              return d;
            });

    assertThat(cluster.observe(app).heldBy()).contains("run-1");
    cluster.reach(app, new Started("run-1", new Old()));
    cluster.reach(app, new Released("run-1"));
    cluster.awaitSeen(app, runs(v1));
    assertUntouched();
  }

  @Test
  void rolloutUndoBringsBackARecordThatNobodyIsFooledBy() {
    String v1 = letInFirst();
    cluster.reach(app, stopped("run-1"));
    cluster.reach(app, new Started("run-1", new Old()));
    cluster.reach(app, new Released("run-1"));

    // What kubectl rollout undo does with annotations: the ReplicaSet's replace the Deployment's.
    Map<String, String> copied =
        cluster.await(
            () ->
                cluster
                    .client
                    .apps()
                    .replicaSets()
                    .inNamespace(cluster.namespace)
                    .list()
                    .getItems()
                    .getFirst()
                    .getMetadata()
                    .getAnnotations(),
            a -> a.containsKey(Api.QUIESCED));
    cluster
        .client
        .apps()
        .deployments()
        .inNamespace(cluster.namespace)
        .withName("app")
        .edit(
            d -> {
              d.getMetadata().getAnnotations().put(Api.QUIESCED, copied.get(Api.QUIESCED));
              return d;
            });

    assertThat(cluster.observe(app).quiesced()).isPresent();
    assertThat(cluster.observe(app).heldBy()).isEmpty();
    cluster.reach(app, stopped("run-2"));
    assertThat(cluster.observe(app).heldBy()).contains("run-2");
    cluster.reach(app, new Started("run-2", new Old()));
    cluster.reach(app, new Released("run-2"));
    cluster.awaitSeen(app, runs(v1));
    assertUntouched();
  }

  @Test
  void scalesWhereThereIsNoGate() {
    cluster.apply(Manifests.deployment("1", Manifests.GOOD, false));
    String v1 = cluster.awaitSeen(app, anyReady()).openPods().getFirst().template();

    cluster.reach(app, stopped("run-1"));

    assertStopped(cluster.observe(app));
    assertThat(deployment().getSpec().getReplicas()).isZero();
    cluster.reach(app, new Started("run-1", new Old()));
    cluster.reach(app, new Released("run-1"));
    assertThat(cluster.observe(app)).matches(runs(v1));
    assertThat(deployment().getSpec().getReplicas()).isEqualTo(1);
    assertUntouched();
  }

  @Test
  void scaledDeploymentComesBackByReleaseAlone() {
    cluster.apply(Manifests.deployment("1", Manifests.GOOD, false));
    String v1 = cluster.awaitSeen(app, anyReady()).openPods().getFirst().template();
    cluster.reach(app, stopped("run-1"));

    cluster.reach(app, new Released("run-1"));

    cluster.awaitSeen(app, runs(v1));
    assertUntouched();
  }

  @Test
  void staleActionsChangeNothing() {
    letInFirst();
    WorkloadObservation before = cluster.observe(app);
    var actor = new WorkloadActor(cluster.client, java.time.Clock.systemUTC());
    cluster.reach(app, stopped("run-1"));
    PodState gone = before.openPods().getFirst();
    PodState waiting =
        cluster.awaitSeen(app, s -> !s.waitingPods().isEmpty()).waitingPods().getFirst();

    assertThat(
            actor.apply(
                app, java.util.List.of(new WorkloadAction.DeletePod(waiting.name(), gone.uid()))))
        .isEqualTo(WorkloadActor.Outcome.STALE);
    assertThat(
            actor.apply(
                app,
                java.util.List.of(
                    new WorkloadAction.OpenPod(waiting.name(), waiting.uid(), "1", 0))))
        .isEqualTo(WorkloadActor.Outcome.STALE);
    assertThat(
            actor.apply(
                app, ((WorkloadPlan.Act) WorkloadPlanner.plan(before, stopped("run-2"))).actions()))
        .isEqualTo(WorkloadActor.Outcome.STALE);
    assertThat(cluster.observe(app).heldBy()).contains("run-1");
    assertThat(cluster.observe(app).waitingPods())
        .extracting(PodState::uid)
        .contains(waiting.uid());
  }

  /** The first template passes at once, and its readiness gate is set when it is up. */
  private String letInFirst() {
    cluster.apply(Manifests.deployment("1", Manifests.GOOD, true));
    return cluster.keepGate(app, nothingOn(), anyReady()).openPods().getFirst().template();
  }

  private String waitingBeside(String running) {
    WorkloadObservation seen =
        cluster.awaitSeen(
            app,
            runs(running)
                .and(s -> s.waitingPods().size() == 1)
                .and(s -> !s.newestTemplate().equals(Optional.of(running))));
    return seen.waitingPods().getFirst().template();
  }

  private static Stopped stopped(String run) {
    return new Stopped(run, Optional.empty());
  }

  private Deployment deployment() {
    return cluster.client.apps().deployments().inNamespace(cluster.namespace).withName("app").get();
  }

  private void assertUntouched() {
    assertThat(deployment().getSpec().getPaused()).isIn(null, false);
    assertThat(deployment().getMetadata().getAnnotations()).doesNotContainKey(Api.QUIESCED);
  }
}
