package dev.litehaven.operator.workload;

import static dev.litehaven.operator.workload.Seen.deployment;
import static dev.litehaven.operator.workload.Seen.gated;
import static dev.litehaven.operator.workload.Seen.leaving;
import static dev.litehaven.operator.workload.Seen.ready;
import static dev.litehaven.operator.workload.Seen.statefulSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.operator.workload.Gatekeeper.Circumstances;
import dev.litehaven.operator.workload.Gatekeeper.Verdict;
import dev.litehaven.operator.workload.WorkloadAction.OpenPod;
import dev.litehaven.operator.workload.WorkloadAction.VerifyPod;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GatekeeperTest {
  private static final Optional<String> NONE = Optional.empty();
  private static final Optional<String> FAILED = Optional.of("migration m, which failed");

  @Test
  void theVeryFirstTemplatePassesEvenWhileAMigrationWaits() {
    Verdict verdict = decide(deployment().template("v1", 1).pods(gated("a", "v1")), NONE, FAILED);
    assertThat(verdict.actions()).containsExactly(open("a"));
    assertThat(verdict.letIn()).contains("v1");
  }

  @Test
  void theTemplateLetInLastPassesAtOnceAfterAnEviction() {
    var seen =
        deployment().template("v1", 1).template("v2", 1).pods(gated("a", "v1"), gated("b", "v2"));
    Verdict verdict = decide(seen, Optional.of("v1"), FAILED);
    assertThat(verdict.actions()).containsExactly(open("a"));
    assertThat(verdict.held())
        .singleElement()
        .satisfies(
            h -> {
              assertThat(h.template()).isEqualTo("v2");
              assertThat(h.message())
                  .contains("waits for migration m, which failed")
                  .contains("kubectl patch pod b -n shop");
            });
  }

  @Test
  void aNewTemplateStaysOutWhileAMigrationIsUnfinished() {
    Verdict verdict = decide(waitingBeside(), NONE, FAILED);
    assertThat(verdict.actions()).isEmpty();
    assertThat(verdict.handOver()).isEmpty();
    assertThat(verdict.held()).hasSize(1);
  }

  @Test
  void aNewTemplateIsHandedOverWhenNothingIsUnfinished() {
    Verdict verdict = decide(waitingBeside(), NONE, NONE);
    assertThat(verdict.actions()).isEmpty();
    assertThat(verdict.handOver()).contains("v2");
    assertThat(verdict.letIn()).contains("v1");
  }

  @Test
  void aNewTemplateStartsBesideTheOldOneOnlyWhereThatIsAllowed() {
    Verdict verdict =
        Gatekeeper.decide(
            waitingBeside().now(),
            new Circumstances(NONE, NONE, _ -> true, "1", _ -> Optional.empty(), true));
    assertThat(verdict.actions()).containsExactly(open("b"));
    assertThat(verdict.letIn()).contains("v2");
  }

  @Test
  void theNewestOfTwoAllowedTemplatesPassesAlone() {
    var seen =
        deployment().template("v1", 1).template("v2", 1).pods(gated("a", "v1"), gated("b", "v2"));
    assertThat(decide(seen, Optional.of("v1"), NONE).actions()).containsExactly(open("b"));
  }

  @Test
  void aReplacementWaitsUntilThePodBeforeItHasEnded() {
    var seen = deployment().template("v1", 1).pods(leaving("a", "v1"), gated("b", "v1"));
    Verdict verdict = decide(seen, NONE, NONE);
    assertThat(verdict.actions()).isEmpty();
    assertThat(verdict.held().getFirst().message()).contains("has not ended yet");
  }

  @Test
  void codeThatAsksForAnotherSchemaStaysOutAndTheOldCodePasses() {
    var seen = deployment().template("v1", 1).template("v2", 1).pods(gated("a", "v1"));
    seen.pods(new Seen.Pod("b", "v2").gated().requiresSchema("004").get());
    Verdict verdict =
        Gatekeeper.decide(
            seen.now(),
            new Circumstances(
                Optional.of("v1"), NONE, "003"::equals, "003", _ -> Optional.empty(), false));
    assertThat(verdict.actions()).containsExactly(open("a"));
    assertThat(verdict.held().getFirst().message())
        .contains("asks for schema version 004, and the database is at 003");
  }

  @Test
  void nothingPassesWhileARunHoldsTheWorkload() {
    var seen = deployment().template("v1", 1).pods(gated("a", "v1")).hold("run", "v1", "v1");
    Verdict verdict = decide(seen, Optional.of("v1"), NONE);
    assertThat(verdict.actions()).isEmpty();
    assertThat(verdict.held().getFirst().message()).contains("run run holds the workload");
  }

  @Test
  void nothingPassesWhenOurPauseHasLostItsRecord() {
    var seen = deployment().template("v1", 1).pods(gated("a", "v1"));
    seen.paused = true;
    seen.owners.put("paused", Api.WORKLOAD_FIELD_MANAGER);
    assertThat(decide(seen, Optional.of("v1"), NONE).actions()).isEmpty();
  }

  @Test
  void aPodThatWasLetInGetsItsReadinessGate() {
    var seen = deployment().template("v1", 1);
    seen.pods(new Seen.Pod("a", "v1").wantsVerified(true).get());
    assertThat(decide(seen, NONE, NONE).actions()).containsExactly(new VerifyPod("a", "uid-a"));
  }

  @Test
  void aStatefulSetsWaitingRevisionIsHandedOverThoughItHasNoPod() {
    var seen = statefulSet().template("v1", 0).template("v2", 0).pods(ready("app-0", "v1"));
    seen.update = "v2";
    assertThat(decide(seen, NONE, NONE).handOver()).contains("v2");
    Verdict held = decide(seen, NONE, FAILED);
    assertThat(held.handOver()).isEmpty();
    assertThat(held.held().getFirst().template()).isEqualTo("v2");
  }

  @Test
  void anEvictedStatefulSetPodPassesWhileTheNewRevisionWaits() {
    var seen = statefulSet().template("v1", 0).template("v2", 0).pods(gated("app-0", "v1"));
    seen.update = "v2";
    assertThat(decide(seen, Optional.of("v1"), FAILED).actions()).containsExactly(open("app-0"));
  }

  private static Seen waitingBeside() {
    return deployment()
        .template("v1", 1)
        .template("v2", 1)
        .pods(ready("a", "v1"), gated("b", "v2"));
  }

  private static Verdict decide(Seen seen, Optional<String> letIn, Optional<String> unfinished) {
    return Gatekeeper.decide(
        seen.now(),
        new Circumstances(letIn, unfinished, _ -> true, "1", _ -> Optional.empty(), false));
  }

  private static OpenPod open(String name) {
    return new OpenPod(name, "uid-" + name, "7", 0);
  }
}
