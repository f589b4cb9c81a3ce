package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.Condition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The migration itself goes away in the middle: the workload comes back on every path. */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeletionClusterTest {
  private static final String APP = "dropped";

  private Haven haven;
  private int version;

  @BeforeAll
  void install() {
    haven = Haven.withOperator("deletion");
    haven.start(APP, Apps.held(APP, "v1", "holdings.quantity"));
  }

  @AfterAll
  void remove() {
    haven.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Planning", "Stopping", "Migrating", "Starting"})
  void theWorkloadComesBackWhenTheMigrationIsDeletedInMidFlight(String phase) {
    long before = haven.acknowledged(APP);
    version++;
    haven.apply(all());
    haven.awaitPhase(APP, phase);

    haven.delete(haven.migration(APP));

    haven.await("the migration to be gone", () -> haven.migration(APP) == null, gone -> gone);
    haven.awaitRunning(APP);
    haven.assertNoRowLost(APP, before);
    assertThat(haven.sql(APP, "PRAGMA integrity_check")).isEqualTo("ok");
    assertThat(
            haven
                .client
                .apps()
                .deployments()
                .inNamespace(haven.namespace)
                .withName(APP)
                .get()
                .getMetadata()
                .getAnnotations())
        .doesNotContainKey(Api.QUIESCED);
    // What the volume says is applied decides how the next one goes on.
    haven.apply(all());
    assertThat(haven.awaitEnd(APP).status()).as(haven.story()).isEqualTo(Condition.TRUE);
  }

  private String all() {
    var steps = new StringBuilder();
    for (int step = 1; step <= version; step++) {
      steps.append(Apps.addColumn("%03d".formatted(step), "c" + step));
    }
    return Apps.migration(APP, APP, steps.toString(), "");
  }
}
