package dev.litehaven.operator.workload;

import static dev.litehaven.operator.workload.Seen.deployment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.AppVersion;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which template fits a database that has gone back. */
class RanOnTest {
  private final Seen seen = deployment().template("v1", 1).template("v2", 1);

  @Test
  void theOneThatRanOnTheVersionLast() {
    var ledger = List.of(entry("v2", "shop:v2", "2"), entry("v1", "shop:v1", "1"));
    assertThat(RanOn.template(seen.now(), ledger, "1")).contains("v1");
    assertThat(RanOn.template(seen.now(), ledger, "2")).contains("v2");
  }

  @Test
  void theNewestWhereItBringsThatImageBack() {
    seen.templates.add(new TemplateState("v3", 3, true, 1, List.of("proxy:9", "shop:v1"), ""));
    seen.newest = java.util.Optional.of("v3");
    var ledger = List.of(entry("v2", "shop:v2", "2"), entry("v1", "shop:v1", "1"));
    assertThat(RanOn.template(seen.now(), ledger, "1")).contains("v3");
  }

  /** A tag like latest is no help: what was started for the later version is not taken. */
  @Test
  void notTheNewestWhereOneImageNameHadBoth() {
    seen.templates.clear();
    seen.templates.add(new TemplateState("v1", 1, true, 1, List.of("shop:latest"), ""));
    seen.templates.add(new TemplateState("v2", 2, true, 1, List.of("shop:latest"), ""));
    var ledger = List.of(entry("v2", "shop:latest", "2"), entry("v1", "shop:latest", "1"));
    assertThat(RanOn.template(seen.now(), ledger, "1")).contains("v1");
  }

  @Test
  void noneWhereNothingIsKnown() {
    var other =
        new AppVersion("StatefulSet/other", "x", "shop:v1", null, "1", null, "2026-03-01", null);
    assertThat(RanOn.template(seen.now(), List.of(other), "1")).isEmpty();
    assertThat(RanOn.template(seen.now(), List.of(), null)).isEmpty();
  }

  private static AppVersion entry(String template, String image, String version) {
    return new AppVersion(
        "Deployment/app", template, image, null, version, null, "2026-03-01", null);
  }
}
