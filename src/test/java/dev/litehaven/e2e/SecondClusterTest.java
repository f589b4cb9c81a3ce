package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.DatabaseBackup;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A cluster is gone, with its volumes and its resources, and a second one has only the bucket. */
@Tag("cluster")
@Tag("soak")
@Isolated
class SecondClusterTest {
  private static final String APP = "ledger";

  @Test
  void restoresFromTheBucketOfOneThatIsGone() throws Exception {
    try (Haven lost = Haven.withOperator("lost")) {
      lost.requireNode();
      try (Bucket bucket = Bucket.start()) {
        lost.start(APP, Apps.held(APP, "v1", "holdings.quantity"));
        lost.apply(bucket.location("s3", ""));
        var backups = new Backups(lost);
        backups.awaitLocation("s3");
        DatabaseBackup made = backups.byHand("last", APP, "locationRef: {name: s3}");
        assertThat(Backups.succeeded(made)).as(lost.story()).isEqualTo("True Succeeded");

        TestCluster another = TestCluster.get().another();
        try (Haven haven = Haven.withOperator(another, "found");
            Bucket again = bucket.in(another)) {
          restore(haven, again, lost.namespace + "/" + APP, made);
          // Once more: what is left in Git does nothing to data that has gone on.
          String before = haven.sql(APP, "SELECT max(number) FROM journal");
          haven.kubectl("delete", "dbr", "disaster", "--wait=true", "--timeout=60s");
          new Backups(haven)
              .applyIfAbsent("disaster", APP, ", identity: " + lost.namespace + "/" + APP);
          assertThat(Backups.succeeded(new Backups(haven).awaitRestored("disaster")))
              .as(haven.story())
              .isEqualTo("True AlreadyRestored");
          haven.assertNoRowLost(APP, Long.parseLong(before));
        } finally {
          another.down();
        }
      }
    }
  }

  private static void restore(Haven haven, Bucket bucket, String identity, DatabaseBackup made) {
    assertThat(haven.kubectl("get", "sdb,dbb,bsched,dbm,dbr", "-A", "--ignore-not-found"))
        .as("what the new cluster knows")
        .isBlank();
    haven.apply(Apps.files(APP, Apps.SEED));
    new Backups(haven)
        .bringBack(APP, bucket.location("s3", identity), ", identity: " + identity, made);
    assertThat(
            haven.sql(
                APP,
                "SELECT max(number) = count(*), count(*) + (SELECT count(*) FROM holdings) >= %d FROM journal"
                    .formatted(made.getStatus().rows())))
        .isEqualTo("1|1");
    assertThat(haven.sql(APP, "PRAGMA integrity_check")).isEqualTo("ok");
  }
}
