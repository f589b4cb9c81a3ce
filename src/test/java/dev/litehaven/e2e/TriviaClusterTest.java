package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Type;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The example {@code trivia} as it is applied: backups of each type, listed, and an emergency. */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TriviaClusterTest {
  private static final String APP = "trivia";
  private static final String BY_HAND = "trivia-before-the-big-quiz";

  private Haven haven;
  private Backups backups;

  @BeforeAll
  void install() {
    haven = Haven.withOperator("trivia");
    backups = new Backups(haven);
    example("00-app-files", "01-app");
    running();
    example("10-database", "20-location");
    backups.awaitLocation(APP);
  }

  @AfterAll
  void remove() {
    haven.close();
  }

  @Test
  @Order(1)
  void byHandAndByScheduleEachBackupSaysWhatItIs() {
    example("40-by-hand");
    DatabaseBackup byHand = awaitEnd(BY_HAND);
    assertThat(Backups.succeeded(byHand)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(byHand.getStatus().verified()).isTrue();

    example("30-schedules");
    haven.kubectl("annotate", "bsched", "trivia-daily", "litehaven.dev/requestedAt=now");
    haven.kubectl("annotate", "bsched", "trivia-weekly", "litehaven.dev/requestedAt=now");
    DatabaseBackup daily = scheduled("trivia-daily");
    DatabaseBackup weekly = scheduled("trivia-weekly");

    assertThat(List.of(daily, weekly))
        .as(haven.story())
        .allSatisfy(
            backup -> {
              assertThat(Backups.succeeded(backup)).isEqualTo("True Succeeded");
              assertThat(backup.getStatus().verified()).isTrue();
              assertThat(backup.getSpec().type()).isEqualTo(Type.SCHEDULED);
              assertThat(backup.getStatus().rows()).isGreaterThan(126);
            });
    assertThat(haven.kubectl("get", "dbb"))
        .containsPattern(BY_HAND + " +trivia +Manual +File +\\S+ \\S+ .*true")
        .containsPattern("trivia-daily-\\S+ +trivia +Scheduled +File +\\S+ \\S+ .*true");
    assertThat(haven.kubectl("get", "bsched")).contains("trivia-daily", "trivia-weekly");
  }

  @Test
  @Order(2)
  void protectedItIsNotReplaced() {
    backups.restoreInPlace("too-early", APP, "source: {latest: Verified}");
    DatabaseRestore refused =
        haven.await(
            "a refusal",
            () -> backups.restore("too-early"),
            found -> found.getStatus() != null && !found.getStatus().conditions().isEmpty());
    assertThat(refused.getStatus().conditions().getFirst().reason())
        .isEqualTo(Reason.OBSERVE_ONLY.text());
    haven.delete(refused);
  }

  @Test
  @Order(3)
  void inAnEmergencyTheNewestSoundBackupIsTakenAndNewerDamagedOnesAreNamed() {
    String questions = sql("SELECT count(*) FROM questions");
    DatabaseBackup good = awaitEnd(BY_HAND);
    List<DatabaseBackup> newer = List.of(scheduled("trivia-daily"), scheduled("trivia-weekly"));
    haven.apply(Apps.idle("vandal", "trivia-backups"));
    Pod vandal = haven.awaitRunning("vandal");
    newer.forEach(backup -> damage(vandal, backup.getStatus().artifact().id()));
    haven.write(running(), "DELETE FROM choices");
    assertThat(sql("SELECT count(*) FROM choices")).isEqualTo("0");

    haven.kubectl("patch", "sdb", APP, "--type=merge", "-p", "{\"spec\":{\"mode\":\"Manage\"}}");
    backups.restoreInPlace("emergency", APP, "source: {latest: Verified}");
    DatabaseRestoreStatus status = backups.awaitRestored("emergency");

    assertThat(Backups.succeeded(status)).as(haven.story()).isEqualTo("True Succeeded");
    assertThat(status.backup()).isEqualTo(good.getStatus().artifact().id());
    assertThat(status.passedOver())
        .extracting(DatabaseRestoreStatus.PassedOver::backup)
        .containsExactlyInAnyOrderElementsOf(
            newer.stream().map(backup -> backup.getStatus().artifact().id()).toList());
    running();
    assertThat(sql("SELECT count(*) FROM questions")).isEqualTo(questions);
    assertThat(sql("SELECT count(*) > 126 FROM choices")).isEqualTo("1");
    assertThat(sql("PRAGMA integrity_check")).isEqualTo("ok");
    assertThat(backups.backup(status.preRestoreBackups().getFirst()).getStatus().verified())
        .as("what was there before")
        .isTrue();
  }

  private void example(String... files) {
    for (String file : files) {
      haven.apply(Haven.resource("k8s/examples/trivia/" + file + ".yaml"));
    }
  }

  private DatabaseBackup awaitEnd(String name) {
    return haven.await(
        "backup " + name, () -> backups.backup(name), found -> found != null && ended(found));
  }

  private DatabaseBackup scheduled(String schedule) {
    return haven
        .await(
            "a backup of " + schedule,
            () -> backups.of(schedule),
            found -> !found.isEmpty() && ended(found.getFirst()))
        .getFirst();
  }

  private static boolean ended(DatabaseBackup backup) {
    return backup.getStatus() != null
        && backup.getStatus().completedAt() != null
        && !Backups.succeeded(backup).startsWith("Unknown");
  }

  private Pod running() {
    return haven
        .await(
            "the quiz", () -> haven.ready("app.kubernetes.io/name", APP), pods -> pods.size() == 1)
        .getFirst();
  }

  private String sql(String query) {
    return haven.sql(running(), query);
  }

  private void damage(Pod vandal, String id) {
    haven.exec(
        vandal,
        "python3",
        "-c",
        "import glob,os,sys\n"
            + "[f]=glob.glob('/data/quiz/**/'+sys.argv[1]+'/*.zst',recursive=True)\n"
            + "os.truncate(f, os.path.getsize(f)-7)",
        id);
  }
}
