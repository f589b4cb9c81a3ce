package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Good databases on volumes, or behind mounts, on which a file cannot be replaced: said on the
 * database before any migration, and a migration that is there does not begin.
 */
@Tag("cluster")
class UnfitVolumeClusterTest {
  private static final String MAKE =
      "import sqlite3; c=sqlite3.connect('/data/app.db'); c.execute('CREATE TABLE holdings (id INTEGER PRIMARY KEY)'); c.commit()";
  private static final String READ =
      "import sqlite3; print(sqlite3.connect('file:%s?mode=ro&immutable=1', uri=True).execute('SELECT count(*) FROM holdings').fetchone()[0])";

  private static final String FILE = "- {name: data, mountPath: /data/app.db, subPath: app.db}\n";
  private static final String FOLDER = "- {name: data, mountPath: /data}\n";

  private static Haven haven;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("unfit");
    haven.apply(Apps.claim("origin"));
    haven.apply(Apps.idle("origin", "origin-data"));
    haven.exec(haven.awaitRunning("origin"), "python3", "-c", MAKE);
  }

  @AfterAll
  static void remove() {
    haven.close();
  }

  @Test
  void aReadOnlyVolume() {
    haven.requireStorageClass("litehaven-read-only");
    haven.apply(Apps.copyOfClaim("frozen", "origin", "litehaven-read-only"));
    haven.apply(Apps.idle("frozen", "frozen-data"));
    assertRefused("frozen", Reason.READ_ONLY_VOLUME, "mount it read-write");
  }

  @Test
  void aNetworkFileSystem() {
    haven.requireStorageClass("litehaven-fuse");
    haven.apply(Apps.copyOfClaim("remote", "origin", "litehaven-fuse"));
    haven.apply(Apps.idle("remote", "remote-data"));
    assertRefused("remote", Reason.NETWORK_FILESYSTEM, "block or local volume");
  }

  @Test
  void aFileThatIsMountedByItself() {
    haven.apply(Apps.copyOfClaim("single", "origin", null));
    haven.apply(Apps.idle("single", "single-data", 10001, FILE));
    assertRefused("single", Reason.SUB_PATH_FILE, "Mount its directory");
  }

  @Test
  void aFileThatIsMountedByItselfBesideItsVolume() {
    haven.apply(Apps.copyOfClaim("beside", "origin", null));
    haven.apply(Apps.idle("beside", "beside-data", 10001, FOLDER + FILE));
    assertRefused("beside", Reason.SUB_PATH_FILE, "Mount its directory");
  }

  @Test
  void aFileOfSomebodyElse() {
    haven.apply(Apps.copyOfClaim("foreign", "origin", null));
    haven.apply(Apps.idle("foreign", "foreign-data", 10002, FOLDER));
    assertRefused("foreign", Reason.WRONG_OWNER, "uid 10001");
  }

  /** Its pod is all that keeps it: stopped, it would be gone with its data. */
  @Test
  void aClaimThatIsBeingDeleted() {
    haven.apply(Apps.copyOfClaim("leaving", "origin", null));
    haven.apply(Apps.idle("leaving", "leaving-data"));
    haven.apply(Apps.database("leaving"));
    haven.awaitDatabase("leaving", ready -> Condition.TRUE.equals(ready.status()));
    String pod = haven.awaitRunning("leaving").getMetadata().getUid();
    haven.kubectl("delete", "pvc", "leaving-data", "--wait=false");

    haven.apply(Apps.migration("leaving", "leaving", Apps.addColumn("001", "risk"), ""));

    haven.await(
        "the migration to be refused",
        () -> haven.condition("leaving").map(Condition::reason),
        reason -> reason.filter(Reason.CLAIM_TERMINATING.text()::equals).isPresent());
    assertThat(haven.message("leaving")).contains("being deleted");
    assertThat(haven.awaitRunning("leaving").getMetadata().getUid()).isEqualTo(pod);
    assertThat(haven.migration("leaving").getStatus().run()).isNull();
  }

  private static void assertRefused(String name, Reason reason, String advice) {
    String pod = haven.awaitRunning(name).getMetadata().getUid();
    haven.apply(Apps.database(name));
    haven.apply(Apps.migration(name, name, Apps.addColumn("001", "risk"), ""));

    Condition ready =
        haven.awaitDatabase(name, condition -> reason.text().equals(condition.reason()));
    assertThat(ready.status()).isEqualTo(Condition.FALSE);
    assertThat(ready.message()).contains(advice);
    assertThat(haven.database(name).getStatus().nextAction()).contains(advice);

    Condition end = haven.awaitEnd(name);
    assertThat(end.reason()).as(haven.story()).isEqualTo(reason.text());
    assertThat(end.message()).contains(advice);
    assertThat(haven.awaitRunning(name).getMetadata().getUid()).isEqualTo(pod);
    assertThat(
            haven
                .exec(haven.awaitRunning(name), "python3", "-c", READ.formatted("/data/app.db"))
                .strip())
        .isEqualTo("0");
  }
}
