package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two operators that both believe they lead: one operation, and no harm from whoever is late. */
@Tag("cluster")
class TwoLeadersClusterTest {
  private static final String APP = "led";

  private Haven haven;
  private int version;

  @BeforeEach
  void install() {
    haven = Haven.withOperator("leaders", "--set", "replicas=2");
    haven.start(APP, Apps.held(APP, "v1", "holdings.quantity"));
  }

  @AfterEach
  void remove() {
    haven.close();
  }

  @Test
  void bothActAllTheTimeAndEveryStepIsDoneOnce() throws Exception {
    haven.kubectl("set", "env", "deployment/litehaven", "LITEHAVEN_LEADER_ELECTION=false");
    haven.kubectl("rollout", "status", "deployment/litehaven", "--timeout=120s");
    haven.await("two operators", () -> haven.operators().size(), count -> count == 2);
    var pods = new ConcurrentHashMap<String, String>();
    try (var watch =
        haven
            .client
            .pods()
            .inNamespace(haven.namespace)
            .withLabel(Api.LABEL_RUN)
            .watch(recording(pods))) {
      for (int round = 0; round < 3; round++) {
        long before = haven.acknowledged(APP);
        migrate();
        haven.assertNoRowLost(APP, before);
      }
    }
    List<EndedRun> runs = haven.migration(APP).getStatus().runs();
    assertThat(runs).hasSize(3).allMatch(run -> run.reason().equals(Reason.SUCCEEDED.text()));
    for (EndedRun run : runs) {
      // The name of a Job has its run, step and epoch.
      assertThat(pods.values().stream().filter(step -> step.startsWith(run.id() + " ")).sorted())
          .as("pods of " + run.id())
          .containsExactly(run.id() + " migrate", run.id() + " plan", run.id() + " settle");
    }
    String events =
        haven.kubectl(
            "get", "events", "-o", "custom-columns=R:.reason,O:.involvedObject.kind,C:.count");
    assertThat(
            events
                .lines()
                .filter(line -> line.startsWith("Succeeded") && line.contains("DatabaseMigration")))
        .as(events)
        .hasSize(3);
    for (Pod operator : haven.operators()) {
      assertThat(
              haven
                  .client
                  .resource(operator)
                  .inNamespace(haven.namespace)
                  .get()
                  .getStatus()
                  .getContainerStatuses())
          .allMatch(container -> container.getRestartCount() == 0);
    }
  }

  @Test
  void aLeaderThatWasFrozenAndWakesUpChangesNothing() {
    haven.requireNode();
    long before = haven.acknowledged(APP);
    haven.apply(next());
    haven.awaitPhase(APP, "Migrating");
    Pod leader = leader();
    assertThat(NodeProcesses.signal(leader, "java", "STOP")).isPositive();
    Condition end;
    try {
      end = haven.awaitEnd(APP);
    } finally {
      NodeProcesses.signal(leader, "java", "CONT");
    }
    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.SUCCEEDED.text());
    String status = haven.kubectl("get", "dbm", APP, "-o", "jsonpath={.status.runs}");
    haven.await(
        "another leader, and the frozen one started anew",
        () -> haven.operators(),
        pods ->
            pods.size() == 2
                && pods.stream().allMatch(TwoLeadersClusterTest::ready)
                && pods.stream().anyMatch(this::restartedOrNew));

    assertThat(haven.kubectl("get", "dbm", APP, "-o", "jsonpath={.status.runs}")).isEqualTo(status);
    haven.assertNoRowLost(APP, before);
    migrate();
  }

  /** What a late operator started long ago comes to the volume after the next run. */
  @Test
  void aRunnerWithAnOlderTokenIsRefusedAtTheVolume() {
    haven.apply(next());
    Job job =
        haven.await("the Job that migrates", this::migrateJobs, jobs -> !jobs.isEmpty()).getFirst();
    String request =
        job.getSpec().getTemplate().getSpec().getVolumes().stream()
            .filter(volume -> volume.getConfigMap() != null)
            .findFirst()
            .orElseThrow()
            .getConfigMap()
            .getName();
    ConfigMap config =
        haven.client.configMaps().inNamespace(haven.namespace).withName(request).get();
    assertThat(haven.awaitEnd(APP).reason()).isEqualTo(Reason.SUCCEEDED.text());
    migrate();
    long before = haven.acknowledged(APP);
    String pod = haven.awaitRunning(APP).getMetadata().getUid();
    String inode = inode();

    haven.client.resource(late(config)).inNamespace(haven.namespace).create();
    haven.client.resource(late(job, request)).inNamespace(haven.namespace).create();
    haven.await(
        "the end of the late runner",
        () ->
            haven
                .client
                .batch()
                .v1()
                .jobs()
                .inNamespace(haven.namespace)
                .withName("late")
                .get()
                .getStatus(),
        ended -> ended != null && (one(ended.getFailed()) || one(ended.getSucceeded())));

    assertThat(haven.kubectl("logs", "job/late")).contains(Reason.FENCED.text() + ": ");
    assertThat(inode()).isEqualTo(inode);
    assertThat(haven.awaitRunning(APP).getMetadata().getUid()).isEqualTo(pod);
    haven.assertNoRowLost(APP, before);
    assertThat(haven.sql(APP, "PRAGMA integrity_check")).isEqualTo("ok");
    migrate();
  }

  private void migrate() {
    haven.apply(next());
    assertThat(haven.awaitEnd(APP).reason()).as(haven.story()).isEqualTo(Reason.SUCCEEDED.text());
  }

  private String next() {
    version++;
    var steps = new StringBuilder();
    for (int step = 1; step <= version; step++) {
      steps.append(Apps.addColumn("%03d".formatted(step), "c" + step));
    }
    return Apps.migration(APP, APP, steps.toString(), "")
        .replace("readinessDeadlineSeconds: 20", "readinessDeadlineSeconds: 120");
  }

  private Pod leader() {
    String holder =
        haven
            .client
            .leases()
            .inNamespace(haven.namespace)
            .withName("litehaven")
            .get()
            .getSpec()
            .getHolderIdentity();
    return haven.operators().stream()
        .filter(pod -> holder.contains(pod.getMetadata().getName()))
        .findFirst()
        .orElseThrow(() -> new AssertionError("the leader is " + holder));
  }

  private static boolean ready(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  private boolean restartedOrNew(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .anyMatch(container -> container.getRestartCount() > 0);
  }

  private List<Job> migrateJobs() {
    return haven
        .client
        .batch()
        .v1()
        .jobs()
        .inNamespace(haven.namespace)
        .withLabel(Api.LABEL_STEP, "migrate")
        .list()
        .getItems();
  }

  private static boolean one(Integer count) {
    return count != null && count > 0;
  }

  private String inode() {
    return haven
        .exec(
            haven.awaitRunning(APP),
            "python3",
            "-c",
            "import os; print(os.stat('/data/app.db').st_ino)")
        .strip();
  }

  private static ConfigMap late(ConfigMap config) {
    return new ConfigMapBuilder(config)
        .withMetadata(new ObjectMetaBuilder().withName("late").build())
        .build();
  }

  private static Job late(Job job, String request) {
    Job late =
        new JobBuilder(job)
            .withMetadata(new ObjectMetaBuilder().withName("late").build())
            .withStatus(null)
            .editSpec()
            .withSelector(null)
            .withManualSelector(null)
            .withBackoffLimit(0)
            .withTtlSecondsAfterFinished(null)
            .editTemplate()
            .withMetadata(new ObjectMetaBuilder().withLabels(Map.of("app", "late")).build())
            .endTemplate()
            .endSpec()
            .build();
    late.getSpec().getTemplate().getSpec().getVolumes().stream()
        .filter(volume -> volume.getConfigMap() != null)
        .filter(volume -> request.equals(volume.getConfigMap().getName()))
        .forEach(volume -> volume.getConfigMap().setName("late"));
    return late;
  }

  /** Each pod that is there or comes, as {@code RUN STEP}. */
  private static Watcher<Pod> recording(Map<String, String> pods) {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action action, Pod pod) {
        var labels = pod.getMetadata().getLabels();
        pods.put(
            pod.getMetadata().getUid(),
            labels.get(Api.LABEL_RUN) + " " + labels.get(Api.LABEL_STEP));
      }

      @Override
      public void onClose(WatcherException cause) {}
    };
  }
}
