package dev.litehaven.operator.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.SELinuxOptionsBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Runner Jobs as the API server gets them, as files to read. {@code -Dlitehaven.golden.write=true}
 * writes them anew.
 */
class RunnerJobFactoryTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/runner-job");
  private static final RunnerPod.Identity APP =
      new RunnerPod.Identity(1000L, 2000L, 3000L, List.of(), null);
  private static final RunnerPod.Identity NOBODY =
      new RunnerPod.Identity(null, null, 65532L, List.of(), null);

  private static final Map<String, Supplier<RunnerPod>> CASES =
      new TreeMap<>(
          Map.of(
              "plan", () -> pod(RunnerStep.PLAN, APP, null, "node-1", null, null, List.of(), null),
              "inspect-nowhere",
                  () ->
                      pod(
                          RunnerStep.INSPECT,
                          RunnerPod.Identity.UNKNOWN,
                          null,
                          null,
                          null,
                          null,
                          List.of(),
                          null),
              "migrate-backup-claim",
                  () ->
                      pod(
                          RunnerStep.MIGRATE,
                          APP,
                          "backups",
                          "node-1",
                          "db",
                          null,
                          List.of(),
                          null),
              "rollback-root-selinux",
                  () ->
                      pod(
                          RunnerStep.ROLLBACK,
                          new RunnerPod.Identity(
                              0L,
                              0L,
                              null,
                              List.of(42L),
                              new SELinuxOptionsBuilder().withLevel("s0:c1,c2").build()),
                          null,
                          "node-1",
                          null,
                          "128Mi",
                          List.of(
                              new TolerationBuilder()
                                  .withKey("dedicated")
                                  .withOperator("Exists")
                                  .build()),
                          "high"),
              "back-up-to-bucket", () -> toBucket(APP),
              "back-up-to-bucket-without-fs-group",
                  () -> toBucket(new RunnerPod.Identity(1000L, 1000L, null, List.of(), null)),
              "back-up-what-nobody-mounts",
                  () ->
                      store(
                          RunnerStep.BACKUP,
                          "data",
                          "/data",
                          StoreAccess.NONE,
                          RunnerPod.Identity.of(new FileOwner(0, 3000L, true), false)),
              "probe-workload-identity", RunnerJobFactoryTest::probe,
              "read-back-snapshot", RunnerJobFactoryTest::readBackSnapshot,
              "prune-claim", RunnerJobFactoryTest::pruneClaim));

  private static RunnerPod toBucket(RunnerPod.Identity identity) {
    return store(
        RunnerStep.BACKUP,
        "data",
        "/data",
        new StoreAccess(
            null,
            List.of(
                new StoreAccess.Files("store-ca", "/etc/litehaven-store/ca", false, "ca", "ca.crt"),
                new StoreAccess.Files(
                    "store-credentials", "/etc/litehaven-store/credentials", true, "s3", null)),
            null,
            true),
        identity);
  }

  private static RunnerPod probe() {
    return store(
        RunnerStep.PROBE,
        null,
        RunnerPod.SCRATCH_MOUNT,
        new StoreAccess(null, List.of(), "backups", true),
        NOBODY);
  }

  private static RunnerPod readBackSnapshot() {
    return store(
        RunnerStep.READ_BACK,
        null,
        RunnerPod.SCRATCH_MOUNT,
        StoreAccess.of(new StoreAccess.SnapshotVolume("monday", "fast", "2Gi", "/data", "shop")),
        APP);
  }

  private static RunnerPod pruneClaim() {
    return store(
        RunnerStep.PRUNE, null, RunnerPod.SCRATCH_MOUNT, StoreAccess.ofClaim("backups"), APP);
  }

  @TestFactory
  List<DynamicTest> everyJobIsAsItsFileSays() {
    return CASES.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(),
                    () -> {
                      Path file = GOLDEN.resolve(entry.getKey() + ".yaml");
                      String made =
                          Serialization.asYaml(RunnerJobFactory.job(entry.getValue().get()));
                      if (Boolean.getBoolean("litehaven.golden.write")) {
                        Files.createDirectories(GOLDEN);
                        Files.writeString(file, made);
                      }
                      assertThat(made).isEqualTo(Files.readString(file));
                    }))
        .toList();
  }

  @Test
  void everyFileHasItsCase() throws IOException {
    var files = new TreeSet<String>();
    try (var list = Files.list(GOLDEN)) {
      list.map(file -> file.getFileName().toString().replace(".yaml", "")).forEach(files::add);
    }
    assertThat(files).isEqualTo(CASES.keySet());
  }

  @Test
  void noRunnerHasRightsInTheClusterOrMoreThanItsVolume() {
    CASES
        .values()
        .forEach(
            made -> {
              Job job = RunnerJobFactory.job(made.get());
              var spec = job.getSpec().getTemplate().getSpec();
              var container = spec.getContainers().getFirst();
              assertThat(spec.getAutomountServiceAccountToken()).isFalse();
              assertThat(spec.getRestartPolicy()).isEqualTo("Never");
              assertThat(spec.getSecurityContext().getSeccompProfile().getType())
                  .isEqualTo("RuntimeDefault");
              assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
              assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
              assertThat(container.getSecurityContext().getCapabilities().getDrop())
                  .containsExactly("ALL");
              assertThat(container.getSecurityContext().getCapabilities().getAdd()).isEmpty();
              assertThat(spec.getVolumes())
                  .allSatisfy(
                      volume -> {
                        assertThat(volume.getHostPath()).isNull();
                        assertThat(volume.getProjected()).isNull();
                      });
              assertThat(job.getSpec().getBackoffLimit()).isZero();
              assertThat(job.getSpec().getPodReplacementPolicy()).isEqualTo("Failed");
              assertThat(job.getSpec().getActiveDeadlineSeconds())
                  .as("the swap is never interrupted by a clock")
                  .isNull();
              assertThat(job.getMetadata().getOwnerReferences())
                  .as("the Job outlives a resource that is removed by force")
                  .isEmpty();
            });
  }

  /** Where user SQL runs there are no credentials, no way out, and nobody to be in a cloud. */
  @Test
  void onlyStepsOfTheStoreHaveSecretsOrAnAccountOrTheNetwork() {
    CASES.forEach(
        (name, made) -> {
          RunnerPod pod = made.get();
          Job job = RunnerJobFactory.job(pod);
          var spec = job.getSpec().getTemplate().getSpec();
          boolean store = name.contains("bucket") || name.contains("workload-identity");
          assertThat(spec.getVolumes().stream().anyMatch(volume -> volume.getSecret() != null))
              .as(name)
              .isEqualTo(name.contains("bucket"));
          assertThat(spec.getServiceAccountName())
              .as(name)
              .isEqualTo(name.contains("workload-identity") ? "backups" : null);
          assertThat(
                  job.getSpec()
                      .getTemplate()
                      .getMetadata()
                      .getLabels()
                      .get("litehaven.dev/network"))
              .as(name)
              .isEqualTo(store ? "store" : null);
          assertThat(spec.getContainers().getFirst().getEnv()).as(name).isEmpty();
        });
  }

  @Test
  void aSecretIsReadByTheRunnerAlone() {
    assertThat(secretMode("back-up-to-bucket")).isEqualTo(0400);
    assertThat(secretMode("back-up-to-bucket-without-fs-group"))
        .as("root's, and no group may be given to files of an app that has none")
        .isEqualTo(0444);
  }

  private static int secretMode(String name) {
    return RunnerJobFactory.job(CASES.get(name).get())
        .getSpec()
        .getTemplate()
        .getSpec()
        .getVolumes()
        .stream()
        .filter(volume -> volume.getSecret() != null)
        .findFirst()
        .orElseThrow()
        .getSecret()
        .getDefaultMode();
  }

  @Test
  void aPodWithoutADatabaseHasRoomAndNoClaimOfOne() {
    var spec =
        RunnerJobFactory.job(CASES.get("probe-workload-identity").get())
            .getSpec()
            .getTemplate()
            .getSpec();
    assertThat(spec.getVolumes())
        .allSatisfy(volume -> assertThat(volume.getPersistentVolumeClaim()).isNull());
    assertThat(spec.getContainers().getFirst().getVolumeMounts())
        .anySatisfy(mount -> assertThat(mount.getMountPath()).isEqualTo(RunnerPod.SCRATCH_MOUNT));
    assertThatThrownBy(
            () -> store(RunnerStep.PRUNE, null, "/data", StoreAccess.ofClaim("backups"), APP))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void onlyWhatIsSimplyMadeAgainGoesByItself() {
    CASES.forEach(
        (name, made) ->
            assertThat(RunnerJobFactory.job(made.get()).getSpec().getTtlSecondsAfterFinished())
                .as(name)
                .isEqualTo(name.startsWith("inspect") || name.endsWith("snapshot") ? 120 : null));
  }

  @Test
  void theRequestIsImmutableAndComesBackAsItWas() {
    RunnerPod pod = CASES.get("migrate-backup-claim").get();
    var request = RunnerJobFactory.request(pod);
    assertThat(request.getImmutable()).isTrue();
    assertThat(request.getMetadata().getName()).isEqualTo(pod.name());
    assertThat(ProtocolJson.readRequest(request.getData().get("request.json")))
        .isEqualTo(pod.request());
  }

  @Test
  void jobRequestAndPodCarryTheSameLabels() {
    RunnerPod pod = CASES.get("plan").get();
    Job job = RunnerJobFactory.job(pod);
    HasMetadata request = RunnerJobFactory.request(pod);
    assertThat(job.getMetadata().getLabels())
        .isEqualTo(request.getMetadata().getLabels())
        .isEqualTo(job.getSpec().getTemplate().getMetadata().getLabels())
        .containsEntry("litehaven.dev/run", "m-1")
        .containsEntry("litehaven.dev/step", "plan")
        .containsEntry("litehaven.dev/migration", "orders");
  }

  private static RunnerPod store(
      RunnerStep step,
      String claim,
      String mountPath,
      StoreAccess access,
      RunnerPod.Identity identity) {
    return new RunnerPod(
        "shop",
        "lh-b-1-" + step.name().toLowerCase(java.util.Locale.ROOT) + "-1",
        step == RunnerStep.PROBE ? null : "shop-db",
        null,
        new RunnerRequest(
            1,
            step,
            new RunRef("b-1", "shop/shop-db", "uid-claim", 7, "DatabaseBackup/orders"),
            mountPath,
            List.of(),
            List.of(),
            null,
            BackupTarget.ON_VOLUME,
            null,
            false,
            null),
        claim,
        mountPath,
        null,
        access,
        identity,
        claim == null ? null : "node-1",
        "litehaven:1",
        "IfNotPresent",
        null,
        List.of(),
        null);
  }

  private static RunnerPod pod(
      RunnerStep step,
      RunnerPod.Identity identity,
      String backupClaim,
      String node,
      String subPath,
      String memory,
      List<Toleration> tolerations,
      String priority) {
    boolean look = step == RunnerStep.INSPECT;
    return new RunnerPod(
        "shop",
        "lh-m-1-" + step.name().toLowerCase(java.util.Locale.ROOT) + "-7",
        "shop-db",
        look ? null : "orders",
        new RunnerRequest(
            1,
            step,
            new RunRef("m-1", "shop/shop-db", "uid-claim", 7, "DatabaseMigration/orders"),
            "/data",
            look ? List.of() : List.of(new DatabaseFile("main", "app.db")),
            List.of(),
            null,
            backupClaim == null
                ? BackupTarget.ON_VOLUME
                : new BackupTarget(RunnerPod.BACKUP_MOUNT, true),
            "m-1",
            false,
            null),
        "data",
        "/data",
        subPath,
        StoreAccess.ofClaim(backupClaim),
        identity,
        node,
        "litehaven:1",
        "IfNotPresent",
        memory == null
            ? null
            : new ResourceRequirementsBuilder().addToLimits("memory", new Quantity(memory)).build(),
        tolerations,
        priority);
  }
}
