package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Pods that have the database open and that no look at the claim's pods finds, since they reach its
 * volume by another way. The runner finds them before it changes anything.
 */
@Tag("cluster")
class UndeclaredWriterClusterTest {
  private static final String HOLD =
      "import signal, sqlite3; c = sqlite3.connect('/data/app.db'); print('holds', c.execute('SELECT count(*) FROM holdings').fetchall(), flush=True); signal.pause()";
  private static final String LOOK =
      "import os; print(os.stat('/data/app.db').st_ino, sorted(n for n in os.listdir('/data') if '.db' in n and not n.endswith(('-wal', '-shm', '-journal'))))";

  private static Haven haven;

  /** Of nobody whom Litehaven sees, and where no policy forbids a hostPath. */
  private static String elsewhere;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("undeclared");
    elsewhere =
        haven
            .client
            .resource(
                new NamespaceBuilder()
                    .withNewMetadata()
                    .withGenerateName("elsewhere-")
                    .endMetadata()
                    .build())
            .create()
            .getMetadata()
            .getName();
  }

  @AfterAll
  static void remove() {
    haven.client.namespaces().withName(elsewhere).delete();
    haven.client.persistentVolumes().withName(haven.namespace + "-second").delete();
    haven.close();
  }

  @Test
  void aPodThatReachesTheVolumeByItsHostPath() throws Exception {
    haven.requireNode();
    haven.start("hosted", Apps.held("hosted", "v1", "holdings.quantity"));
    String path = mountOnTheNode(volume("hosted").getSpec().getCsi().getVolumeHandle());
    hold(
        elsewhere,
        Apps.stranger("by-path", "none")
            .replace(
                "persistentVolumeClaim: {claimName: none}",
                "hostPath: {path: %s, type: Directory}".formatted(path)));

    refusedUntilItIsGone("hosted", elsewhere, "by-path");
  }

  /** In rollback mode, where an idle connection leaves no trace but the open file. */
  @Test
  void aPodWithAnotherClaimOfTheSameVolume() {
    haven.apply(
        Apps.files("twice", Apps.SEED)
            .replace("!= \"wal\"", "!= \"delete\"")
            .replace("PRAGMA journal_mode = WAL", "PRAGMA journal_mode = DELETE"));
    haven.apply(Apps.claim("twice"));
    haven.apply(Apps.scaled("twice", "v1", "holdings.quantity"));
    haven.apply(Apps.database("twice"));
    haven.awaitDatabase("twice", ready -> Condition.TRUE.equals(ready.status()));
    assertThat(haven.sql("twice", "PRAGMA journal_mode")).isEqualTo("delete");
    secondClaim("twice", "second");
    hold(haven.namespace, Apps.stranger("by-claim", "second"));

    refusedUntilItIsGone("twice", haven.namespace, "by-claim");
  }

  private static PersistentVolume volume(String app) {
    String name =
        haven
            .client
            .persistentVolumeClaims()
            .inNamespace(haven.namespace)
            .withName(app + "-data")
            .get()
            .getSpec()
            .getVolumeName();
    return haven.client.persistentVolumes().withName(name).get();
  }

  private static String mountOnTheNode(String handle) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
        .map(line -> line.split(" ", -1)[1])
        .filter(point -> point.endsWith("/mounts/" + handle))
        .findFirst()
        .orElseThrow();
  }

  /** A volume object and a claim of their own, for what is one and the same in the storage. */
  private static void secondClaim(String app, String claim) {
    PersistentVolume first = volume(app);
    haven
        .client
        .resource(
            """
            apiVersion: v1
            kind: PersistentVolume
            metadata: {name: %1$s-%2$s}
            spec:
              capacity: {storage: 64Mi}
              accessModes: [ReadWriteOnce]
              persistentVolumeReclaimPolicy: Retain
              storageClassName: ""
              claimRef: {namespace: %1$s, name: %2$s}
              csi: {driver: %3$s, volumeHandle: %4$s}
            """
                .formatted(
                    haven.namespace,
                    claim,
                    first.getSpec().getCsi().getDriver(),
                    first.getSpec().getCsi().getVolumeHandle()))
        .create();
    haven.apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: %2$s}
        spec:
          accessModes: [ReadWriteOnce]
          storageClassName: ""
          volumeName: %1$s-%2$s
          resources: {requests: {storage: 64Mi}}
        """
            .formatted(haven.namespace, claim));
  }

  private static void hold(String namespace, String pod) {
    User.applies(haven.client, namespace, pod.replace("import signal; signal.pause()", HOLD));
  }

  private static void refusedUntilItIsGone(String app, String namespace, String stranger) {
    var pod = haven.client.pods().inNamespace(namespace).withName(stranger);
    haven.await(
        stranger + " to hold the database",
        () -> pod.isReady() ? pod.getLog() : "",
        log -> log.contains("holds"));
    long before = haven.acknowledged(app);
    String files = look(app);

    haven.apply(Apps.migration(app, app, Apps.addColumn("001", "risk"), ""));
    Condition end = haven.awaitEnd(app);

    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.LIVE_WRITER.text());
    assertThat(end.status()).isEqualTo(Condition.FALSE);
    assertThat(end.message())
        .contains("/data/app.db is open elsewhere", "another container", "stop every process");
    assertThat(haven.migration(app).getStatus().nextAction()).contains("requestedAt");
    haven.awaitRunning(app);
    assertThat(look(app)).isEqualTo(files);
    assertThat(columns(app)).isEqualTo("3");
    haven.assertNoRowLost(app, before);
    assertThat(pod.isReady()).as("nobody ended it").isTrue();

    long acknowledged = haven.acknowledged(app);
    pod.delete();
    haven.await(stranger + " to be gone", pod::get, found -> found == null);
    haven.kubectl("annotate", "dbm", app, "litehaven.dev/requestedAt=now");
    haven.await(
        "the migration to be ready",
        () -> haven.condition(app).map(Condition::status),
        status -> status.filter(Condition.TRUE::equals).isPresent());
    haven.awaitRunning(app);
    assertThat(columns(app)).isEqualTo("4");
    haven.assertNoRowLost(app, acknowledged);
  }

  private static String columns(String app) {
    return haven.sql(app, "SELECT count(*) FROM pragma_table_info('holdings')");
  }

  /** Which inode is live, and which database files there are. */
  private static String look(String app) {
    return haven.exec(haven.awaitRunning(app), "python3", "-c", LOOK);
  }
}
