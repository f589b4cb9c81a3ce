package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The admission policy of the chart: nobody comes onto a claim that a run has for itself. */
@Tag("cluster")
class BarrierClusterTest {
  private static Haven haven;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("barrier");
  }

  @AfterAll
  static void remove() {
    haven.close();
  }

  @Test
  void whoComesWhileARunHasTheClaimIsRefusedWithItsName() {
    haven.start("shut", Apps.held("shut", "v1", "holdings.quantity"));
    // Keeps the app stopped for a while, and then gives up.
    haven.snapshotsBy("shut", "litehaven-snapshot-never-ready", 12);
    haven.apply(Apps.migration("shut", "shut", Apps.addColumn("001", "risk"), ""));
    String run = haven.awaitBarrier("shut");

    assertThat(refusal(pod("intruder", Map.of())))
        .contains(run, "SQLiteDatabase shut", "claim shut-data", "ends by itself");
    assertThat(refusal(pod("late-runner", Map.of("litehaven.dev/run", "m-another")))).contains(run);
    assertThat(refusal(pod("runner", Map.of("litehaven.dev/run", run)))).isEmpty();
    Pod gated = pod("gated", Map.of());
    gated.getSpec().setSchedulingGates(waiting().getSpec().getSchedulingGates());
    assertThat(refusal(gated)).isEmpty();
    Pod elsewhere = pod("elsewhere", Map.of());
    elsewhere.getSpec().getVolumes().getFirst().getPersistentVolumeClaim().setClaimName("other");
    assertThat(refusal(elsewhere)).isEmpty();
    Assertions.assertThatThrownBy(this::openByHand)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(run)
        .hasMessageContaining("ends by itself");

    assertThat(haven.awaitEnd("shut").reason())
        .as(haven.story())
        .isEqualTo(Reason.SNAPSHOT_NOT_READY.text());
    haven.awaitRunning("shut");
    haven.await(
        "the claim to be open again", () -> refusal(pod("intruder", Map.of())), String::isEmpty);
  }

  @Test
  void aMigrationRunsToItsEndWithAndWithoutThePolicy() {
    haven.start("held", Apps.held("held", "v1", "holdings.quantity"));
    haven.start("scaled", Apps.scaled("scaled", "v1", "holdings.quantity"));
    assertMigrated(Apps.addColumn("001", "risk"));

    // Nobody notices: the policy is a second line behind what the operator does itself.
    haven.install("--set", "admissionPolicy.enabled=false");
    assertThat(haven.kubectl("get", "validatingadmissionpolicies", "-o", "name"))
        .doesNotContain(haven.namespace);
    assertMigrated(Apps.addColumn("001", "risk") + Apps.addColumn("002", "sector"));
    haven.install();
  }

  private static void assertMigrated(String steps) {
    for (String app : List.of("held", "scaled")) {
      haven.apply(Apps.migration(app, app, steps, ""));
    }
    for (String app : List.of("held", "scaled")) {
      assertThat(haven.awaitEnd(app).status()).as(haven.story()).isEqualTo(Condition.TRUE);
      haven.assertNoRowLost(app, 1);
    }
  }

  /** The app's next pod, at the gate. */
  private static Pod waiting() {
    return haven
        .await(
            "a pod at the gate",
            () ->
                haven
                    .client
                    .pods()
                    .inNamespace(haven.namespace)
                    .withLabel("app", "shut")
                    .list()
                    .getItems()
                    .stream()
                    .filter(pod -> !pod.getSpec().getSchedulingGates().isEmpty())
                    .toList(),
            pods -> pods.size() == 1)
        .getFirst();
  }

  private void openByHand() {
    haven.kubectl(
        "patch",
        "pod",
        waiting().getMetadata().getName(),
        "--dry-run=server",
        "--type=json",
        "-p",
        "[{\"op\":\"remove\",\"path\":\"/spec/schedulingGates/0\"}]");
  }

  private static Pod pod(String name, Map<String, String> labels) {
    Pod pod = Serialization.unmarshal(Apps.stranger(name, "shut-data"), Pod.class);
    pod.getMetadata().setLabels(labels);
    return pod;
  }

  /** What the API server would say to this pod; empty: it would take it. */
  private static String refusal(Pod pod) {
    try {
      haven.client.resource(pod).inNamespace(haven.namespace).dryRun().create();
      return "";
    } catch (KubernetesClientException e) {
      return e.getMessage();
    }
  }
}
