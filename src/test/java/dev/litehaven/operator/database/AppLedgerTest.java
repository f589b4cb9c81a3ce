package dev.litehaven.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.AppVersion;
import dev.litehaven.operator.database.DatabaseObservation.Backup;
import dev.litehaven.operator.database.DatabaseObservation.Migration;
import dev.litehaven.operator.workload.AppImage;
import dev.litehaven.operator.workload.PodState;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is remembered of the images that were ready, and what is not. */
class AppLedgerTest extends DatabasePlannerFixture {
  @BeforeEach
  void onVersion1() {
    migrations = List.of(migration("orders", true, "1"));
    healthy();
  }

  @Test
  void whatIsReadyIsWrittenDownOnce() {
    assertThat(plan.status().app())
        .singleElement()
        .isEqualTo(
            new AppVersion(
                "Deployment/shop", "v1", "shop:v1", null, "1", null, START.toString(), null));
    now = START.plusSeconds(60);
    look();
    assertThat(plan.status()).as("nothing new, so nothing to write").isEqualTo(status);
  }

  @Test
  void aVersionThatIsLeftNamesTheBackupThatWasMadeBefore() {
    backups =
        List.of(
            backup("failed", false, "1"),
            backup("before-2", true, "1"),
            backup("older", true, "1"));
    migrations = List.of(migration("orders", true, "2"));
    pods = List.of(pod("shop-2", "v2", false, START, "2"));
    now = START.plusSeconds(60);
    look();
    assertThat(plan.status().app())
        .containsExactly(
            new AppVersion(
                "Deployment/shop",
                "v2",
                "shop:v2",
                null,
                "2",
                "2",
                START.plusSeconds(60).toString(),
                null),
            new AppVersion(
                "Deployment/shop", "v1", "shop:v1", null, "1", null, START.toString(), "before-2"));
  }

  @Test
  void anImageThatStaysHasAnEntryForEachVersion() {
    migrations = List.of(migration("orders", true, "2"));
    look();
    assertThat(plan.status().app()).extracting(AppVersion::schemaVersion).containsExactly("2", "1");
    assertThat(plan.status().app()).extracting(AppVersion::image).containsOnly("shop:v1");
  }

  /** 1 to 2, back to 1, and to 2 again. */
  @Test
  void anEarlierStaysBackupIsNotTakenForALaterOnes() {
    Backup first = backup("first", true, "1");
    Backup down = backup("down", true, "2");
    for (String version : List.of("2", "1")) {
      backups = version.equals("2") ? List.of(first) : List.of(down, first);
      migrations = List.of(migration("orders", true, version));
      look();
      remember();
    }
    migrations = List.of(migration("orders", true, "2"));
    look();
    assertThat(plan.status().app().get(1).backup()).as("none was made since").isNull();
    backups = List.of(backup("second", true, "1"), down, first);
    look();
    assertThat(plan.status().app())
        .extracting(AppVersion::backup)
        .containsExactly(null, "second", "down", "first");
  }

  @Test
  void anotherTemplateOfTheSameImageIsNoOtherVersion() {
    pods = List.of(seen(pod("shop-2", "v2", false, START, null), true, "shop:v1", ""));
    now = START.plusSeconds(60);
    look();
    assertThat(plan.status().app())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.template()).isEqualTo("v2");
              assertThat(entry.since()).isEqualTo(START.toString());
            });
  }

  @Test
  void aTagThatWasPushedAgainIsAnotherImage() {
    pods = List.of(seen(pod("shop-1", "v1", false, START, null), true, "shop:v1", "shop@sha256:1"));
    look();
    remember();
    assertThat(status.app()).singleElement().extracting("imageDigest").isEqualTo("shop@sha256:1");
    pods = List.of(seen(pod("shop-1", "v1", false, START, null), true, "shop:v1", "shop@sha256:2"));
    look();
    assertThat(plan.status().app())
        .extracting(AppVersion::imageDigest)
        .containsExactly("shop@sha256:2", "shop@sha256:1");
  }

  @Test
  void whatWaitsAtTheGateHasRunOnNothing() {
    pods = List.of(pod("shop-1", "v1", false, START, null), pod("shop-2", "v2", true, START, null));
    look();
    assertThat(plan.status().app()).extracting(AppVersion::image).containsExactly("shop:v1");
  }

  @Test
  void whatNeverGotReadyHasRunOnNothing() {
    pods =
        List.of(seen(pod("shop-2", "v2", false, START, null), false, "shop:v2", "shop@sha256:2"));
    look();
    assertThat(plan.status().app()).extracting(AppVersion::image).containsExactly("shop:v1");
  }

  /** Its status says the version that the run is about to leave, or has just come back from. */
  @Test
  void nothingIsNotedWhileARunIsBetweenTwoVersions() {
    migrations =
        List.of(new Migration("orders", "default", false, "2", true, List.of(), Optional.empty()));
    look();
    assertThat(plan.status().app()).isEqualTo(status.app());
    migrations = List.of(migration("orders", false, "2"));
    look();
    assertThat(plan.status().app()).hasSize(2);
  }

  @Test
  void nothingIsNotedOfADatabaseThatNobodyHasLookedAt() {
    status = SQLiteDatabaseStatus.unobserved();
    migrations = List.of();
    expect(Condition.RECONCILING, Reason.PENDING);
    assertThat(plan.status().app()).isEmpty();
  }

  @Test
  void theOldestGoWhenThereAreManyAndTheStatusStaysInBounds() {
    for (int version = 2; version < 40; version++) {
      migrations = List.of(migration("orders", true, String.valueOf(version)));
      look();
      remember();
    }
    assertThat(status.app())
        .hasSize(SQLiteDatabaseStatus.MAX_APP_VERSIONS)
        .first()
        .extracting("schemaVersion")
        .isEqualTo("39");
  }

  private void look() {
    expect(Condition.READY, Reason.HEALTHY);
  }

  private static Backup backup(String name, boolean preMigration, String version) {
    return new Backup(name, START.toString(), preMigration, "m-" + name, version);
  }

  private static PodState seen(PodState pod, boolean ready, String image, String digest) {
    return new PodState(
        pod.name(),
        pod.uid(),
        pod.resourceVersion(),
        pod.created(),
        pod.template(),
        pod.gateIndex(),
        pod.phase(),
        ready,
        pod.containersReady(),
        pod.wantsVerified(),
        pod.node(),
        pod.nodeState(),
        pod.failing(),
        pod.words(),
        pod.finalizers(),
        pod.requiresSchema(),
        Optional.of(new AppImage(image, digest)));
  }
}
