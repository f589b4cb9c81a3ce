package dev.litehaven.operator.schedule;

import static dev.litehaven.operator.schedule.Due.start;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.schedule.Run.Outcome;
import dev.litehaven.operator.schedule.SchedulePlan.Cause;
import dev.litehaven.operator.schedule.SchedulePlan.Waiting;
import dev.litehaven.operator.schedule.ScheduleSpec.ConcurrencyPolicy;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many run at once, of one database and of many. */
class ScheduleConcurrencyTest {
  @Test
  void withForbidTheNextWaitsForTheRunThatGoesOn() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.cron = "0 * * * *";
    due.go();
    due.at("2026-03-01T13:00:00Z");
    assertThat(due.at("2026-03-01T14:00:00Z").starts()).isEmpty();
    assertThat(due.plan.waiting()).extracting(Waiting::cause).containsExactly(Cause.RUNNING);
    assertThat(due.plan.stops()).isEmpty();
    assertThat(due.end(Outcome.SUCCEEDED).at("2026-03-01T14:20:00Z").starts())
        .containsExactly(start("a/one", "2026-03-01T14:00:00Z"));
    assertThat(due.state.missedRuns()).isZero();
  }

  @Test
  void withReplaceTheRunIsStoppedFirstAndOnlyThenTheNextStarts() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.cron = "0 * * * *";
    due.policy = ConcurrencyPolicy.REPLACE;
    due.go();
    due.at("2026-03-01T13:00:00Z");
    RunKey first = due.plan.starts().getFirst().key();
    assertThat(due.at("2026-03-01T14:00:00Z").starts()).isEmpty();
    assertThat(due.plan.stops()).containsExactly(new SchedulePlan.Stop("a/one", first));
    assertThat(due.at("2026-03-01T14:00:05Z").stops()).hasSize(1);
    assertThat(due.end(Outcome.FAILED).at("2026-03-01T14:00:10Z").starts())
        .containsExactly(start("a/one", "2026-03-01T14:00:00Z"));
    assertThat(due.state.consecutiveFailures()).isEqualTo(1);
  }

  /** Backups that take longer than the interval would never end. */
  @Test
  void aRunThatReplacedAnotherIsLetFinish() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.cron = "0 * * * *";
    due.policy = ConcurrencyPolicy.REPLACE;
    due.go();
    due.at("2026-03-01T13:00:00Z");
    due.at("2026-03-01T14:00:00Z");
    due.end(Outcome.FAILED).at("2026-03-01T14:00:10Z");
    assertThat(due.at("2026-03-01T15:00:00Z").stops()).isEmpty();
    assertThat(due.end(Outcome.SUCCEEDED).at("2026-03-01T15:30:00Z").starts())
        .containsExactly(start("a/one", "2026-03-01T15:00:00Z"));
    assertThat(due.at("2026-03-01T16:00:00Z").stops()).as("that one replaced nothing").hasSize(1);
  }

  @Test
  void aRequestedRunIsNotReplaced() {
    var due = new Due("2026-03-01T12:00:00Z", "a/one");
    due.policy = ConcurrencyPolicy.REPLACE;
    due.go();
    due.request = "now";
    assertThat(due.at("2026-03-02T01:59:00Z").starts()).hasSize(1);
    assertThat(due.at("2026-03-02T02:00:00Z").stops()).isEmpty();
  }

  @Test
  void manyDatabasesHaveTheirTurnAtPlacesThatStay() {
    var due = new Due("2026-03-01T12:00:00Z", SchedulePlannerTest.names(300));
    due.maxConcurrent = 300;
    due.go();
    due.at("2026-03-02T02:00:00Z");
    assertThat(due.plan.starts()).hasSizeLessThan(5);
    int most = 0;
    for (int minute = 1; minute <= 60; minute++) {
      due.now = due.now.plusSeconds(60);
      most = Math.max(most, due.go().starts().size());
    }
    assertThat(most).isLessThan(20);
    assertThat(due.runs.values()).allSatisfy(runs -> assertThat(runs).hasSize(1));
  }

  @Test
  void aSingleDatabaseIsNotHeldBack() {
    Spread spread =
        Spread.of(new Due("2026-03-01T12:00:00Z").spec(), time("2026-03-02T02:00:00Z"), 1);
    assertThat(spread.offset("a/one")).isZero();
  }

  @Test
  void theSpreadLeavesRoomForDeadlineAndNextTime() {
    var due = new Due("2026-03-01T12:00:00Z");
    Instant at = time("2026-03-02T02:00:00Z");
    assertThat(Spread.of(due.spec(), at, 300).window()).isEqualTo(Duration.ofSeconds(2990));
    assertThat(Spread.of(due.spec(), at, 3000).window()).isEqualTo(Duration.ofHours(1));
    due.deadline = Duration.ofMinutes(10);
    assertThat(Spread.of(due.spec(), at, 300).window()).isEqualTo(Duration.ofMinutes(5));
    due.cron = "*/4 * * * *";
    assertThat(Spread.of(due.spec(), at, 300).window()).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  @Timeout(20)
  void afterAnOutageOfEveryMinuteOf300DatabasesOnePlanIsBounded() {
    var due = new Due("2026-03-01T12:00:00Z", SchedulePlannerTest.names(300));
    due.cron = "* * * * *";
    due.maxConcurrent = 3;
    due.go();
    assertThat(due.at("2027-03-01T12:00:00Z").starts()).hasSize(3);
    assertThat(due.state.missedRuns()).isEqualTo(300L * DatabaseTurn.COUNTED);
  }

  @Test
  void noMoreThanMaxConcurrent() {
    var due = new Due("2026-03-01T12:00:00Z", SchedulePlannerTest.names(10));
    due.maxConcurrent = 3;
    due.go();
    assertThat(due.at("2026-03-02T03:00:00Z").starts()).hasSize(3);
    assertThat(due.plan.waiting())
        .hasSize(7)
        .extracting(Waiting::cause)
        .containsOnly(Cause.MAX_CONCURRENT);
    assertThat(due.plan.waiting().getFirst().words())
        .isEqualTo("3 runs go on, as many as maxConcurrent allows");
    assertThat(due.at("2026-03-02T03:00:01Z").starts()).isEmpty();
    assertThat(due.end(Outcome.SUCCEEDED).at("2026-03-02T03:00:02Z").starts()).hasSize(3);
  }

  /** A cache may not show yet what was started a moment ago. */
  @Test
  void aRunThatIsNotSeenYetCounts() {
    var due = new Due("2026-03-01T12:00:00Z", SchedulePlannerTest.names(3));
    due.maxConcurrent = 1;
    due.go();
    due.at("2026-03-02T03:00:00Z");
    due.runs.values().forEach(java.util.List::clear);
    assertThat(due.at("2026-03-02T03:01:00Z").starts()).isEmpty();
    assertThat(due.at("2026-03-02T03:02:01Z").starts()).as("lost").hasSize(1);
  }

  /** What waited for its turn does not wait for its place in the spread again. */
  @Test
  void whoMissedATimeIsNotHeldBackAtTheNext() {
    var due = new Due("2026-03-01T12:00:00Z", SchedulePlannerTest.names(30));
    due.maxConcurrent = 1;
    due.go();
    due.at("2026-03-02T03:00:00Z");
    due.end(Outcome.SUCCEEDED);
    assertThat(due.at("2026-03-03T02:00:00Z").starts()).hasSize(1);
    assertThat(due.plan.waiting().stream().filter(one -> one.cause() == Cause.SPREAD))
        .as("the one that had its run")
        .hasSize(1);
  }

  private static Instant time(String text) {
    return Instant.parse(text);
  }
}
