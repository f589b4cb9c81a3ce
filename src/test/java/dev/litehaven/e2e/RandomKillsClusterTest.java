package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.e2e.Killer.Victim;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Operator, runner, app, kubelet and API server are killed at random while two apps write numbered
 * rows, one into two files at once, and migrations go up and down. No acknowledged row is missing,
 * no file of a set is ahead of the other, every workload comes back, and nothing stays stuck.
 */
@Tag("cluster")
@Isolated
class RandomKillsClusterTest {
  private static final String ONE = "one";
  private static final String TWO = "two";

  /** Within which a migration must end, whoever dies meanwhile. */
  private static final Duration PATIENCE = Duration.ofMinutes(12);

  private static final String STEPS_OF_ONE =
      Apps.addColumn("001", "first") + Apps.addColumn("002", "second");
  private static final String STEPS_OF_TWO = both("001", "first") + both("002", "second");

  private final Map<String, Integer> ends = new TreeMap<>();
  private Haven haven;

  /** In each file of a set the same. */
  private static String both(String version, String column) {
    return """
        - version: "%1$s"
          attach: [guides]
          up: |
            ALTER TABLE holdings ADD COLUMN %2$s TEXT NOT NULL DEFAULT 'none';
            ALTER TABLE guides.visits ADD COLUMN %2$s TEXT NOT NULL DEFAULT 'none';
          down: |
            ALTER TABLE holdings DROP COLUMN %2$s;
            ALTER TABLE guides.visits DROP COLUMN %2$s;
        """
        .formatted(version, column);
  }

  @Test
  void aShortWhile() throws Exception {
    survive(
        Duration.ofSeconds(Integer.getInteger("litehaven.kills.seconds", 75)),
        List.of(
            Victim.OPERATOR,
            Victim.RUNNER,
            Victim.RUNNER,
            Victim.APP,
            Victim.KUBELET,
            Victim.API_SERVER));
  }

  @Test
  @Tag("soak")
  void anHour() throws Exception {
    survive(
        Duration.ofMinutes(Integer.getInteger("litehaven.kills.minutes", 60)),
        List.of(
            Victim.OPERATOR,
            Victim.OPERATOR,
            Victim.RUNNER,
            Victim.RUNNER,
            Victim.RUNNER,
            Victim.APP,
            Victim.APP,
            Victim.KUBELET,
            Victim.API_SERVER,
            Victim.POWER));
  }

  private void survive(Duration length, List<Victim> victims) throws Exception {
    long seed = Long.getLong("litehaven.kills.seed", System.nanoTime());
    haven = Haven.withOperator("kills", "--set", "replicas=2");
    try {
      haven.requireNode();
      haven.start(ONE, Apps.held(ONE, "v1", "holdings.quantity"));
      TwoFilesApp.start(haven, TWO);
      haven.kubectl("patch", "sdb", ONE, "--type=merge", "-p", losing());
      haven.kubectl("patch", "sdb", TWO, "--type=merge", "-p", losing());
      try (var rowsOfOne = new AckLedger(haven, ONE);
          var rowsOfTwo = new AckLedger(haven, TWO)) {
        Map<Victim, Integer> killed = kill(length, victims, seed);
        // Whatever was left undone is done now that nobody dies any more.
        end(ONE, "002");
        end(TWO, "002");
        System.out.printf(
            "seed %d, %s: killed %s; migrations ended %s; %d and %d rows acknowledged%n",
            seed,
            length,
            killed,
            ends,
            rowsOfOne.acknowledged().size(),
            rowsOfTwo.acknowledged().size());
        assertWhole(ONE, rowsOfOne);
        assertWhole(TWO, rowsOfTwo);
        assertNoHalf();
        assertTidy(ONE);
        assertTidy(TWO);
        assertThat(killed.keySet())
            .as("who was killed, seed " + seed)
            .hasSizeGreaterThanOrEqualTo(3);
        assertThat(ends.getOrDefault(Reason.SUCCEEDED.text(), 0)).as("%s", ends).isGreaterThan(2);
      }
    } finally {
      haven.close();
    }
  }

  private Map<Victim, Integer> kill(Duration length, List<Victim> victims, long seed)
      throws Exception {
    // How long one takes on this machine as busy as it is: who dies more often than that gets
    // nowhere.
    long begun = System.nanoTime();
    migrate("002");
    Duration undisturbed = Duration.ofNanos(System.nanoTime() - begun);
    long until = System.nanoTime() + length.toNanos();
    var killer = new Killer(haven, victims, undisturbed, seed);
    try (killer) {
      for (int round = 1; System.nanoTime() < until; round++) {
        migrate(round % 2 == 1 ? "001" : "002");
        persist(
            "no half set",
            () -> {
              assertNoHalf();
              return true;
            });
      }
    }
    return killer.killed();
  }

  private void migrate(String version) {
    apply(ONE, version);
    apply(TWO, version);
    end(ONE, version);
    end(TWO, version);
  }

  private static String losing() {
    return "{\"spec\":{\"migrationPolicy\":{\"destructive\":\"Allow\"}}}";
  }

  private void apply(String app, String version) {
    String manifest =
        Apps.migration(
                app,
                app,
                app.equals(ONE) ? STEPS_OF_ONE : STEPS_OF_TWO,
                "targetVersion: \"%s\"\npolicy: {destructive: Allow}".formatted(version))
            // An app that is killed again and again is not the migration's fault.
            .replace("readinessDeadlineSeconds: 20", "readinessDeadlineSeconds: 600");
    persist(
        "apply",
        () -> {
          haven.apply(manifest);
          return true;
        });
  }

  /** Ends with the migration carried out; asks again where a run was given up. */
  private void end(String app, String version) {
    apply(app, version);
    for (int attempt = 0; ; attempt++) {
      Condition end = persist("the end of " + app, () -> haven.awaitEnd(app));
      ends.merge(end.reason(), 1, Integer::sum);
      if (Condition.TRUE.equals(end.status())) {
        assertThat(persist("its version", () -> haven.migration(app)).getStatus().currentVersion())
            .isEqualTo(version);
        return;
      }
      assertThat(attempt).as(app + " is given up again and again: " + end).isLessThan(5);
      persist(
          "another try",
          () ->
              haven.kubectl(
                  "annotate",
                  "dbm",
                  app,
                  Api.REQUESTED_AT + "=" + System.nanoTime(),
                  "--overwrite"));
    }
  }

  /** Until it is answered: the API server and the pods come and go. */
  private <T> T persist(String what, Supplier<T> work) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return work.get();
      } catch (KubernetesClientException | IllegalStateException | AssertionError e) {
        if (System.nanoTime() > until) {
          throw new AssertionError(what + " did not come within " + PATIENCE + "\n" + story(), e);
        }
      }
    }
  }

  private String story() {
    try {
      return haven.story();
    } catch (KubernetesClientException | IllegalStateException | AssertionError e) {
      return "nobody answers: " + e.getMessage();
    }
  }

  /** Both files of the set have been migrated, or neither. */
  private void assertNoHalf() {
    String main = haven.sql(TWO, "SELECT name FROM pragma_table_info('holdings')");
    String guides = TwoFilesApp.guides(haven, TWO, "SELECT name FROM pragma_table_info('visits')");
    assertThat(added(main)).isEqualTo(added(guides));
  }

  private static List<String> added(String columns) {
    return columns.lines().filter(name -> name.equals("first") || name.equals("second")).toList();
  }

  private void assertWhole(String app, AckLedger ledger) {
    // First: the app goes on writing.
    Map<Long, String> acknowledged = ledger.acknowledged();
    assertThat(acknowledged).isNotEmpty();
    assertThat(ledger.conflicts()).isEmpty();
    Map<Long, String> rows =
        haven
            .exec(haven.awaitRunning(app), "python3", "/app/app.py", "get", "/journal")
            .lines()
            .map(line -> line.split(" ", -1))
            .filter(words -> words.length == 2)
            .collect(Collectors.toMap(words -> Long.parseLong(words[0]), words -> words[1]));
    var missing = new ArrayList<String>();
    acknowledged.forEach(
        (number, token) -> {
          if (!token.equals(rows.get(number))) {
            missing.add(number + " " + token + ", there is " + rows.get(number));
          }
        });
    assertThat(missing).as(app + ": acknowledged rows that are not there").isEmpty();
    assertThat(haven.sql(app, "PRAGMA integrity_check")).isEqualTo("ok");
  }

  private void assertTidy(String app) {
    haven.awaitDatabase(app, ready -> Condition.TRUE.equals(ready.status()));
    assertThat(haven.database(app).getStatus().operation()).isNull();
    assertThat(
            haven
                .client
                .apps()
                .deployments()
                .inNamespace(haven.namespace)
                .withName(app)
                .get()
                .getMetadata()
                .getAnnotations())
        .doesNotContainKey(Api.QUIESCED);
    assertThat(
            haven.exec(
                haven.awaitRunning(app), "python3", "-c", "import os; print(os.listdir('/data'))"))
        .doesNotContain(".lh-");
  }
}
