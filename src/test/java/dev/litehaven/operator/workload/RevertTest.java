package dev.litehaven.operator.workload;

import static dev.litehaven.operator.workload.Seen.deployment;
import static dev.litehaven.operator.workload.Seen.statefulSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.AppVersion;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The data went back: what is to be put back in Git. */
class RevertTest {
  private static final List<AppVersion> LEDGER =
      List.of(entry("Deployment/app", "v2", "2"), entry("Deployment/app", "v1", "1"));

  private final Seen seen = deployment().template("v1", 1).template("v2", 1);

  private static AppVersion entry(String workload, String template, String version) {
    return new AppVersion(
        workload, template, "shop:" + template, null, version, null, "2026-03-01", null);
  }

  private Optional<String> advice() {
    return Revert.advice(seen.now(), LEDGER, "1");
  }

  @Test
  void nothingWhereTheOldTemplateCanComeBack() {
    assertThat(advice()).isEmpty();
  }

  @Test
  void withRecreateTheImageIsNamedAndTheNewOneIsHeld() {
    seen.recreate = true;
    assertThat(advice().orElseThrow())
        .contains("shop:v2, which stays at the gate", "put image shop:v1", "version 1");
  }

  @Test
  void scaledTheNewestRunsOnTheSchemaOfBefore() {
    seen.specGated = false;
    assertThat(advice().orElseThrow()).contains("is what runs now", "put image shop:v1");
  }

  @Test
  void aStatefulSetCanGoBackUntilItsCurrentRevisionHasMoved() {
    var set = statefulSet().template("v1", 0).template("v2", 0);
    var ledger = List.of(entry("StatefulSet/app", "v2", "2"), entry("StatefulSet/app", "v1", "1"));
    set.update = "v2";
    assertThat(Revert.advice(set.now(), ledger, "1")).isEmpty();
    set.current = "v2";
    assertThat(Revert.advice(set.now(), ledger, "1").orElseThrow()).contains("put image shop:v1");
  }

  @Test
  void nothingWhenGitHasItAgainOrNothingIsKnown() {
    seen.recreate = true;
    assertThat(Revert.advice(seen.now(), LEDGER, "7")).isEmpty();
    seen.newest = Optional.of("v1");
    assertThat(advice()).isEmpty();
  }
}
