package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The example {@code arrowtuner}, with a key and a bucket: two files in one encrypted backup, near
 * and far, and each of its recoveries.
 */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ArrowtunerClusterTest {
  private static final String APP = "arrowtuner";
  private static final String ARROWS = "/data/arrow_database.db";
  private static final String USERS = "/data/user_data.db";

  private Haven haven;
  private Backups backups;
  private Bucket bucket;

  @BeforeAll
  void install() throws Exception {
    haven = Haven.withOperator("arrowtuner");
    haven.requireNode();
    backups = new Backups(haven);
    bucket = Bucket.start();
    haven.apply(bucket.location(APP + "-bucket", ""));
    haven.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: arrowtuner-key}
        stringData: {key.txt: %s}
        """
            .formatted(Bucket.IDENTITY));
    haven.apply(example("00-app-files"));
    haven.apply(example("01-app"));
    haven.apply(example("10-database"));
    haven.apply(example("20-location").replaceAll("age1[a-z0-9]+", Bucket.RECIPIENT));
    running();
    backups.awaitLocation(APP);
    backups.awaitLocation(APP + "-bucket");
    haven.awaitDatabase(APP, ready -> Condition.TRUE.equals(ready.status()));
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
  void bothFilesGoEncryptedNearAndFar() {
    haven.apply(example("30-schedules"));
    for (String schedule : List.of("arrowtuner-near", "arrowtuner-far")) {
      haven.kubectl("annotate", "bsched", schedule, "litehaven.dev/requestedAt=now");
    }
    for (String schedule : List.of("arrowtuner-near", "arrowtuner-far")) {
      DatabaseBackup made = ended(schedule);
      assertThat(Backups.succeeded(made)).as(haven.story()).isEqualTo("True Succeeded");
      assertThat(made.getStatus().verified()).isTrue();
    }
    haven.apply(Apps.idle("vault", "arrowtuner-backups"));
    String near = haven.exec(haven.awaitRunning("vault"), "find", "/data/arrowtuner", "-type", "f");
    assertThat(near.lines().filter(path -> path.endsWith(".age")).toList())
        .hasSize(2)
        .anyMatch(path -> path.endsWith("/arrows.db.zst.age"))
        .anyMatch(path -> path.endsWith("/users.db.zst.age"));
    assertThat(near).doesNotContain(".zst\n");
    assertThat(bucket.objects())
        .anyMatch(path -> path.endsWith("/arrows.db.zst.age"))
        .anyMatch(path -> path.endsWith("/users.db.zst.age"))
        .noneMatch(path -> path.endsWith(".zst"));
  }

  @Test
  @Order(2)
  void theUsersComeBackAndTheArrowsStayAsTheyAre() {
    String users = rows(USERS, "users", "bow_setups", "guide_sessions", "sessions");
    change(USERS, "DELETE FROM bow_setups; UPDATE users SET name = 'nobody'");
    change(ARROWS, "UPDATE arrows SET material = 'Wood'");

    DatabaseRestoreStatus status = recover("users");

    assertThat(status.backup()).isNotNull();
    assertThat(rows(USERS, "users", "bow_setups", "guide_sessions", "sessions")).isEqualTo(users);
    assertThat(sql(ARROWS, "SELECT DISTINCT material FROM arrows")).isEqualTo("Wood");
  }

  @Test
  @Order(3)
  void theArrowsComeBackAndTheUsersStayAsTheyAre() {
    change(USERS, "UPDATE users SET name = 'somebody'");

    recover("arrows");

    assertThat(sql(ARROWS, "SELECT count(*) FROM arrows WHERE material = 'Wood'")).isEqualTo("0");
    assertThat(sql(USERS, "SELECT DISTINCT name FROM users")).isEqualTo("somebody");
    assertThat(sql(ARROWS, "PRAGMA foreign_key_check")).isEmpty();
  }

  @Test
  @Order(4)
  void theConfigurationComesBackAlone() {
    String before = rows(ARROWS, "spine_conversions");
    change(ARROWS, "UPDATE spine_conversions SET spine = 1");

    recover("configuration");

    assertThat(rows(ARROWS, "spine_conversions")).isEqualTo(before);
    assertThat(sql(USERS, "SELECT DISTINCT name FROM users")).isEqualTo("somebody");
  }

  @Test
  @Order(5)
  void everythingComesBack() {
    change(ARROWS, "DELETE FROM component_fits");

    recover("complete");

    assertThat(sql(ARROWS, "SELECT count(*) > 0 FROM component_fits")).isEqualTo("1");
    assertThat(sql(USERS, "SELECT count(*) FROM users WHERE name = 'somebody'")).isEqualTo("0");
  }

  private DatabaseRestoreStatus recover(String what) {
    haven.apply(
        example("recovery/" + what).replace("UID", haven.database(APP).getMetadata().getUid()));
    DatabaseRestoreStatus status = backups.awaitRestored("arrowtuner-" + what);
    assertThat(Backups.succeeded(status)).as(haven.story()).startsWith("True");
    return status;
  }

  private DatabaseBackup ended(String schedule) {
    return haven
        .await(
            "a backup of " + schedule,
            () -> backups.of(schedule),
            found -> !found.isEmpty() && Backups.hasEnded(found.getFirst()))
        .getFirst();
  }

  private static String example(String file) {
    return Haven.resource("k8s/examples/arrowtuner/" + file + ".yaml");
  }

  private Pod running() {
    return haven
        .await(
            "the app", () -> haven.ready("app.kubernetes.io/name", APP), pods -> pods.size() == 1)
        .getFirst();
  }

  private String rows(String file, String... tables) {
    var all = new StringBuilder();
    for (String table : tables) {
      all.append(sql(file, "SELECT * FROM " + table + " ORDER BY 1, 2, 3")).append('\n');
    }
    return all.toString();
  }

  private String sql(String file, String query) {
    return python(
        "c=sqlite3.connect('file:'+sys.argv[1]+'?mode=ro',uri=True,timeout=10)\n"
            + "print('\\n'.join('|'.join(map(str,r)) for r in c.execute(sys.argv[2])))",
        file,
        query);
  }

  private void change(String file, String script) {
    python(
        "c=sqlite3.connect(sys.argv[1],timeout=10)\n"
            + "[c.execute(s) for s in sys.argv[2].split(';')]\n"
            + "c.commit()",
        file,
        script);
  }

  private String python(String program, String... arguments) {
    var command = new ArrayList<>(List.of("python3", "-c", "import sqlite3,sys\n" + program));
    command.addAll(List.of(arguments));
    return haven.exec(running(), command.toArray(String[]::new)).strip();
  }
}
