package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** The chart as it is delivered: two replicas and its own CRDs, from installing to removing. */
@Tag("cluster")
@Isolated
class ChartClusterTest {
  private static final String KINDS =
      "deployments,replicasets,pods,services,configmaps,secrets,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets";

  private Haven haven;

  @AfterEach
  void remove() {
    haven.close();
  }

  @Test
  void isInstalledAndRemovedWithoutATraceInWhatPeopleOwn() {
    haven =
        Haven.withOperator(
            "chart", "--set", "replicas=2", "--set", "crds.enabled=true", "--take-ownership");
    assertThat(haven.ready("app.kubernetes.io/instance", "litehaven")).hasSize(2);
    assertThat(ours(KINDS)).hasSizeGreaterThan(8);
    haven.start("stays", Apps.held("stays", "v1", "holdings.quantity"));
    String pod = haven.awaitRunning("stays").getMetadata().getUid();

    haven.helm("uninstall", "litehaven", "--wait");

    haven.await("everything of the release to be gone", () -> ours(KINDS), List::isEmpty);
    // Removing the chart must not remove anybody's databases.
    assertThat(haven.kubectl("get", "crds", "-o", "name"))
        .contains(
            "sqlitedatabases.litehaven.dev",
            "databasemigrations.litehaven.dev",
            "databasebackups.litehaven.dev");
    assertThat(haven.database("stays").getMetadata().getDeletionTimestamp()).isNull();
    assertThat(haven.awaitRunning("stays").getMetadata().getUid()).isEqualTo(pod);

    // With nobody there to take a finalizer away.
    haven.kubectl("delete", "sdb", "stays", "--timeout=20s");
  }

  /** What the chart and its operator made for themselves, as {@code kind/name}. */
  private List<String> ours(String kinds) {
    return Arrays.stream(
            haven
                .kubectl("get", kinds, "-l", "app.kubernetes.io/instance=litehaven", "-o", "name")
                .split("\n", -1))
        .filter(name -> name.contains("/"))
        .toList();
  }
}
