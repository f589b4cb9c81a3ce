package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** Encrypted backups in a bucket, and what they are for: the day on which nothing else is left. */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BucketClusterTest {
  private static final String APP = "ledger";

  private Haven haven;
  private Backups backups;
  private Bucket bucket;

  @BeforeAll
  void install() throws Exception {
    haven = Haven.withOperator("bucket");
    haven.requireNode();
    backups = new Backups(haven);
    bucket = Bucket.start();
    haven.start(APP, Apps.held(APP, "v1", "holdings.quantity"));
    haven.apply(bucket.location("s3", ""));
    backups.awaitLocation("s3");
  }

  @AfterAll
  void remove() {
    haven.close();
    if (bucket != null) {
      bucket.close();
    }
  }

  @Test
  @Order(1)
  void whenOnlyTheBucketIsLeftOneResourceBringsTheDatabaseBack() {
    DatabaseBackup made = backups.byHand("one", APP, "locationRef: {name: s3}");
    assertThat(Backups.succeeded(made)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(made.getStatus().verified()).isTrue();
    long acknowledged = made.getStatus().rows();
    String everythingSaid =
        haven.kubectl("get", "configmaps,jobs,pods,events,dbb,bloc", "-o", "yaml")
            + haven.kubectl("logs", "-l", "app.kubernetes.io/component=runner", "--tail=-1");
    assertThat(everythingSaid).as("credentials").doesNotContain(bucket.secretKey());

    haven.kubectl("delete", "deployment", APP, "--wait=true", "--timeout=120s");
    // Pods that have ended keep their claim until their Jobs go.
    haven.kubectl("delete", "dbb,sdb,bloc,jobs", "--all", "--wait=true", "--timeout=120s");
    haven.kubectl("delete", "pvc", APP + "-data", "--wait=true", "--timeout=120s");

    // A new cluster: everything is there again but the data, and the app waits for it.
    backups.bringBack(APP, bucket.location("s3", haven.namespace + "/" + APP), "", made);
    assertThat(
            haven.sql(
                APP,
                "SELECT (SELECT count(*) FROM journal) + (SELECT count(*) FROM holdings) > 0,"
                    + " (SELECT max(number) = count(*) FROM journal)"))
        .isEqualTo("1|1");
    assertThat(acknowledged).isPositive();

    // The new database is another one: it takes the place over only because that was asked for.
    assertThat(Backups.succeeded(backups.byHand("two", APP, "locationRef: {name: s3}")))
        .as(haven.story())
        .isEqualTo("True Succeeded");
    haven.apply(bucket.location("other", ""));
    backups.awaitLocation("other");
    haven.apply(Apps.files("twin", Apps.SEED));
    haven.apply(Apps.claim("twin"));
    haven.apply(Apps.held("twin", "v1", "holdings.quantity"));
    haven.apply(
        Apps.database("twin")
            .replace("{claimName", "{identity: " + haven.namespace + "/" + APP + ", claimName"));
    haven.awaitRunning("twin");
    haven.awaitDatabase("twin", ready -> Condition.TRUE.equals(ready.status()));
    DatabaseBackup refused = backups.byHand("stolen", "twin", "locationRef: {name: other}");
    assertThat(Backups.succeeded(refused)).as(haven.story()).isEqualTo("False LocationOwned");
    haven.delete(backups.backup("stolen"));
    haven.await("it to go", () -> backups.backup("stolen"), Objects::isNull);
  }

  @Test
  @Order(2)
  void anEmptyClaimIsFilledBeforeItsAppMayStart() {
    String rowsOfBackup = haven.sql(APP, "SELECT count(*) > 0 FROM journal");
    assertThat(rowsOfBackup).isEqualTo("1");
    haven.apply(Apps.files("fresh", Apps.SEED));
    haven.apply(Apps.claim("fresh"));
    haven.apply(bootstrapped("fresh", haven.namespace + "/" + APP));
    haven.awaitDatabase("fresh", ready -> "Bootstrapping".equals(ready.reason()));
    haven.apply(Apps.held("fresh", "v1", "holdings.quantity"));

    haven.awaitRunning("fresh");

    SQLiteDatabase database =
        haven.await(
            "a look at it",
            () -> haven.database("fresh"),
            found ->
                found.getStatus().schemaVersion() != null
                    || Condition.TRUE.equals(Haven.ready(found).status()));
    var bootstrapped = database.getStatus().bootstrapped();
    // Had the app started before, its file would have been there, and left alone.
    assertThat(bootstrapped.reason()).as(haven.story()).isEqualTo("Succeeded");
    assertThat(bootstrapped.backup()).contains("-manual-");
    assertThat(haven.sql("fresh", "SELECT max(number) = count(*), count(*) > 1 FROM journal"))
        .isEqualTo("1|1");
    assertThat(haven.kubectl("get", "dbr", bootstrapped.restore())).contains("fresh", "IfAbsent");

    // Made anew over the claim as it is now, it finds a database and leaves it alone.
    String uid = haven.awaitRunning("fresh").getMetadata().getUid();
    for (int i = 0; i < 5; i++) {
      // At once, as a forced replacement does: each of them is looked at.
      haven.kubectl("delete", "sdb", "fresh", "--wait=true", "--timeout=60s");
      haven.apply(bootstrapped("fresh", haven.namespace + "/" + APP));
    }
    haven.await(
        "its restore to go", () -> backups.restore(bootstrapped.restore()), Objects::isNull);
    haven.awaitDatabase("fresh", ready -> Condition.TRUE.equals(ready.status()));
    assertThat(haven.database("fresh").getStatus().bootstrapped().reason()).isEqualTo("Unchanged");
    assertThat(haven.awaitRunning("fresh").getMetadata().getUid()).isEqualTo(uid);
  }

  @Test
  @Order(3)
  void onItsFirstDayAnAppBeginsWithNothingOnlyWhereThatIsSaid() {
    haven.apply(Apps.files("newborn", Apps.SEED));
    haven.apply(Apps.claim("newborn"));
    haven.apply(bootstrapped("newborn", "nobody/ever"));
    haven.apply(Apps.held("newborn", "v1", "holdings.quantity"));
    Condition held =
        haven.awaitDatabase("newborn", ready -> "NothingToRestore".equals(ready.reason()));
    assertThat(held.message()).contains("has no backup of nobody/ever").contains("StartEmpty");
    assertThat(haven.running("newborn")).as("pods past the gate").isEmpty();

    haven.kubectl(
        "patch",
        "sdb",
        "newborn",
        "--type=merge",
        "-p",
        "{\"spec\":{\"bootstrap\":{\"onNoBackup\":\"StartEmpty\"}}}");
    haven.awaitRunning("newborn");
    haven.awaitDatabase("newborn", ready -> Condition.TRUE.equals(ready.status()));
    assertThat(haven.sql("newborn", "SELECT count(*) FROM holdings")).isEqualTo("3");
  }

  private static String bootstrapped(String name, String identity) {
    return Apps.database(name)
        .replace(
            "{claimName",
            "{bootstrap: {locationRef: {name: s3}, identity: " + identity + "}, claimName");
  }
}
