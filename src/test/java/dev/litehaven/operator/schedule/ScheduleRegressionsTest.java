package dev.litehaven.operator.schedule;

import static dev.litehaven.operator.schedule.Due.start;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.schedule.Run.Outcome;
import dev.litehaven.operator.schedule.SchedulePlan.Passed;
import dev.litehaven.operator.schedule.SchedulePlan.Why;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What schedules of other operators got wrong, each by the number of its report. */
class ScheduleRegressionsTest {
  /** Two weeks of failures were replayed as 380 runs. */
  @Test
  void cnpg7623_fourteenDaysOfDowntimeAreOneRun() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.at("2026-03-02T02:00:00Z");
    due.end(Outcome.SUCCEEDED).at("2026-03-02T02:05:00Z");

    assertThat(due.at("2026-03-16T12:00:00Z").starts())
        .containsExactly(start("a/one", "2026-03-16T02:00:00Z"));
    assertThat(due.plan.passed())
        .containsExactly(
            new Passed("a/one", 13, Instant.parse("2026-03-15T02:00:00Z"), Why.SUPERSEDED));
    assertThat(due.state.missedRuns()).isEqualTo(13);
    due.end(Outcome.SUCCEEDED);
    for (int i = 1; i < 100; i++) {
      due.now = due.now.plusSeconds(60);
      assertThat(due.go().starts()).isEmpty();
    }
  }

  @Test
  void cnpg7623_fourteenDaysOfFailuresAreOneRunEach() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    int runs = 0;
    for (int hour = 0; hour < 14 * 24; hour++) {
      due.now = due.now.plusSeconds(3600);
      runs += due.go().starts().size();
      due.end(Outcome.FAILED);
    }
    due.go();
    assertThat(runs).isEqualTo(14);
    assertThat(due.state.consecutiveFailures()).isEqualTo(14);
    assertThat(due.state.missedRuns()).isZero();
    assertThat(due.state.lastSuccessfulTime()).isEmpty();
    due.at("2026-03-16T02:00:00Z");
    due.end(Outcome.SUCCEEDED).go();
    assertThat(due.state.consecutiveFailures()).isZero();
  }

  /** A crash between making the child and writing status made a second one. */
  @Test
  void cnpg10562_aCrashAfterTheRunWasMadeMakesNoSecondOne() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.now = Instant.parse("2026-03-02T02:00:00Z");
    assertThat(due.startAndCrash().starts()).hasSize(1);

    assertThat(due.at("2026-03-02T02:00:20Z").starts()).isEmpty();
    assertThat(due.state.lastScheduleTime()).contains(Instant.parse("2026-03-02T02:00:00Z"));
    due.end(Outcome.FAILED).at("2026-03-02T02:10:00Z");
    assertThat(due.plan.starts()).isEmpty();
    assertThat(due.state.consecutiveFailures()).isEqualTo(1);
  }

  /** The run may have ended before anybody looked again. */
  @Test
  void cnpg10562_aCrashIsNoSecondRunEvenWhenTheFirstHasEnded() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.now = Instant.parse("2026-03-02T02:00:00Z");
    due.startAndCrash();
    due.end(Outcome.SUCCEEDED);
    assertThat(due.at("2026-03-02T05:00:00Z").starts()).isEmpty();
    assertThat(due.at("2026-03-02T05:00:01Z").starts()).isEmpty();
  }

  /** A crash before anything was done starts the same run, under the same name. */
  @Test
  void cnpg10562_aPlanThatWasNotCarriedOutIsMadeAgain() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one", "a/two");
    due.go();
    due.now = Instant.parse("2026-03-02T02:10:00Z");
    var first = due.look().starts();
    due.now = Instant.parse("2026-03-02T02:20:00Z");
    assertThat(due.look().starts()).hasSameElementsAs(first);
  }

  /** A phase went backwards. */
  @Test
  void cnpg11056_whatIsDecidedStaysDecided() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    Instant decided = due.state.databases().getFirst().decided();
    for (String now :
        List.of(
            "2026-03-03T02:00:00Z",
            "2026-03-02T02:00:00Z",
            "2026-03-01T00:00:00Z",
            "2026-03-04T02:00:00Z",
            "2026-03-03T23:00:00Z")) {
      due.at(now);
      assertThat(due.state.databases().getFirst().decided()).isAfterOrEqualTo(decided);
      decided = due.state.databases().getFirst().decided();
    }
  }

  /** Success was reported for a backup that failed. */
  @Test
  void k8up910_aRunWhoseVerificationFailedIsNoSuccess() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.at("2026-03-02T02:00:00Z");
    due.end(Outcome.FAILED).at("2026-03-02T02:05:00Z");
    assertThat(due.state.lastSuccessfulTime()).isEmpty();
    assertThat(due.state.lastVerifiedTime()).isEmpty();
    assertThat(due.state.consecutiveFailures()).isEqualTo(1);
  }

  /** A Job that was killed left its lock, and nothing ran any more, unnoticed. */
  @Test
  void volsync1042_653_k8up456_aRunThatNeverEndsIsSeenInWhatIsMissed() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one", "a/two");
    due.go();
    due.at("2026-03-02T03:00:00Z");
    due.runs.get("a/two").replaceAll(run -> ended(run, due.now));
    for (int day = 3; day < 10; day++) {
      due.at("2026-03-%02dT03:00:00Z".formatted(day));
      due.runs.get("a/two").replaceAll(run -> ended(run, due.now));
    }
    assertThat(due.runs.get("a/one")).hasSize(1);
    assertThat(due.runs.get("a/two")).as("the other goes on").hasSize(8);
    assertThat(due.state.missedRuns()).as("counted while stuck").isEqualTo(6);
    assertThat(due.plan.waiting().getFirst().words()).contains("2026-03-02T02:00:00Z goes on");
  }

  /** The Job is gone, its record with it: the schedule goes on at the next time. */
  @Test
  void volsync653_aRunThatIsGoneBlocksNothing() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.at("2026-03-02T02:00:00Z");
    due.runs.get("a/one").clear();
    assertThat(due.at("2026-03-03T02:00:00Z").starts()).hasSize(1);
    assertThat(due.state.consecutiveFailures()).isEqualTo(1);
  }

  /** Retries made more runs than there were times, which pushed history out of retention. */
  @Test
  void volsync801_aFailedRunIsNotTriedAgainBeforeTheNextTime() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    var keys = new HashSet<RunKey>();
    for (int minute = 0; minute < 3 * 24 * 60; minute += 5) {
      due.now = due.now.plusSeconds(300);
      due.go().starts().forEach(one -> assertThat(keys.add(one.key())).isTrue());
      due.end(Outcome.FAILED);
    }
    assertThat(keys).hasSize(3);
  }

  private static Run ended(Run run, Instant now) {
    return run.outcome() == Outcome.RUNNING
        ? new Run(
            run.key(), Outcome.SUCCEEDED, java.util.Optional.of(now), java.util.Optional.of(now))
        : run;
  }
}
