package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator goes away in the middle. Another one goes on, and the end is the same. */
@Tag("cluster")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InterruptionClusterTest {
  private static final String APP = "busy";

  private Haven haven;
  private int version;

  @BeforeAll
  void install() {
    haven = Haven.withOperator("interruption");
    haven.start(APP, Apps.held(APP, "v1", "holdings.quantity"));
  }

  @AfterAll
  void remove() {
    haven.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Planning", "Stopping", "Migrating", "Starting", "Settling"})
  void anotherOperatorGoesOnWhereOneWasStopped(String phase) {
    long before = haven.acknowledged(APP);
    haven.apply(patient(next("")));
    haven.awaitPhase(APP, phase);

    haven.operators().forEach(haven::delete);

    assertCompleted(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Stopping", "Migrating"})
  void anotherOperatorGoesOnWhereOneWasKilledOutright(String phase) {
    long before = haven.acknowledged(APP);
    haven.apply(patient(next("")));
    haven.awaitPhase(APP, phase);

    haven.operators().forEach(this::kill);

    assertCompleted(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Stopping", "RollingBack"})
  void aRollbackIsFinishedByAnotherOperator(String phase) {
    long before = haven.acknowledged(APP);
    String columns = columns();
    // From then on the app cannot write. The comment: the same input is not tried a second time.
    haven.apply(
        next(
            """
            up: |
              -- interrupted while PHASE
              ALTER TABLE journal ADD COLUMN currency TEXT;
              CREATE TRIGGER broken_%1$d BEFORE INSERT ON journal WHEN new.currency IS NULL
              BEGIN SELECT RAISE(ABORT, 'a row needs a currency'); END;
            """
                .replace("PHASE", phase)));
    haven.awaitPhase(APP, phase);

    haven.operators().forEach(haven::delete);

    Condition end = haven.awaitEnd(APP);
    assertThat(end.reason()).as(haven.story()).isEqualTo(Reason.ROLLED_BACK.text());
    assertThat(columns()).isEqualTo(columns);
    haven.assertNoRowLost(APP, before);
    version--;
  }

  /** While nobody leads nobody sees that the app is ready, which is not the migration's fault. */
  private static String patient(String migration) {
    return migration.replace("readinessDeadlineSeconds: 20", "readinessDeadlineSeconds: 100");
  }

  private void assertCompleted(long before) {
    Condition end = haven.awaitEnd(APP);
    assertThat(end.status()).as(haven.story()).isEqualTo(Condition.TRUE);
    assertThat(end.reason()).isEqualTo(Reason.SUCCEEDED.text());
    assertThat(columns()).endsWith("c" + version);
    haven.assertNoRowLost(APP, before);
    var runs = haven.migration(APP).getStatus().runs();
    assertThat(runs.getFirst().versionAfter()).isEqualTo("%03d".formatted(version));
  }

  private String columns() {
    return haven.sql(APP, "SELECT group_concat(name) FROM pragma_table_info('holdings')");
  }

  /** The migration with one more step than before. */
  private String next(String up) {
    version++;
    return all(up);
  }

  private String all(String lastUp) {
    var steps = new StringBuilder();
    for (int step = 1; step <= version; step++) {
      if (step == version && !lastUp.isEmpty()) {
        steps
            .append("- version: \"%03d\"\n".formatted(step))
            .append(lastUp.formatted(step).indent(2));
      } else {
        steps.append(Apps.addColumn("%03d".formatted(step), "c" + step));
      }
    }
    return Apps.migration(APP, APP, steps.toString(), "");
  }

  /** SIGKILL where the processes of the cluster can be seen from here, else without any grace. */
  private void kill(Pod pod) {
    if (NodeProcesses.kill(pod, "java") == 0) {
      haven.client.resource(pod).withGracePeriod(0).delete();
    }
  }
}
