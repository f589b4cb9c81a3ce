package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import dev.litehaven.protocol.Reason;
import dev.litehaven.runner.store.S3Server;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A bucket that fails, what lies in it damaged, and runners killed at their work: each is said by a
 * reason, is no success, removes and leaves nothing, and the app runs on as if nothing had been.
 */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BucketTroubleClusterTest {
  private static final String APP = "shop";
  private static final String FAR = "locationRef: {name: s3}";

  private Haven haven;
  private Backups backups;
  private Bucket bucket;
  private BucketProxy proxy;
  private DatabaseBackup good;
  private int number;
  private List<String> objects;
  private String pod;

  @BeforeAll
  void install() throws Exception {
    haven = Haven.withOperator("trouble");
    haven.requireNode();
    backups = new Backups(haven);
    bucket = Bucket.start();
    proxy = new BucketProxy(bucket);
    haven.start(APP, Apps.held(APP, "v1", "holdings.quantity"));
    haven.apply(proxy.before(bucket.location("s3", "")));
    backups.awaitLocation("s3");
    good = backups.byHand("good", APP, FAR);
    assertThat(Backups.succeeded(good)).as(haven.story()).isEqualTo("True Succeeded");
  }

  @AfterAll
  void remove() {
    haven.close();
    if (proxy != null) {
      proxy.close();
    }
    if (bucket != null) {
      bucket.close();
    }
  }

  @BeforeEach
  void before() {
    objects = bucket.objects();
    pod = haven.awaitRunning(APP).getMetadata().getUid();
  }

  private void nothingIsDifferent() {
    assertThat(bucket.objects()).containsExactlyInAnyOrderElementsOf(objects);
    assertThat(haven.awaitRunning(APP).getMetadata().getUid()).isEqualTo(pod);
    assertThat(haven.kubectl("get", "leases", "-o", "yaml"))
        .doesNotContain("holderIdentity: Database");
    assertThat(
            haven.exec(
                haven.awaitRunning(APP),
                "python3",
                "-c",
                "import glob\nprint(glob.glob('/data/.litehaven/tmp/*') + glob.glob('/data/.litehaven/restore/*'))"))
        .as("left on the volume")
        .isEqualToIgnoringNewLines("[]");
  }

  private DatabaseBackup backUp() {
    number++;
    return backups.byHand("b" + number, APP, FAR);
  }

  private DatabaseRestoreStatus restore(String source) {
    number++;
    backups.restoreInPlace("r" + number, APP, source);
    return backups.awaitRestored("r" + number);
  }

  @ParameterizedTest
  @CsvSource({"403 AccessDenied, StoreRefused", "507 InsufficientStorage, StoreFull"})
  void aBucketThatRefuses(String fault, String reason) {
    failing(fault, reason);
  }

  /** Each is tried for a while before it is given up. */
  @ParameterizedTest
  @CsvSource({"500 InternalError", "429 SlowDown", "cut"})
  @Tag("soak")
  void aBucketThatDoesNotGetWell(String fault) {
    failing(fault, "StoreUnreachable");
  }

  private void failing(String fault, String reason) {
    proxy.fault(fault);
    try {
      DatabaseBackup failed = backUp();
      assertThat(Backups.succeeded(failed)).as(haven.story()).isEqualTo("False " + reason);
      assertThat(failed.getStatus().verified()).isNotEqualTo(true);
      assertThat(failed.getStatus().conditions().getFirst().message())
          .doesNotContain(S3Server.SECRET_KEY, S3Server.ACCESS_KEY);
      nothingIsDifferent();
      assertThat(haven.database(APP).getStatus().lastBackup()).isNotEqualTo("b" + number);
    } finally {
      proxy.fault("none");
    }
  }

  @Test
  void aBucketThatIsSilentForAWhileIsWaitedFor() throws Exception {
    bucket.suspended(true);
    try {
      number++;
      backups.apply("b" + number, APP, FAR);
      haven.await("its pod", () -> backups.pods("b" + number), pods -> !pods.isEmpty());
      TimeUnit.SECONDS.sleep(8);
    } finally {
      bucket.suspended(false);
    }
    assertThat(Backups.succeeded(backups.awaitEnd("b" + number)))
        .as(haven.story())
        .isEqualTo("True Succeeded");
  }

  @Test
  void credentialsThatAreNotTheBucketsAreSaidByTheLocation() {
    haven.apply(
        proxy
            .before(bucket.location("denied", ""))
            .replace("name: s3-credentials", "name: wrong-credentials")
            .replace(S3Server.SECRET_KEY, "not-" + S3Server.SECRET_KEY));
    haven.await(
        "what the location says",
        () -> backups.location("denied"),
        found ->
            found.getStatus() != null
                && Backups.ready(found.getStatus().conditions()).equals("False StoreRefused"));
    nothingIsDifferent();
  }

  @Test
  void anotherIdentityOpensNothing() {
    // Of the same form, and nobody's here.
    haven.apply(
        proxy
            .before(bucket.location("locked", ""))
            .replace("name: s3-identity", "name: wrong-identity")
            .replace(
                Bucket.IDENTITY,
                "AGE-SECRET-KEY-1QYPQXPQ9QCRSSZG2PVXQ6RS0ZQG3YYC5Z5TPWXQERGD3C8G7RUSQGPQYEE"));
    DatabaseRestoreStatus refused =
        restore(
            "source: {location: {locationRef: {name: locked}, backupId: %s}}"
                .formatted(good.getStatus().artifact().id()));
    assertThat(Backups.succeeded(refused))
        .as(haven.story())
        .isEqualTo("False " + Reason.DECRYPTION_FAILED.text());
    nothingIsDifferent();
  }

  @Test
  void whatIsDamagedIsNotRestoredAndAnOlderOneIs() throws Exception {
    damaged("a bit");
  }

  @ParameterizedTest
  @ValueSource(strings = {"its end", "its manifest"})
  @Tag("soak")
  void howeverItIsDamaged(String what) throws Exception {
    damaged(what);
  }

  private void damaged(String what) throws Exception {
    DatabaseBackup bad = backUp();
    assertThat(Backups.succeeded(bad)).as(haven.story()).isEqualTo("True Succeeded");
    Path artifact = file(bad, ".age");
    switch (what) {
      case "a bit" -> {
        byte[] bytes = Files.readAllBytes(artifact);
        bytes[bytes.length / 2] ^= 1;
        Files.write(artifact, bytes);
      }
      case "its end" ->
          Files.write(artifact, java.util.Arrays.copyOf(Files.readAllBytes(artifact), 100));
      default ->
          Files.copy(
              file(good, "/manifest.json"),
              file(bad, "/manifest.json"),
              StandardCopyOption.REPLACE_EXISTING);
    }
    objects = bucket.objects();

    DatabaseRestoreStatus refused =
        restore("source: {backupRef: {name: %s}}".formatted(bad.getMetadata().getName()));
    assertThat(Backups.succeeded(refused))
        .as(haven.story())
        .isEqualTo("False " + Reason.BACKUP_DAMAGED.text());
    nothingIsDifferent();

    DatabaseRestoreStatus older = restore("dryRun: true\nsource: {latest: Verified}");
    assertThat(Backups.succeeded(older)).as(haven.story()).isEqualTo("True DryRun");
    assertThat(older.backup()).isNotEqualTo(bad.getStatus().artifact().id());
    assertThat(older.passedOver())
        .anySatisfy(one -> assertThat(one.backup()).isEqualTo(bad.getStatus().artifact().id()));
    haven.delete(bad);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fetch", "restore"})
  void aRestoreWhoseRunnerIsKilledIsCarriedOut(String step) {
    restoredThough(step);
  }

  @Test
  @Tag("soak")
  void aRestoreWhoseRunnerIsKilledAtTheLastIsCarriedOut() {
    restoredThough("settle");
  }

  private void restoredThough(String step) {
    long acknowledged = haven.acknowledged(APP);
    DatabaseBackup made = backUp();
    number++;
    backups.restoreInPlace(
        "r" + number,
        APP,
        "source: {backupRef: {name: %s}}".formatted(made.getMetadata().getName()));
    kill(step);
    DatabaseRestoreStatus status = backups.awaitRestored("r" + number);
    assertThat(Backups.succeeded(status)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(status.backup()).isEqualTo(made.getStatus().artifact().id());
    haven.assertNoRowLost(APP, acknowledged);
    pod = haven.awaitRunning(APP).getMetadata().getUid();
    objects = bucket.objects();
    nothingIsDifferent();
  }

  @Test
  @Tag("soak")
  void aReadBackWhoseRunnerIsKilledTakesNothingAway() {
    String name = backUp().getMetadata().getName();
    objects = bucket.objects();
    whileTheBucketWaits(
        () -> {
          haven.kubectl("annotate", "dbb", name, "litehaven.dev/requestedAt=now");
          kill("read-back");
        });
    haven.await(
        "another read back",
        () -> backups.backup(name).getStatus(),
        status -> "now".equals(status.lastHandledRequest()));
    assertThat(backups.backup(name).getStatus().verified()).isTrue();
    nothingIsDifferent();
  }

  @Test
  @Tag("soak")
  void aRemovalWhoseRunnerIsKilledIsFinished() {
    number++;
    String name = "b" + number;
    DatabaseBackup made = backups.byHand(name, APP, FAR + "\ndeletionPolicy: Delete");
    assertThat(Backups.succeeded(made)).as(haven.story()).isEqualTo("True Succeeded");
    whileTheBucketWaits(
        () -> {
          haven.delete(made);
          kill("prune");
        });
    // It is tried again a minute later.
    haven.await("the record to go", () -> backups.backup(name), Objects::isNull);
    nothingIsDifferent();
  }

  private void whileTheBucketWaits(Runnable work) {
    bucket.suspended(true);
    try {
      work.run();
    } finally {
      bucket.suspended(false);
    }
  }

  @Test
  void aBackupWhoseRunnerIsKilledIsMade() {
    number++;
    backups.apply("b" + number, APP, FAR);
    kill("backup");
    assertThat(Backups.succeeded(backups.awaitEnd("b" + number)))
        .as(haven.story())
        .isEqualTo("True Succeeded");
    assertThat(
            bucket.objects().stream().filter(object -> object.endsWith("/manifest.json")).count())
        .as("no half one beside it")
        .isEqualTo(
            objects.stream().filter(object -> object.endsWith("/manifest.json")).count() + 1);
  }

  /** Its first pod, as soon as it does something. */
  private void kill(String step) {
    String name = "-" + step + "-";
    List<Pod> found =
        haven.await(
            "the pod that is to " + step,
            () ->
                haven.runners().stream()
                    .filter(one -> one.getMetadata().getName().contains(name))
                    .filter(one -> "Running".equals(one.getStatus().getPhase()))
                    .toList(),
            pods -> pods.stream().anyMatch(one -> NodeProcesses.kill(one, "java") > 0));
    assertThat(found).isNotEmpty();
  }

  private Path file(DatabaseBackup backup, String end) throws IOException {
    return bucket.objects().stream()
        .filter(object -> object.contains("/" + backup.getStatus().artifact().id() + "/"))
        .filter(object -> object.endsWith(end))
        .map(Path::of)
        .findFirst()
        .orElseThrow(() -> new IOException("no " + end + " of " + backup.getMetadata().getName()));
  }
}
