package dev.litehaven.operator.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.workload.WorkloadRef.Kind;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClaimUsersTest {
  private static final String POD_SPEC =
      "{containers: [{name: app, image: x}], volumes: [{name: v, persistentVolumeClaim: {claimName: %s}}]}";

  @Test
  void findsWorkloadsByTheirTemplates() {
    assertThat(
            ClaimUsers.workloads(
                "data",
                List.of(
                    template(Deployment.class, "apps/v1", "Deployment", "a", "data"),
                    template(Deployment.class, "apps/v1", "Deployment", "b", "other")),
                List.of(template(StatefulSet.class, "apps/v1", "StatefulSet", "c", "data"))))
        .containsExactly(
            new WorkloadRef(Kind.DEPLOYMENT, "shop", "a"),
            new WorkloadRef(Kind.STATEFUL_SET, "shop", "c"));
  }

  @Test
  void findsAStatefulSetByTheNameOfItsOwnClaim() {
    StatefulSet set =
        Yaml.parse(
            """
            {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db, namespace: shop},
             spec: {template: {spec: {containers: []}}, volumeClaimTemplates: [{metadata: {name: data}}]}}
            """,
            StatefulSet.class);
    assertThat(ClaimUsers.workloads("data-db-0", List.of(), List.of(set))).hasSize(1);
    assertThat(ClaimUsers.workloads("data-db-12", List.of(), List.of(set))).hasSize(1);
    assertThat(ClaimUsers.workloads("data-db-old", List.of(), List.of(set))).isEmpty();
    assertThat(ClaimUsers.workloads("data-db-01", List.of(), List.of(set))).isEmpty();
    assertThat(ClaimUsers.workloads("data-db2-0", List.of(), List.of(set))).isEmpty();
  }

  @Test
  void podsOfDeclaredWorkloadsAndOfTheRunAreNotUndeclared() {
    var declared = new WorkloadRef(Kind.DEPLOYMENT, "shop", "app");
    ReplicaSet set =
        Yaml.parse(
            """
            {apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: app-1, namespace: shop, uid: rs-1,
             ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: app, uid: d-1, controller: true}]}}
            """,
            ReplicaSet.class);
    Pod ours = pod("ours", "data", "", "litehaven.dev/run: run-1", "Running");
    Pod otherRun = pod("other-run", "data", "", "litehaven.dev/run: run-0", "Running");
    Pod app =
        pod(
            "app-1-x",
            "data",
            "{kind: ReplicaSet, name: app-1, uid: rs-1, controller: true, apiVersion: apps/v1}",
            "",
            "Running");
    Pod stranger = pod("debug", "data", "", "", "Running");
    Pod done = pod("done", "data", "", "", "Succeeded");
    Pod elsewhere = pod("elsewhere", "other", "", "", "Running");
    assertThat(
            ClaimUsers.undeclared(
                "data",
                List.of(ours, otherRun, app, stranger, done, elsewhere),
                List.of(declared),
                List.of(set),
                Map.of("litehaven.dev/run", "run-1")))
        .containsExactly(otherRun, stranger);
    // Without labels to tell them by, no stranger is taken for one of ours.
    assertThat(ClaimUsers.undeclared("data", List.of(stranger), List.of(), List.of(), Map.of()))
        .containsExactly(stranger);
  }

  @Test
  void aPodOfAReplicaSetThatIsGoneIsUndeclared() {
    Pod orphan =
        pod(
            "x",
            "data",
            "{kind: ReplicaSet, name: app-1, uid: gone, controller: true, apiVersion: apps/v1}",
            "",
            "Running");
    assertThat(
            ClaimUsers.undeclared(
                "data",
                List.of(orphan),
                List.of(new WorkloadRef(Kind.DEPLOYMENT, "shop", "app")),
                List.of(),
                Map.of()))
        .containsExactly(orphan);
  }

  @Test
  void namesOtherThingsThatWouldMountTheClaim() {
    Job finished = template(Job.class, "batch/v1", "Job", "finished", "data");
    finished.setStatus(
        Yaml.parse(
            "{conditions: [{type: Complete, status: 'True'}]}",
            io.fabric8.kubernetes.api.model.batch.v1.JobStatus.class));
    CronJob cron =
        Yaml.parse(
            "{apiVersion: batch/v1, kind: CronJob, metadata: {name: nightly}, spec: {jobTemplate: {spec: {template: {spec: "
                + POD_SPEC.formatted("data")
                + "}}}}}",
            CronJob.class);
    assertThat(
            ClaimUsers.others(
                "data",
                List.of(template(ReplicaSet.class, "apps/v1", "ReplicaSet", "bare", "data")),
                List.of(template(DaemonSet.class, "apps/v1", "DaemonSet", "agent", "data")),
                List.of(template(Job.class, "batch/v1", "Job", "import", "data"), finished),
                List.of(cron),
                Map.of()))
        .containsExactly("ReplicaSet bare", "DaemonSet agent", "Job import", "CronJob nightly");
  }

  private static <T> T template(Class<T> type, String api, String kind, String name, String claim) {
    return Yaml.parse(
        "{apiVersion: %s, kind: %s, metadata: {name: %s, namespace: shop}, spec: {template: {spec: %s}}}"
            .formatted(api, kind, name, POD_SPEC.formatted(claim)),
        type);
  }

  private static Pod pod(String name, String claim, String owner, String label, String phase) {
    return Yaml.parse(
        "{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: shop, labels: {%s}, ownerReferences: [%s]}, spec: %s, status: {phase: %s}}"
            .formatted(name, label, owner, POD_SPEC.formatted(claim), phase),
        Pod.class);
  }
}
