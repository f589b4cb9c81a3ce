package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.BackupSchedule;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.Drill;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Schedules over many databases, of snapshots, and with restore drills. */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScheduleClusterTest {
  private static final String APP = "diary";
  private static final int MANY = 20;
  private static final int AT_ONCE = 3;

  private Haven haven;
  private Backups backups;

  @BeforeAll
  void install() {
    haven = Haven.withOperator("schedule");
    backups = new Backups(haven);
    haven.start(APP, Apps.held(APP, "v1", "holdings.quantity"));
    backups.locationOnClaim("shelf");
  }

  @AfterAll
  void remove() {
    haven.close();
  }

  @Test
  void twentyDatabasesAreBackedUpAndNeverMoreThanThreeAtOnce() {
    manyDatabases();
    backups.schedule(
        "all",
        """
        selector: {matchLabels: {tier: small}}
        schedule: "0 3 1 1 *"
        maxConcurrent: %d
        locationRef: {name: shelf}
        """
            .formatted(AT_ONCE));
    haven.await(
        "the schedule to know them all",
        () -> backups.schedule("all").getStatus(),
        status -> status != null && Integer.valueOf(MANY).equals(status.selected()));
    try (var open =
            Crowd.of(
                haven.client.resources(DatabaseBackup.class).inNamespace(haven.namespace).inform(),
                backup -> !Backups.hasEnded(backup));
        var pods =
            Crowd.of(
                haven
                    .client
                    .pods()
                    .inNamespace(haven.namespace)
                    .withLabel("app.kubernetes.io/component", "runner")
                    .inform(),
                ScheduleClusterTest::backsUp)) {
      backups.request("all", "now");
      // In two, since a machine that has more to do takes some seconds for each.
      awaitEnded(MANY / 2);
      List<DatabaseBackup> made = awaitEnded(MANY);
      assertThat(made)
          .allSatisfy(
              backup -> {
                assertThat(Backups.succeeded(backup)).isEqualTo("True Succeeded");
                assertThat(backup.getStatus().verified()).isTrue();
                assertThat(backup.getStatus().rows()).isEqualTo(1);
              });
      assertThat(made.stream().map(backup -> backup.getSpec().databaseRef().name()))
          .as("each its own")
          .containsExactlyInAnyOrderElementsOf(names());
      assertThat(made.stream().map(backup -> backup.getStatus().artifact().id()).distinct())
          .hasSize(MANY);
      assertThat(open.most()).as("backups that were open at once").isEqualTo(AT_ONCE);
      assertThat(pods.most()).as("pods that worked at once").isBetween(1, AT_ONCE);
      assertThat(pods.all()).as("pods that were seen").isEqualTo(MANY);
    }
    BackupSchedule schedule =
        haven.await(
            "what the schedule says",
            () -> backups.schedule("all"),
            found ->
                Integer.valueOf(0).equals(found.getStatus().active())
                    && found.getStatus().databases().stream().allMatch(one -> one.open() == null));
    var status = schedule.getStatus();
    assertThat(status.databases()).hasSize(MANY);
    assertThat(status.waiting()).isEmpty();
    assertThat(status.consecutiveFailures()).isZero();
    assertThat(status.missedRuns()).isZero();
    assertThat(status.lastHandledRequest()).isEqualTo("now");
    assertThat(status.lastVerifiedTime()).isNotNull().isEqualTo(status.lastSuccessfulTime());
    assertThat(Backups.ready(status.conditions())).isEqualTo("True UpToDate");
    assertThat(status.conditions().getFirst().message())
        .contains(MANY + " databases", "0 being backed up, 0 waiting");
  }

  @Test
  void aSnapshotIsTakenAndCountsOnceItWasOpened() {
    haven.requireStorageClass("litehaven-btrfs");
    String pod = haven.awaitRunning(APP).getMetadata().getUid();
    backups.schedule("photos", snapshots("litehaven-btrfs", 60));
    backups.request("photos", "now");
    DatabaseBackup made = awaitRun("photos", "now");

    assertThat(Backups.succeeded(made)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(made.getStatus().verified()).isTrue();
    assertThat(made.getStatus().rows()).isPositive();
    VolumeSnapshot snapshot =
        haven
            .client
            .resources(VolumeSnapshot.class)
            .inNamespace(haven.namespace)
            .withName(made.getStatus().artifact().volumeSnapshotName())
            .get();
    assertThat(snapshot.getStatus().getReadyToUse()).isTrue();
    assertThat(snapshot.getSpec().getSource().getPersistentVolumeClaimName())
        .isEqualTo(APP + "-data");
    BackupSchedule schedule = awaitCounted("photos");
    assertThat(schedule.getStatus().lastSuccessfulTime()).isNotNull();
    assertThat(schedule.getStatus().lastVerifiedTime()).isNotNull();
    assertThat(schedule.getStatus().consecutiveFailures()).isZero();
    assertThat(haven.awaitRunning(APP).getMetadata().getUid()).isEqualTo(pod);
    haven.delete(schedule);
  }

  @Test
  void aSnapshotThatNeverGetsReadyFailsAndLeavesNothing() {
    haven.requireStorageClass("litehaven-btrfs");
    backups.schedule("blurred", snapshots("litehaven-snapshot-never-ready", 6));
    for (int run = 1; run <= 2; run++) {
      backups.request("blurred", "run-" + run);
      DatabaseBackup end = awaitRun("blurred", "run-" + run);
      assertThat(Backups.succeeded(end))
          .as(haven.story())
          .isEqualTo("False " + Reason.SNAPSHOT_NOT_READY.text());
      assertThat(end.getStatus().artifact()).isNull();
      int failures = run;
      haven.await(
          "the failure to be counted",
          () -> backups.schedule("blurred").getStatus(),
          status -> Integer.valueOf(failures).equals(status.consecutiveFailures()));
    }
    var status = backups.schedule("blurred").getStatus();
    assertThat(Backups.ready(status.conditions()))
        .isEqualTo("False " + Reason.BACKUP_FAILED.text());
    assertThat(status.lastSuccessfulTime()).isNull();
    haven.await(
        "no snapshot to be left",
        () -> haven.client.resources(VolumeSnapshot.class).inNamespace(haven.namespace).list(),
        left ->
            left.getItems().stream()
                .noneMatch(
                    one ->
                        "litehaven-snapshot-never-ready"
                            .equals(one.getSpec().getVolumeSnapshotClassName())));
    assertThat(haven.kubectl("get", "leases", "-o", "yaml"))
        .doesNotContain("holderIdentity: DatabaseBackup");
    haven.delete(backups.schedule("blurred"));
  }

  @Test
  void aDrillSaysWhetherTheNewestBackupHoldsAndItsVolumeIsGoneAfterwards() {
    backups.schedule("drilled", drill("SELECT count(*) = 3 FROM holdings"));
    backups.schedule("doubted", drill("SELECT count(*) = 4 FROM holdings"));
    for (String schedule : List.of("drilled", "doubted")) {
      backups.request(schedule, "now");
      assertThat(awaitRun(schedule, "now").getStatus().verified()).isTrue();
    }

    Drill good = awaitDrill("drilled");
    assertThat(good.succeeded()).as(good.message()).isTrue();
    assertThat(good.reason()).isEqualTo(Reason.SUCCEEDED.text());
    assertThat(good.lastSucceededTime()).isNotNull();
    assertThat(backups.backup(good.backup()).getStatus().verified())
        .as("the newest of the database, whoever made it")
        .isTrue();
    assertThat(Backups.ready(backups.schedule("drilled").getStatus().conditions()))
        .isEqualTo("True UpToDate");

    Drill bad = awaitDrill("doubted");
    assertThat(bad.succeeded()).as(bad.message()).isFalse();
    assertThat(bad.reason()).isEqualTo(Reason.VERIFICATION_FAILED.text());
    assertThat(bad.message()).contains("three-rows");
    assertThat(bad.lastSucceededTime()).isNull();
    haven.await(
        "the schedule to say so",
        () -> backups.schedule("doubted").getStatus().conditions(),
        conditions ->
            Backups.ready(conditions).equals("False " + Reason.VERIFICATION_FAILED.text())
                && conditions.stream()
                    .map(Condition::message)
                    .anyMatch(message -> message.contains("three-rows")));
    assertThat(
            haven.kubectl(
                "get", "events", "--field-selector=involvedObject.name=doubted", "-o", "yaml"))
        .contains(Reason.VERIFICATION_FAILED.text(), "three-rows");

    haven.delete(backups.schedule("drilled"));
    haven.delete(backups.schedule("doubted"));
    haven.await(
        "the scratch volumes to be gone",
        () ->
            haven
                .client
                .persistentVolumeClaims()
                .inNamespace(haven.namespace)
                .list()
                .getItems()
                .stream()
                .map(claim -> claim.getMetadata().getName())
                .toList(),
        claims -> claims.stream().noneMatch(name -> name.endsWith("-scratch")));
    haven.assertNoRowLost(APP, haven.acknowledged(APP));
  }

  private List<DatabaseBackup> awaitEnded(int wanted) {
    return haven.await(
        wanted + " backups",
        () -> backups.of("all"),
        found -> found.stream().filter(Backups::hasEnded).count() >= wanted);
  }

  private static String snapshots(String className, int deadline) {
    return """
        databaseRef: {name: %s}
        schedule: "0 3 1 1 *"
        method: VolumeSnapshot
        volumeSnapshot: {className: %s, deadlineSeconds: %d}
        """
        .formatted(APP, className, deadline);
  }

  private static String drill(String assertion) {
    return """
        databaseRef: {name: %s}
        schedule: "0 3 1 1 *"
        skipUnchanged: false
        locationRef: {name: shelf}
        verification:
          restoreDrill:
            schedule: "* * * * *"
            assertions: [{name: three-rows, sql: "%s"}]
        """
        .formatted(APP, assertion);
  }

  private DatabaseBackup awaitRun(String schedule, String request) {
    return haven
        .await(
            "the run of " + schedule, () -> backups.ended(schedule, request), Optional::isPresent)
        .orElseThrow();
  }

  private BackupSchedule awaitCounted(String schedule) {
    return haven.await(
        "the run to be counted",
        () -> backups.schedule(schedule),
        found ->
            Integer.valueOf(0).equals(found.getStatus().active())
                && found.getStatus().lastSuccessfulTime() != null);
  }

  /** With whatever it had there before anything was backed up, a drill is not what is meant. */
  private Drill awaitDrill(String schedule) {
    return haven.await(
        "the drill of " + schedule,
        () -> backups.schedule(schedule).getStatus().restoreDrill(),
        drill ->
            drill != null
                && drill.lastTime() != null
                && !Reason.NOTHING_VERIFIED.text().equals(drill.reason()));
  }

  private static List<String> names() {
    return IntStream.range(0, MANY).mapToObj("small-%02d"::formatted).toList();
  }

  /** Made by one pod, which has them all mounted and is gone before anybody looks. */
  private void manyDatabases() {
    List<String> names = names();
    names.forEach(name -> haven.apply(Apps.claim(name)));
    haven.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: maker}
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          securityContext:
            runAsNonRoot: true
            runAsUser: 10001
            runAsGroup: 10001
            fsGroup: 10001
            seccompProfile: {type: RuntimeDefault}
          containers:
            - name: maker
              image: python:3.13-slim
              command:
                - python3
                - -c
                - |
                  import glob, sqlite3
                  for place in glob.glob('/data/*'):
                    connection = sqlite3.connect(place + '/app.db')
                    connection.execute('CREATE TABLE notes (text TEXT)')
                    connection.execute('INSERT INTO notes VALUES (?)', (place,))
                    connection.commit()
              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities: {drop: [ALL]}
              volumeMounts: [%s]
          volumes: [%s]
        """
            .formatted(
                names.stream()
                    .map("{name: %1$s, mountPath: /data/%1$s}"::formatted)
                    .collect(Collectors.joining(", ")),
                names.stream()
                    .map("{name: %1$s, persistentVolumeClaim: {claimName: %1$s-data}}"::formatted)
                    .collect(Collectors.joining(", "))));
    haven.await(
        "the databases to be made",
        () -> haven.client.pods().inNamespace(haven.namespace).withName("maker").get(),
        pod -> "Succeeded".equals(pod.getStatus().getPhase()));
    haven.kubectl("delete", "pod", "maker");
    names.forEach(
        name ->
            haven.apply(
                """
                apiVersion: litehaven.dev/v1alpha1
                kind: SQLiteDatabase
                metadata: {name: %1$s, labels: {tier: small}}
                spec: {claimName: %1$s-data}
                """
                    .formatted(name)));
    names.forEach(
        name -> haven.awaitDatabase(name, ready -> Condition.TRUE.equals(ready.status())));
  }

  private static boolean backsUp(Pod pod) {
    var annotations = pod.getMetadata().getAnnotations();
    return annotations != null
        && annotations.getOrDefault("litehaven.dev/asked-by", "").startsWith("DatabaseBackup/")
        && pod.getStatus().getContainerStatuses().stream()
            .noneMatch(container -> container.getState().getTerminated() != null)
        && !Set.of("Succeeded", "Failed").contains(pod.getStatus().getPhase());
  }

  /** How many of what is watched were there at once, as the API server has written it down. */
  private static final class Crowd<T extends HasMetadata>
      implements ResourceEventHandler<T>, AutoCloseable {
    private final Predicate<T> counts;
    private final Set<String> now = new HashSet<>();
    private final Set<String> all = new HashSet<>();
    private SharedIndexInformer<T> informer;
    private int most;

    private Crowd(Predicate<T> counts) {
      this.counts = counts;
    }

    static <T extends HasMetadata> Crowd<T> of(
        SharedIndexInformer<T> informer, Predicate<T> counts) {
      var crowd = new Crowd<T>(counts);
      informer.addEventHandler(crowd);
      crowd.informer = informer;
      return crowd;
    }

    @Override
    public void onAdd(T resource) {
      look(resource);
    }

    @Override
    public void onUpdate(T before, T resource) {
      look(resource);
    }

    @Override
    public synchronized void onDelete(T resource, boolean unknown) {
      now.remove(resource.getMetadata().getUid());
    }

    private synchronized void look(T resource) {
      if (counts.test(resource)) {
        now.add(resource.getMetadata().getUid());
        all.add(resource.getMetadata().getUid());
      } else {
        now.remove(resource.getMetadata().getUid());
      }
      most = Math.max(most, now.size());
    }

    synchronized int most() {
      return most;
    }

    synchronized int all() {
      return all.size();
    }

    @Override
    public void close() {
      informer.close();
    }
  }
}
