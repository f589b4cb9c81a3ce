package dev.litehaven.operator.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.operator.retention.Backup.Origin;
import dev.litehaven.operator.retention.Backup.Verification;
import dev.litehaven.operator.retention.RetentionPlan.Why;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What retention of other operators got wrong, each by the number of its report. */
class RetentionRegressionsTest {
  /** Snapshots that never became ready were counted, and the last good one was removed. */
  @Test
  void snapscheduler688_346_whatNeverBecameReadyTakesNoPlace() {
    var kept = new Kept("2026-03-10T02:00:00Z").verified("2026-03-01T02:00:00Z");
    for (int day = 2; day < 10; day++) {
      kept.add("2026-03-0%dT02:00:00Z".formatted(day), Origin.SCHEDULED, Verification.PENDING);
    }
    kept.keepLast = 3;
    kept.daily = 3;
    kept.maxAgeDays = 3;
    assertThat(kept.stays()).contains("2026-03-01T02:00:00Z");
    kept.failed("2026-03-09T12:00:00Z");
    assertThat(kept.goes()).isEmpty();
  }

  /** They were grouped by claim name, so a claim that was made anew inherited the old one's. */
  @Test
  void snapscheduler667_aDatabaseInheritsNothingFromAnotherOfItsName() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 3);
    kept.keepLast = 1;
    kept.add(
        new Backup(
            "of the claim before",
            "cluster-a/ns/db",
            Instant.parse("2026-01-01T00:00:00Z"),
            Origin.SCHEDULED,
            Verification.VERIFIED,
            Optional.empty(),
            Optional.empty()));
    assertThatThrownBy(kept::plan).isInstanceOf(IllegalArgumentException.class);
  }

  /** Everything newer had failed, and expiry removed the last backup. */
  @Test
  void velero9061_5381_theLastGoodOneStaysWhileEverythingNewerFails() {
    var kept = new Kept("2026-03-01T02:00:00Z").every(24, 5);
    kept.keepLast = 3;
    kept.maxAgeDays = 7;
    for (int day = 2; day < 32; day++) {
      String taken = "2026-03-%02dT02:00:00Z".formatted(day);
      kept.failed(taken).now = Instant.parse(taken);
      assertThat(kept.goes()).isEmpty();
      assertThat(kept.plan().hold().orElseThrow().why()).isEqualTo(Why.VERIFICATION_FAILS);
    }
    kept.now = Instant.parse("2029-03-01T02:00:00Z");
    assertThat(kept.goes()).isEmpty();
  }

  /** The operator removed what had been failed, the good ones aged meanwhile. */
  @Test
  void velero9061_5381_theLastGoodOneStaysWhenTheFailedAreGone() {
    var kept = new Kept("2026-03-01T02:00:00Z").every(24, 5);
    kept.keepLast = 3;
    kept.maxAgeDays = 7;
    kept.now = Instant.parse("2029-03-01T02:00:00Z");
    assertThat(kept.stays())
        .containsExactly("2026-03-01T02:00:00Z", "2026-02-28T02:00:00Z", "2026-02-27T02:00:00Z");
  }

  /** Retries pushed history out. */
  @Test
  void volsync801_failedOnesPushNothingOut() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 5);
    kept.keepLast = 4;
    kept.daily = 4;
    var without = kept.stays();
    for (int hour = 3; hour < 24; hour++) {
      kept.failed("2026-03-09T%02d:00:00Z".formatted(hour));
      kept.add("2026-03-09T%02d:30:00Z".formatted(hour), Origin.SCHEDULED, Verification.PENDING);
    }
    assertThat(kept.stays()).containsAll(without);
  }

  /** Many good ones of one day must not cost the days before. */
  @Test
  void volsync801_manyOfOneDayDoNotCostTheDaysBefore() {
    var kept = new Kept("2026-03-10T23:00:00Z").every(1, 22);
    kept.verified("2026-03-08T02:00:00Z", "2026-03-09T02:00:00Z");
    kept.daily = 3;
    kept.keepLast = 2;
    assertThat(kept.stays()).contains("2026-03-08T02:00:00Z", "2026-03-09T02:00:00Z");
  }

  /**
   * An unreachable source gave an empty volume, whose backups replaced the good ones. What is in
   * them is not for retention to judge; that the older ones stay long enough is.
   */
  @Test
  void volsync1211_frequentBackupsOfAnEmptyDatabaseDoNotReplaceTheOlderOnes() {
    var kept = new Kept("2026-03-10T23:00:00Z").every(24, 30);
    for (int minute = 0; minute < 60; minute++) {
      kept.verified("2026-03-10T22:%02d:00Z".formatted(minute));
    }
    kept.keepLast = 5;
    kept.daily = 7;
    kept.weekly = 4;
    assertThat(kept.stays())
        .contains("2026-03-09T23:00:00Z", "2026-03-04T23:00:00Z", "2026-02-22T23:00:00Z");
  }

  /** Success was reported for a backup that failed. */
  @Test
  void k8up910_onlyWhatWasReadBackCounts() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 2);
    kept.change("2026-03-10T02:00:00Z", one -> Kept.turned(one, Verification.PENDING));
    kept.keepLast = 1;
    assertThat(kept.stays()).containsExactly("2026-03-10T02:00:00Z", "2026-03-09T02:00:00Z");
  }

  /** A drill finds damage in the newest: the one before it is the newest verified one now. */
  @Test
  void theNewestTurnsOutDamaged() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 5);
    kept.keepLast = 1;
    kept.change("2026-03-10T02:00:00Z", one -> Kept.turned(one, Verification.FAILED));
    assertThat(kept.goes()).isEmpty();
    assertThat(kept.why("2026-03-09T02:00:00Z")).contains("the newest verified one");
  }

  @Test
  void aClockThatIsYearsAheadRemovesNothing() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 5);
    kept.maxAgeDays = 30;
    kept.daily = 7;
    kept.now = Instant.parse("2099-01-01T00:00:00Z");
    assertThat(kept.goes()).isEmpty();
  }
}
