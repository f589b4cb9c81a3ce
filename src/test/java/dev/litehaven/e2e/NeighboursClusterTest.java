package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Others who work against a stopped workload: each migration is done, or refused with a reason; no
 * row is lost, the workload comes back, and no pod is cut short. Each with hold and with scale.
 */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NeighboursClusterTest {
  private static final String HELD = "held";
  private static final String SCALED = "scaled";
  private static final List<String> BOTH = List.of(HELD, SCALED);

  /** Some seconds in which something can happen while the workload is stopped. */
  private static final String SLOWLY =
      """
      - version: "%1$03d"
        up: |
          CREATE TABLE slow_%1$d AS WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 5000000)
          SELECT count(*) AS n FROM c;
      """;

  private final Map<String, Long> acknowledged = new TreeMap<>();
  private Haven haven;
  private PodDiary diary;
  private int version;

  @BeforeAll
  void install() {
    haven = Haven.withOperator("neighbours");
    diary = new PodDiary(haven.client, haven.namespace);
    haven.start(HELD, Apps.held(HELD, "v1", "holdings.quantity"));
    haven.start(SCALED, Apps.scaled(SCALED, "v1", "holdings.quantity"));
  }

  @AfterAll
  void remove() {
    diary.close();
    haven.close();
  }

  @AfterEach
  void nothingWasCutShort() {
    assertThat(diary.cutShort()).isEmpty();
  }

  @Test
  void anAutoscalerThatScalesUp() {
    // It looks every 15 s, so the workloads are kept stopped for longer than that.
    BOTH.forEach(app -> haven.snapshotsBy(app, "litehaven-snapshot-never-ready", 20));
    migrate();
    BOTH.forEach(app -> haven.apply(autoscaler(app)));

    for (String app : BOTH) {
      assertThat(haven.awaitEnd(app).reason())
          .as(haven.story())
          .isEqualTo(Reason.SNAPSHOT_NOT_READY.text());
    }
    haven.await(
        "the autoscaler to have its way",
        () -> haven.running(HELD).size() + haven.running(SCALED).size(),
        pods -> pods == 4);
    BOTH.forEach(app -> haven.kubectl("delete", "hpa", app));
    scale(1);
    haven.kubectl("patch", "sdb", HELD, "--type=merge", "-p", noSnapshots());
    haven.kubectl("patch", "sdb", SCALED, "--type=merge", "-p", noSnapshots());
    // What was not done is done with the next one.
    BOTH.forEach(this::assertBack);
  }

  @Test
  void aLoopThatScalesUp() throws InterruptedException {
    migrate();
    haven.awaitBarrier(HELD);
    var ended = new AtomicBoolean();
    // Two where there is one, and one where there is none.
    Thread loop =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (!ended.get()) {
                    scale(HELD, 2);
                    scale(SCALED, 1);
                    sleep();
                  }
                });
    try {
      BOTH.forEach(haven::awaitEnd);
    } finally {
      ended.set(true);
      loop.join();
    }
    scale(1);
    // With two replicas it is said that it cannot be held; with one it is as it was.
    haven.await(
        "the migration to be ready",
        () -> haven.condition(HELD).map(Condition::status),
        status -> status.filter(Condition.TRUE::equals).isPresent());
    assertDone();
  }

  @Test
  void aRestart() {
    next();
    migrate(HELD);
    haven.awaitBarrier(HELD);
    // A paused Deployment is not restarted by kubectl; whoever does it nonetheless writes this.
    assertThatThrownBy(() -> haven.kubectl("rollout", "restart", "deployment/" + HELD))
        .hasMessageContaining("paused");
    haven.kubectl(
        "patch",
        "deployment",
        HELD,
        "-p",
        "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"restarted\":\"now\"}}}}}");
    haven.awaitEnd(HELD);
    migrate(SCALED);
    haven.awaitBarrier(SCALED);
    haven.kubectl("rollout", "restart", "deployment/" + SCALED);

    assertDone();
    haven.await(
        "the restarted pod",
        () -> haven.running(HELD),
        pods ->
            pods.size() == 1
                && pods.getFirst().getMetadata().getAnnotations() != null
                && pods.getFirst().getMetadata().getAnnotations().containsKey("restarted"));
  }

  @Test
  void aPodOfNobodyAndTheJobOfACronJob() {
    haven.apply(Apps.cronJob("nightly", HELD + "-data"));
    haven.apply(Apps.cronJob("hourly", SCALED + "-data"));
    next();
    Map<String, String> jobs = Map.of(HELD, "nightly", SCALED, "hourly");
    for (String app : BOTH) {
      migrate(app);
      String run = haven.awaitBarrier(app);
      assertThatThrownBy(() -> haven.apply(Apps.stranger("visitor", app + "-data")))
          .isInstanceOf(KubernetesClientException.class)
          .hasMessageContaining(run);
      haven.kubectl("create", "job", "now-" + app, "--from=cronjob/" + jobs.get(app));
    }

    assertDone();
    for (String app : BOTH) {
      haven.await(
          "the job of " + app,
          () -> haven.kubectl("get", "job", "now-" + app, "-o", "jsonpath={.status.succeeded}"),
          "1"::equals);
    }
    assertThat(haven.kubectl("get", "events", "-o", "custom-columns=M:.message"))
        .contains("has SQLiteDatabase");
    haven.awaitDatabase(
        HELD, ready -> ready.message().contains("Also mounts the claim: CronJob nightly;"));
  }

  @Test
  void aStatefulSetWhoseClaimsGoWhenItIsScaled() {
    haven.apply(Apps.files("frail", Apps.SEED));
    haven.apply(
        Apps.stateful("frail", "v1", "holdings.quantity")
            .replace("      schedulingGates: [{name: litehaven.dev/hold}]\n", "")
            .replace(
                "  replicas: 1\n",
                "  replicas: 1\n  persistentVolumeClaimRetentionPolicy: {whenScaled: Delete}\n"));
    haven.apply(Apps.databaseOn("frail", "data-frail-0"));
    String pod = haven.awaitRunning("frail").getMetadata().getUid();
    haven.apply(Apps.migration("frail", "frail", Apps.addColumn("001", "risk"), ""));

    Condition end = haven.awaitEnd("frail");

    assertThat(end.reason()).isEqualTo(Reason.WORKLOAD_NOT_SUPPORTED.text());
    assertThat(end.message()).contains("whenScaled");
    assertThat(haven.awaitRunning("frail").getMetadata().getUid()).isEqualTo(pod);
    haven.assertNoRowLost("frail", 1);
  }

  /** The second takes 20 s to end, and is waited for. */
  @Test
  void twoWorkloadsOfWhichOneDoesNotWantToEnd() {
    haven.start("first", Apps.held("first", "v1", "holdings.quantity"));
    haven.apply(Apps.stubborn("second", "first-data", 20));
    haven.awaitRunning("second");
    haven.kubectl(
        "patch",
        "sdb",
        "first",
        "--type=merge",
        "-p",
        "{\"spec\":{\"workloads\":[{\"kind\":\"Deployment\",\"name\":\"first\"},{\"kind\":\"Deployment\",\"name\":\"second\"}]}}");
    haven.awaitDatabase("first", ready -> Condition.TRUE.equals(ready.status()));
    long before = haven.acknowledged("first");
    int told = diary.entries().size();
    haven.apply(patiently(Apps.migration("first", "first", Apps.addColumn("001", "risk"), "")));

    haven.await(
        "the run to wait for the second",
        () -> haven.message("first"),
        message -> message.contains("second-") && message.contains("has not ended yet"));
    assertThat(haven.awaitEnd("first").status()).as(haven.story()).isEqualTo(Condition.TRUE);

    assertThat(haven.migration("first").getStatus().runs().getFirst().downtimeMillis())
        .isGreaterThan(20_000);
    haven.assertNoRowLost("first", before);
    haven.awaitRunning("second");
    List<String> since =
        diary.entries().subList(told, diary.entries().size()).stream()
            .filter(entry -> entry.startsWith("first ") || entry.startsWith("second "))
            .toList();
    assertThat(since)
        .containsSubsequence("first leaving", "first ended", "second leaving", "second ended")
        .containsSubsequence("second ended", "first ready", "second ready");
  }

  /** One more migration for each, at once. */
  private void migrate() {
    next();
    BOTH.forEach(this::migrate);
  }

  /** What is there before the next migration; asking may take a while. */
  private void next() {
    version++;
    BOTH.forEach(app -> acknowledged.put(app, haven.acknowledged(app)));
  }

  private void migrate(String app) {
    var steps = new StringBuilder();
    for (int step = 1; step <= version; step++) {
      steps.append(SLOWLY.formatted(step));
    }
    haven.apply(
        patiently(Apps.migration(app, app, steps.toString(), "activeDeadlineSeconds: 120")));
  }

  /** Much goes on here at once; how long a start takes is not the question. */
  private static String patiently(String migration) {
    return migration.replace("readinessDeadlineSeconds: 20", "readinessDeadlineSeconds: 120");
  }

  private void assertDone() {
    for (String app : BOTH) {
      assertThat(haven.awaitEnd(app).status()).as(haven.story()).isEqualTo(Condition.TRUE);
      assertBack(app);
      assertThat(haven.migration(app).getStatus().currentVersion())
          .isEqualTo("%03d".formatted(version));
    }
  }

  private void assertBack(String app) {
    haven.awaitRunning(app);
    haven.assertNoRowLost(app, acknowledged.get(app));
    assertThat(haven.sql(app, "PRAGMA integrity_check")).isEqualTo("ok");
  }

  private void scale(int replicas) {
    BOTH.forEach(app -> scale(app, replicas));
  }

  private void scale(String app, int replicas) {
    haven.client.apps().deployments().inNamespace(haven.namespace).withName(app).scale(replicas);
  }

  private static void sleep() {
    try {
      TimeUnit.MILLISECONDS.sleep(300);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String noSnapshots() {
    return "{\"spec\":{\"backup\":{\"volumeSnapshotClassName\":null}}}";
  }

  private static String autoscaler(String app) {
    return """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: %1$s}
        spec:
          minReplicas: 2
          maxReplicas: 3
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %1$s}
          metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
        """
        .formatted(app);
  }
}
