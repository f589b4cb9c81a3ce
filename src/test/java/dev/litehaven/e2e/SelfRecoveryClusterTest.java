package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A runner is killed in the middle, and then everything of Litehaven is lost but the volume: the
 * resources, their status, the locks. From Git comes back only what users wrote.
 */
@Tag("cluster")
class SelfRecoveryClusterTest {
  private static final String APP = "lost";

  /** Long enough in the middle of the run to be killed there. */
  private static final String SLOW =
      """
      - version: "001"
        up: |
          ALTER TABLE holdings ADD COLUMN risk TEXT NOT NULL DEFAULT 'none';
          CREATE TABLE slow AS
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000)
            SELECT count(*) AS c FROM n;
      """;

  private static Haven haven;

  @BeforeAll
  static void install() {
    haven = Haven.withOperator("recovery");
    haven.requireNode();
  }

  @AfterAll
  static void remove() {
    haven.close();
  }

  @Test
  void whatIsHalfDoneIsRecoveredFromTheVolumeAloneAndTheAppComesBack() {
    haven.start(APP, Apps.held(APP, "v1", "holdings.quantity"));
    long before = haven.acknowledged(APP);
    haven.apply(Apps.migration(APP, APP, SLOW, ""));
    haven.await(
        "the copy being migrated",
        () -> haven.message(APP),
        message -> message.contains("The migration is running"));
    Pod runner =
        haven
            .await(
                "the runner's pod",
                () ->
                    haven
                        .client
                        .pods()
                        .inNamespace(haven.namespace)
                        .withLabel(Api.LABEL_STEP, "migrate")
                        .list()
                        .getItems(),
                pods -> pods.size() == 1)
            .getFirst();
    haven.await(
        "work on the copy",
        () -> haven.kubectl("logs", runner.getMetadata().getName()),
        log -> log.contains("Migrating the copy"));
    assertThat(NodeProcesses.signal(runner, "java", "STOP")).isEqualTo(1);

    haven.kubectl("scale", "deployment", "litehaven", "--replicas=0");
    haven.await("no operator", haven::operators, List::isEmpty);
    assertThat(NodeProcesses.kill(runner, "java")).isEqualTo(1);
    for (String kind : new String[] {"dbm", "sdb", "dbb"}) {
      for (String name : haven.kubectl("get", kind, "-o", "name").strip().split("\\s+")) {
        if (!name.isEmpty()) {
          haven.kubectl(
              "patch", name, "--type=merge", "-p", "{\"metadata\":{\"finalizers\":null}}");
        }
      }
      haven.kubectl("delete", kind, "--all");
    }
    haven.kubectl("delete", "jobs", "--all");
    haven.kubectl("delete", "leases", "--all");
    assertThat(haven.running(APP)).as("its app is stopped still").isEmpty();

    haven.apply(Apps.database(APP));
    haven.kubectl("scale", "deployment", "litehaven", "--replicas=1");
    haven.awaitDatabase(APP, ready -> Reason.HEALTHY.text().equals(ready.reason()));
    assertThat(haven.kubectl("get", "jobs", "-o", "name")).contains("-recover-");
    assertThat(haven.kubectl("get", "events", "--field-selector=reason=Recovering"))
        .contains("was interrupted on this volume");
    haven.awaitVersion(APP, "v1");
    haven.assertNoRowLost(APP, before);
    assertThat(haven.sql(APP, "SELECT count(*) FROM pragma_table_info('holdings')")).isEqualTo("3");

    haven.apply(Apps.migration(APP, APP, Apps.addColumn("001", "risk"), ""));
    Condition end = haven.awaitEnd(APP);
    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.SUCCEEDED.text());
    haven.assertNoRowLost(APP, before);
  }
}
