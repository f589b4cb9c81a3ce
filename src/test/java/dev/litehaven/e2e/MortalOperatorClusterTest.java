package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.e2e.played.ApiProxy;
import dev.litehaven.e2e.played.Remains;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The operator dies right after a write to the API, before it learns of the answer, and another one
 * goes on: what is there in the end, and what was made and removed on the way, is the same as if
 * nobody had died. Kubelet, runner pods, app and all controllers are the real ones.
 */
@Tag("cluster")
@Tag("soak")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MortalOperatorClusterTest {
  /** Of so many writes one is the last in a life of its own. */
  private static final int STRIDE = Integer.getInteger("litehaven.mortal.stride", 7);

  private Life calm;

  @BeforeAll
  void undisturbed() throws IOException {
    calm = live(_ -> false);
    System.out.printf("undisturbed: %d writes, made: %s%n", calm.writes(), calm.made());
  }

  @Test
  void everyWriteIsTheLastOfItsOperator() throws IOException {
    Life disturbed = live(_ -> true);
    System.out.printf("operators that died after their first write: %d%n", disturbed.deaths());
    assertThat(disturbed.deaths()).isGreaterThan(calm.writes() / 2);
    assertThat(disturbed.remains()).isEqualTo(calm.remains());
    assertThat(disturbed.made()).isEqualTo(calm.made());
  }

  @Test
  void oneWriteInALifeIs() throws IOException {
    int lives = 0;
    for (int write = 1; write <= calm.writes(); write += STRIDE) {
      int last = write;
      Life disturbed = live(number -> number == last);
      lives++;
      assertThat(disturbed.deaths()).as("write " + write).isEqualTo(1);
      assertThat(disturbed.remains()).as("died after write " + write).isEqualTo(calm.remains());
      assertThat(disturbed.made()).as("died after write " + write).isEqualTo(calm.made());
    }
    System.out.printf("died after one of %d writes, %d times%n", calm.writes(), lives);
  }

  private record Life(List<String> remains, List<String> made, int writes, int deaths) {}

  /** A database gets ready, is migrated with a new version, and a bad version is rolled back. */
  private static Life live(IntPredicate crashAfter) throws IOException {
    try (var haven = Haven.withoutOperator("mortal");
        var proxy =
            new ApiProxy(Config.fromKubeconfig(TestCluster.get().kubeconfig().toFile()), null)) {
      haven.patience(Duration.ofMinutes(12));
      haven.installDefinitions();
      proxy.crashAfter(crashAfter);
      try (var operator = new MortalOperator(proxy, haven)) {
        haven.start("shop", Apps.held("shop", "v1", "holdings.quantity"));
        long acknowledged = haven.acknowledged("shop");

        haven.apply(Apps.held("shop", "v2", "holdings.risk"));
        haven.apply(Apps.migration("shop", "shop", Apps.addColumn("001", "risk"), ""));
        assertThat(haven.awaitEnd("shop").status()).as(haven.story()).isEqualTo(Condition.TRUE);
        haven.awaitVersion("shop", "v2");

        haven.apply(Apps.held("shop", "v3", "holdings.missing"));
        haven.apply(
            Apps.migration(
                "shop",
                "shop",
                Apps.addColumn("001", "risk") + Apps.addColumn("002", "sector"),
                ""));
        assertThat(haven.awaitEnd("shop").reason())
            .as(haven.story())
            .isEqualTo(Reason.ROLLED_BACK.text());
        haven.awaitVersion("shop", "v2");
        haven.assertNoRowLost("shop", acknowledged);
        assertThat(
                haven.sql("shop", "SELECT group_concat(name) FROM pragma_table_info('holdings')"))
            .endsWith("risk");
        return life(haven, proxy, operator);
      }
    }
  }

  private static Life life(Haven haven, ApiProxy proxy, MortalOperator operator) {
    // What comes after the end, an Event or a lock let go, too.
    List<String> remains =
        haven.await(
            "locks to be let go",
            () -> Remains.of(haven.client, haven.namespace, "shop", "shop-data"),
            lines -> lines.stream().noneMatch(line -> line.contains("held by Database")));
    var all = new ArrayList<>(remains);
    // Said once or twice: who says it does not know whether it was said.
    var events = new TreeSet<String>();
    haven.client.v1().events().inNamespace(haven.namespace).list().getItems().stream()
        .filter(event -> "litehaven".equals(event.getSource().getComponent()))
        // What is said of the database depends on whether its app was there before the look.
        .filter(event -> "DatabaseMigration".equals(event.getInvolvedObject().getKind()))
        .map(event -> "Event " + event.getType() + " " + event.getReason())
        .forEach(events::add);
    all.addAll(events);
    all.sort(null);
    // How often somebody looks depends on when.
    List<String> made = proxy.made().stream().filter(one -> !one.endsWith(" inspect")).toList();
    return new Life(all, made, proxy.writes().size(), operator.deaths());
  }
}
