package dev.litehaven.operator.schedule;

import static dev.litehaven.operator.schedule.Due.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.operator.schedule.Run.Outcome;
import dev.litehaven.operator.schedule.RunKey.Requested;
import dev.litehaven.operator.schedule.SchedulePlan.Cause;
import dev.litehaven.operator.schedule.SchedulePlan.Passed;
import dev.litehaven.operator.schedule.SchedulePlan.Start;
import dev.litehaven.operator.schedule.SchedulePlan.Waiting;
import dev.litehaven.operator.schedule.SchedulePlan.Why;
import dev.litehaven.operator.schedule.ScheduleSpec.ConcurrencyPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SchedulePlannerTest {
  @Test
  void startsWhenItIsDueAndNotBefore() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    assertThat(due.go().starts()).isEmpty();
    assertThat(due.plan.nextScheduleTime()).contains(Instant.parse("2026-03-02T02:00:00Z"));
    assertThat(due.plan.wakeAt()).contains(Instant.parse("2026-03-02T02:00:00Z"));
    assertThat(due.at("2026-03-02T01:59:59Z").starts()).isEmpty();

    assertThat(due.at("2026-03-02T02:00:00Z").starts())
        .containsExactly(start("a/one", "2026-03-02T02:00:00Z"));
    assertThat(due.state.lastScheduleTime()).contains(Instant.parse("2026-03-02T02:00:00Z"));
    assertThat(due.plan.nextScheduleTime()).contains(Instant.parse("2026-03-03T02:00:00Z"));

    assertThat(due.at("2026-03-02T02:00:01Z").starts()).isEmpty();
    assertThat(due.end(Outcome.SUCCEEDED).at("2026-03-02T02:05:00Z").starts()).isEmpty();
    assertThat(due.state.lastSuccessfulTime()).contains(Instant.parse("2026-03-02T02:00:01Z"));
    assertThat(due.state.lastVerifiedTime()).contains(Instant.parse("2026-03-02T02:00:01Z"));
    assertThat(due.state.missedRuns()).isZero();
  }

  @Test
  void theTimeOfARunIsWhenItWasDue() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    assertThat(due.at("2026-03-02T07:13:22.5Z").starts())
        .containsExactly(start("a/one", "2026-03-02T02:00:00Z"));
  }

  @Test
  void aScheduleThatWasMadeWhileNobodyLookedIsMadeUpForOnce() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    assertThat(due.at("2026-03-05T12:00:00Z").starts())
        .containsExactly(start("a/one", "2026-03-05T02:00:00Z"));
    assertThat(due.state.missedRuns()).isZero();
  }

  @Test
  void aStateThatWasLostFindsItsRuns() {
    var due = new Due("2026-01-01T12:00:00Z", "a/one");
    due.go();
    due.at("2026-03-05T02:00:00Z");
    due.state = ScheduleState.none();
    assertThat(due.at("2026-03-05T02:00:30Z").starts()).isEmpty();
    assertThat(due.end(Outcome.FAILED).at("2026-03-05T02:01:00Z").starts()).isEmpty();
    assertThat(due.state.consecutiveFailures()).isEqualTo(1);
  }

  @Test
  void aDatabaseThatIsNewIsDueAtTheNextTime() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.at("2026-03-02T02:00:00Z");
    due.runs.put("a/two", new java.util.ArrayList<>());
    assertThat(due.at("2026-03-02T03:00:00Z").starts()).isEmpty();
    due.end(Outcome.SUCCEEDED);
    due.at("2026-03-03T02:00:00Z");
    assertThat(due.at("2026-03-03T02:00:10Z").state().databases())
        .allSatisfy(
            one -> assertThat(one.lastScheduleTime()).contains(time("2026-03-03T02:00:00Z")));
  }

  /** A selector that finds nothing for a moment must not run everything again. */
  @Test
  void aDatabaseThatWasGoneForAMomentIsNotRunAgain() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.at("2026-03-02T02:00:00Z");
    List<Run> kept = due.end(Outcome.SUCCEEDED).runs.remove("a/one");
    due.at("2026-03-02T02:00:01Z");
    due.runs.put("a/one", kept);
    assertThat(due.at("2026-03-02T02:00:02Z").starts()).isEmpty();
  }

  @Test
  void pastItsDeadlineARunIsMissedAndCounted() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.deadline = Duration.ofMinutes(10);
    due.busy.put("a/one", "migration x");
    due.go();
    assertThat(due.at("2026-03-02T02:00:00Z").waiting())
        .extracting(Waiting::cause, Waiting::words)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(Cause.BUSY, "migration x has the database"));
    assertThat(due.plan.wakeAt()).contains(time("2026-03-02T02:10:01Z"));
    assertThat(due.at("2026-03-02T02:10:00Z").passed()).isEmpty();
    assertThat(due.at("2026-03-02T02:10:01Z").passed())
        .containsExactly(
            new Passed("a/one", 1, time("2026-03-02T02:00:00Z"), Why.DEADLINE_EXCEEDED));
    assertThat(due.state.missedRuns()).isEqualTo(1);
    due.busy.clear();
    assertThat(due.at("2026-03-02T02:10:02Z").starts()).isEmpty();
    assertThat(due.state.missedRuns()).isEqualTo(1);
  }

  @Test
  void atTheLastSecondOfItsDeadlineItStarts() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.deadline = Duration.ofMinutes(10);
    due.go();
    assertThat(due.at("2026-03-02T02:10:00Z").starts()).hasSize(1);
  }

  @Test
  void aRequestIsCarriedOutExactlyOnceAndEchoed() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one", "a/two");
    due.maxConcurrent = 1;
    due.go();
    due.request = "2026-03-01T12:30:00Z";
    due.at("2026-03-01T12:30:01Z");
    assertThat(due.state.lastHandledRequest()).contains("2026-03-01T12:30:00Z");
    var all = new HashSet<Start>(due.plan.starts());
    for (int i = 0; i < 10; i++) {
      due.end(Outcome.SUCCEEDED).now = due.now.plusSeconds(60);
      for (Start start : due.go().starts()) {
        assertThat(all.add(start)).isTrue();
      }
    }
    assertThat(all)
        .containsExactlyInAnyOrder(
            new Start("a/one", new Requested("2026-03-01T12:30:00Z")),
            new Start("a/two", new Requested("2026-03-01T12:30:00Z")));
  }

  @Test
  void aRequestAfterACrashIsNotCarriedOutAgain() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.request = "x";
    due.startAndCrash();
    assertThat(due.go().starts()).isEmpty();
    assertThat(due.end(Outcome.SUCCEEDED).at("2026-03-01T13:00:00Z").starts()).isEmpty();
    due.request = "y";
    assertThat(due.go().starts()).containsExactly(new Start("a/one", new Requested("y")));
  }

  @Test
  void aRequestThatWaitedIsNotCarriedOutAgainAfterACrash() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.at("2026-03-02T02:00:00Z");
    due.request = "x";
    due.at("2026-03-02T02:00:10Z");
    due.end(Outcome.SUCCEEDED);
    assertThat(due.startAndCrash().starts()).hasSize(1);
    assertThat(due.go().starts()).isEmpty();
    assertThat(due.end(Outcome.FAILED).go().starts()).isEmpty();
    assertThat(due.state.consecutiveFailures()).isEqualTo(1);
  }

  @Test
  void aRequestNeitherTakesNorGivesTheRunThatIsDue() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.request = "x";
    assertThat(due.at("2026-03-02T02:00:00Z").starts())
        .containsExactly(new Start("a/one", new Requested("x")));
    assertThat(due.end(Outcome.SUCCEEDED).at("2026-03-02T02:01:00Z").starts())
        .containsExactly(start("a/one", "2026-03-02T02:00:00Z"));
  }

  @Test
  void aDatabaseThatCameAfterARequestIsNotMeant() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.request = "x";
    due.go();
    due.runs.put("a/two", new java.util.ArrayList<>());
    assertThat(due.at("2026-03-01T12:01:00Z").starts()).isEmpty();
  }

  @Test
  void whatPassesWhileSuspendedIsNeitherMissedNorMadeUpFor() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.suspend = true;
    due.request = "x";
    assertThat(due.at("2026-03-04T12:00:00Z").starts()).isEmpty();
    assertThat(due.plan.nextScheduleTime()).isEmpty();
    assertThat(due.state.lastHandledRequest()).isEmpty();
    due.suspend = false;
    due.request = null;
    assertThat(due.at("2026-03-06T12:00:00Z").starts()).as("down meanwhile").isEmpty();
    assertThat(due.plan.passed()).extracting(Passed::why).containsOnly(Why.SUSPENDED);
    assertThat(due.state.missedRuns()).isZero();
    assertThat(due.at("2026-03-07T02:00:00Z").starts()).hasSize(1);
  }

  @Test
  void aRequestWaitsUntilTheScheduleGoesOn() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.suspend = true;
    due.request = "x";
    due.go();
    due.suspend = false;
    assertThat(due.go().starts()).containsExactly(new Start("a/one", new Requested("x")));
  }

  @Test
  void suspendLetsFinishWhatRuns() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.policy = ConcurrencyPolicy.REPLACE;
    due.go();
    due.at("2026-03-02T02:00:00Z");
    due.suspend = true;
    assertThat(due.at("2026-03-03T02:00:00Z").stops()).isEmpty();
  }

  @Test
  void anEditedScheduleBeginsNow() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.cron = "0 11 * * *";
    assertThat(due.at("2026-03-01T12:30:00Z").starts()).isEmpty();
    assertThat(due.plan.nextScheduleTime()).contains(time("2026-03-02T11:00:00Z"));
    assertThat(due.at("2026-03-02T11:00:00Z").starts()).hasSize(1);
    due.cron = "0 11,23 * * *";
    assertThat(due.end(Outcome.SUCCEEDED).at("2026-03-02T11:00:00Z").starts()).isEmpty();
  }

  @Test
  void aRunThatIsNeverSeenCountsAsFailedAfterAWhile() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.at("2026-03-02T02:00:00Z");
    due.runs.get("a/one").clear();
    assertThat(due.at("2026-03-02T02:01:59Z").state().consecutiveFailures()).isZero();
    assertThat(due.plan.wakeAt()).contains(time("2026-03-02T02:02:01Z"));
    assertThat(due.at("2026-03-02T02:02:01Z").state().consecutiveFailures()).isEqualTo(1);
    assertThat(due.plan.starts()).as("not again for the same time").isEmpty();
  }

  @Test
  void aClockThatRanBackwardsRunsNothingTwiceAndIsSaid() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.at("2026-03-02T02:00:00Z");
    due.end(Outcome.SUCCEEDED).at("2026-03-02T02:10:00Z");
    assertThat(due.plan.clockBehind()).isEmpty();

    assertThat(due.at("2026-03-01T23:00:00Z").clockBehind()).contains(Duration.ofHours(3));
    assertThat(due.plan.starts()).isEmpty();
    assertThat(due.plan.nextScheduleTime()).contains(time("2026-03-03T02:00:00Z"));
    assertThat(due.at("2026-03-02T02:00:00Z").starts()).isEmpty();
    assertThat(due.at("2026-03-03T02:00:00Z").starts()).hasSize(1);
  }

  @Test
  void clocksThatDifferByALittleAreNotWorthAWord() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.at("2026-03-02T02:00:00Z");
    assertThat(due.at("2026-03-02T01:59:30Z").clockBehind()).isEmpty();
    assertThat(due.plan.starts()).isEmpty();
  }

  /** Once in 2099, a schedule would wait until then; editing it is the way out. */
  @Test
  void aClockThatWasFarAheadIsForgottenWhenTheScheduleIsEdited() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.go();
    due.at("2099-01-01T12:00:00Z");
    due.end(Outcome.SUCCEEDED);
    assertThat(due.at("2026-03-03T12:00:00Z").clockBehind()).isPresent();
    assertThat(due.plan.nextScheduleTime()).contains(time("2099-01-02T02:00:00Z"));
    due.cron = "1 2 * * *";
    due.go();
    assertThat(due.at("2026-03-04T02:01:00Z").starts()).hasSize(1);
  }

  @Test
  void twoDatabasesOfOneIdentityAreRefused() {
    var spec = new Due("2026-03-01T12:00:00Z").spec();
    var one = new DatabaseRuns("a/one", List.of(), Optional.empty());
    assertThatThrownBy(
            () ->
                SchedulePlanner.plan(spec, ScheduleState.none(), List.of(one, one), spec.created()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  static String[] names(int count) {
    return IntStream.range(0, count).mapToObj("ns/db-%03d"::formatted).toArray(String[]::new);
  }

  private static Instant time(String text) {
    return Instant.parse(text);
  }
}
