package dev.litehaven.operator.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.operator.retention.Backup.Origin;
import dev.litehaven.operator.retention.Backup.Verification;
import dev.litehaven.operator.retention.RetentionPlan.Cause;
import dev.litehaven.operator.retention.RetentionPlan.Goes;
import dev.litehaven.operator.retention.RetentionPlan.Why;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RetentionPlannerTest {
  @Test
  void whereNoRuleIsSetAllStay() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 400);
    assertThat(kept.goes()).isEmpty();
    assertThat(kept.why("2026-03-09T02:00:00Z")).containsExactly("no rule is set");
  }

  @Test
  void theLast() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 5);
    kept.keepLast = 2;
    assertThat(kept.stays()).containsExactly("2026-03-10T02:00:00Z", "2026-03-09T02:00:00Z");
    assertThat(kept.goes())
        .as("oldest first")
        .containsExactly("2026-03-06T02:00:00Z", "2026-03-07T02:00:00Z", "2026-03-08T02:00:00Z");
    assertThat(kept.why("2026-03-09T02:00:00Z")).containsExactly("keepLast: 2 of 2");
    assertThat(kept.plan().goes())
        .extracting(Goes::cause, Goes::words)
        .containsOnly(org.assertj.core.groups.Tuple.tuple(Cause.NOT_KEPT, "no rule keeps it"));
  }

  @Test
  void theNewestOfEachDayThatHasOne() {
    var kept =
        new Kept("2026-03-10T12:00:00Z")
            .verified(
                "2026-03-01T06:00:00Z",
                "2026-03-01T18:00:00Z",
                "2026-03-07T06:00:00Z",
                "2026-03-07T18:00:00Z",
                "2026-03-10T06:00:00Z",
                "2026-03-10T11:00:00Z");
    kept.daily = 3;
    assertThat(kept.stays())
        .containsExactly("2026-03-10T11:00:00Z", "2026-03-07T18:00:00Z", "2026-03-01T18:00:00Z");
    kept.daily = 2;
    assertThat(kept.stays()).containsExactly("2026-03-10T11:00:00Z", "2026-03-07T18:00:00Z");
    assertThat(kept.why("2026-03-07T18:00:00Z")).containsExactly("daily: the newest of 2026-03-07");
  }

  /** restic and borg keep the oldest one, too, until a rule has its places. */
  @Test
  void neverTwoOfAPeriod() {
    var kept = new Kept("2026-03-10T12:00:00Z").every(1, 6);
    kept.daily = 7;
    assertThat(kept.stays()).containsExactly("2026-03-10T12:00:00Z");
  }

  @Test
  void rulesKeepEachByItself() {
    var kept = new Kept("2026-06-10T02:00:00Z").every(24, 400);
    kept.keepLast = 1;
    kept.daily = 3;
    kept.weekly = 3;
    kept.monthly = 3;
    kept.yearly = 2;
    assertThat(kept.stays())
        .containsExactly(
            "2026-06-10T02:00:00Z",
            "2026-06-09T02:00:00Z",
            "2026-06-08T02:00:00Z",
            "2026-06-07T02:00:00Z", // Sunday, the end of ISO week 23
            "2026-05-31T02:00:00Z", // Sunday, and the end of May
            "2026-04-30T02:00:00Z",
            "2025-12-31T02:00:00Z");
    assertThat(kept.why("2026-05-31T02:00:00Z"))
        .containsExactly("weekly: the newest of 2026-W22", "monthly: the newest of 2026-05");
  }

  @Test
  void aWeekBelongsToOneYear() {
    // 2026-12-28 to 2027-01-03 is week 53 of 2026
    var kept =
        new Kept("2027-01-05T02:00:00Z")
            .verified("2026-12-29T02:00:00Z", "2027-01-02T02:00:00Z", "2027-01-04T02:00:00Z");
    kept.weekly = 5;
    assertThat(kept.stays()).containsExactly("2027-01-04T02:00:00Z", "2027-01-02T02:00:00Z");
    assertThat(kept.why("2027-01-02T02:00:00Z")).contains("weekly: the newest of 2026-W53");
  }

  @Test
  void daysAreThoseOfTheZone() {
    var kept =
        new Kept("2026-03-03T00:00:00Z").verified("2026-03-01T22:30:00Z", "2026-03-01T23:30:00Z");
    kept.daily = 9;
    assertThat(kept.stays()).hasSize(1);
    kept.zone = ZoneId.of("Europe/Berlin");
    assertThat(kept.stays()).hasSize(2);
  }

  @Test
  void theHourThatTheClockRepeatsIsTwo() {
    var kept =
        new Kept("2026-10-25T03:00:00Z")
            .verified("2026-10-25T00:30:00Z", "2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z");
    kept.zone = ZoneId.of("Europe/Berlin");
    kept.hourly = 9;
    assertThat(kept.stays()).containsExactly("2026-10-25T01:30:00Z", "2026-10-25T00:30:00Z");
  }

  @Test
  void ageAlone() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 10);
    kept.maxAgeDays = 3;
    assertThat(kept.stays()).hasSize(4).last().isEqualTo("2026-03-07T02:00:00Z");
    assertThat(kept.plan().goes()).extracting(Goes::cause).containsOnly(Cause.TOO_OLD);
    assertThat(kept.plan().goes().getFirst().words())
        .isEqualTo("older than 3 days before 2026-03-10T02:00:00Z");
  }

  @Test
  void ageTakesAwayFromWhatIsCounted() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 100);
    kept.monthly = 12;
    kept.daily = 2;
    kept.maxAgeDays = 30;
    assertThat(kept.stays())
        .containsExactly("2026-03-10T02:00:00Z", "2026-03-09T02:00:00Z", "2026-02-28T02:00:00Z");
  }

  @Test
  void timeThatPassesWithoutABackupRemovesNothing() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 4);
    kept.maxAgeDays = 7;
    kept.daily = 7;
    kept.now = Instant.parse("2027-03-10T02:00:00Z");
    assertThat(kept.goes()).isEmpty();
  }

  @Test
  void minVerifiedStayHoweverOld() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24 * 30, 6);
    kept.maxAgeDays = 1;
    kept.minVerified = 3;
    assertThat(kept.stays()).hasSize(3);
    assertThat(kept.why("2026-01-09T02:00:00Z"))
        .containsExactly("minVerified: one of 3 verified ones");
  }

  /** The state before a restore is one that somebody wanted to leave. */
  @Test
  void minVerifiedAreScheduledOnesFirst() {
    var kept =
        new Kept("2026-03-10T02:00:00Z").verified("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    for (int day = 1; day < 9; day++) {
      kept.add("2026-03-0%dT00:00:00Z".formatted(day), Origin.PRE_RESTORE, Verification.VERIFIED);
    }
    kept.maxAgeDays = 1;
    kept.keepOperation = 2;
    kept.minVerified = 2;
    assertThat(kept.stays())
        .containsExactly(
            "2026-03-08T00:00:00Z PRE_RESTORE",
            "2026-03-07T00:00:00Z PRE_RESTORE",
            "2026-01-02T00:00:00Z",
            "2026-01-01T00:00:00Z");
    kept.minVerified = 5;
    assertThat(kept.stays()).hasSize(5);
  }

  @Test
  void whatIsInUseOrProtectedStays() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 5);
    kept.keepLast = 1;
    kept.change("2026-03-07T02:00:00Z", Kept::used);
    kept.change("2026-03-08T02:00:00Z", Kept::locked);
    assertThat(kept.goes()).containsExactly("2026-03-06T02:00:00Z", "2026-03-09T02:00:00Z");
    assertThat(kept.why("2026-03-07T02:00:00Z")).containsExactly("in use by restore r");
    assertThat(kept.why("2026-03-08T02:00:00Z")).containsExactly("protected by object lock");
  }

  @Test
  void whatFailedGoesOnceAVerifiedOneIsNewer() {
    var kept =
        new Kept("2026-03-10T03:00:00Z")
            .failed("2026-03-08T02:00:00Z")
            .verified("2026-03-07T02:00:00Z", "2026-03-09T02:00:00Z");
    assertThat(kept.goes()).containsExactly("2026-03-08T02:00:00Z");
    assertThat(kept.plan().goes().getFirst().cause()).isEqualTo(Cause.FAILED);
    assertThat(kept.plan().goes().getFirst().words())
        .isEqualTo("it failed, and 2026-03-09T02:00:00Z, which is newer, is verified");
  }

  @Test
  void nothingGoesWhileTheNewestFailed() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 5).failed("2026-03-10T02:30:00Z");
    kept.now = Instant.parse("2026-03-10T03:00:00Z");
    kept.keepLast = 1;
    assertThat(kept.goes()).isEmpty();
    assertThat(kept.plan().hold().orElseThrow().why()).isEqualTo(Why.VERIFICATION_FAILS);
    assertThat(kept.plan().stays())
        .allSatisfy(
            one ->
                assertThat(one.reasons().getFirst())
                    .contains("2026-03-10T02:30:00Z, the newest, failed"));
    kept.verified("2026-03-10T02:45:00Z");
    assertThat(kept.goes()).as("the failed one, too").hasSize(6);
  }

  @Test
  void aBackupThatIsNotReadBackYetIsNoVerdict() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 3);
    kept.add("2026-03-10T02:30:00Z", Origin.SCHEDULED, Verification.PENDING);
    kept.now = Instant.parse("2026-03-10T03:00:00Z");
    kept.keepLast = 2;
    assertThat(kept.goes()).containsExactly("2026-03-08T02:00:00Z");
    kept.failed("2026-03-10T02:20:00Z");
    assertThat(kept.goes()).isEmpty();
  }

  @Test
  void nothingGoesWhileVerificationIsSaidToFail() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 5);
    kept.keepLast = 1;
    kept.verificationFails = true;
    assertThat(kept.goes()).isEmpty();
    assertThat(kept.plan().hold().orElseThrow().words()).contains("verification fails");
  }

  @Test
  void nothingGoesWhileABackupIsFromTheFuture() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 5);
    kept.keepLast = 1;
    kept.now = Instant.parse("2026-03-10T01:59:30Z");
    assertThat(kept.goes()).as("clocks differ a little").hasSize(4);
    kept.now = Instant.parse("2026-03-10T01:58:00Z");
    assertThat(kept.goes()).isEmpty();
    assertThat(kept.plan().hold().orElseThrow().why()).isEqualTo(Why.CLOCK_BEHIND);
    assertThat(kept.plan().hold().orElseThrow().words())
        .isEqualTo(
            "backup 2026-03-10T02:00:00Z was taken at 2026-03-10T02:00:00Z and it is 2026-03-10T01:58:00Z now: nothing is removed until the clock is right");
  }

  @Test
  void nothingGoesWhereNothingIsVerified() {
    var kept = new Kept("2026-03-10T02:00:00Z");
    for (int day = 1; day < 9; day++) {
      kept.add("2026-03-0%dT00:00:00Z".formatted(day), Origin.SCHEDULED, Verification.PENDING);
    }
    kept.keepLast = 1;
    assertThat(kept.goes()).isEmpty();
    assertThat(kept.plan().hold().orElseThrow().why()).isEqualTo(Why.NOTHING_VERIFIED);
  }

  @Test
  void unverifiedOnesAreCountedByThemselves() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 4);
    for (int day = 4; day < 10; day++) {
      kept.add("2026-03-0%dT20:00:00Z".formatted(day), Origin.SCHEDULED, Verification.PENDING);
    }
    kept.keepLast = 2;
    assertThat(kept.stays())
        .containsExactly(
            "2026-03-10T02:00:00Z",
            "2026-03-09T20:00:00Z",
            "2026-03-09T02:00:00Z",
            "2026-03-08T20:00:00Z");
  }

  @Test
  void manualOnesStayUnlessTheirOwnRuleIsSet() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 4);
    for (int day = 1; day < 5; day++) {
      kept.add("2025-01-0%dT00:00:00Z".formatted(day), Origin.MANUAL, Verification.VERIFIED);
    }
    kept.keepLast = 1;
    kept.maxAgeDays = 1;
    assertThat(kept.goes()).hasSize(3).noneMatch(name -> name.contains("MANUAL"));
    assertThat(kept.why("2025-01-01T00:00:00Z MANUAL"))
        .containsExactly("made by hand, and keepManual is not set");
    kept.keepManual = 3;
    assertThat(kept.goes()).hasSize(4).contains("2025-01-01T00:00:00Z MANUAL");
    assertThat(kept.plan().goes().getFirst().words()).isEqualTo("3 newer ones were made by hand");
  }

  @ParameterizedTest
  @EnumSource(
      value = Origin.class,
      names = {"SCHEDULED", "MANUAL"},
      mode = EnumSource.Mode.EXCLUDE)
  void eachKindOfOperationHasItsOwnRule(Origin kind) {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 2);
    for (int day = 1; day < 7; day++) {
      kept.add("2025-01-0%dT00:00:00Z".formatted(day), kind, Verification.VERIFIED);
      kept.add("2025-01-0%dT01:00:00Z".formatted(day), kind, Verification.FAILED);
    }
    kept.keepLast = 1;
    kept.maxAgeDays = 1;
    kept.keepOperation = 4;
    assertThat(kept.goes())
        .containsExactly(
            "2025-01-01T00:00:00Z " + kind,
            "2025-01-01T01:00:00Z " + kind,
            "2025-01-02T00:00:00Z " + kind,
            "2025-01-02T01:00:00Z " + kind,
            "2026-03-09T02:00:00Z");
    assertThat(kept.plan().goes().getFirst().words())
        .isEqualTo("4 newer ones are of the same operation");
  }

  @Test
  void kindsOfOperationsDoNotPushEachOtherOut() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 1);
    for (Origin kind : Origin.values()) {
      if (kind.isOperation()) {
        kept.add("2025-01-01T00:00:00Z", kind, Verification.VERIFIED);
      }
    }
    kept.keepOperation = 1;
    assertThat(kept.goes()).isEmpty();
  }

  @Test
  void onlyOneIdentityAtATime() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 2);
    kept.add(
        new Backup(
            "other",
            "ns/other",
            kept.now,
            Origin.SCHEDULED,
            Verification.VERIFIED,
            Optional.empty(),
            Optional.empty()));
    assertThatThrownBy(kept::plan)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("backup other is of ns/other, not of ns/db");
  }

  @Test
  void twoOfOneNameAreRefused() {
    var kept = new Kept("2026-03-10T02:00:00Z").every(24, 1).every(24, 1);
    assertThatThrownBy(kept::plan).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nothingOfNothing() {
    RetentionPlan plan = new Kept("2026-03-10T02:00:00Z").plan();
    assertThat(plan.goes()).isEmpty();
    assertThat(plan.stays()).isEmpty();
  }

  @Test
  void aPolicySaysWhatIsWrongWithIt() {
    List<Consumer<Kept>> wrong =
        List.of(
            kept -> kept.minVerified = 0,
            kept -> kept.keepLast = -1,
            kept -> kept.yearly = -1,
            kept -> kept.maxAgeDays = 0,
            kept -> kept.keepManual = 0,
            kept -> kept.keepOperation = 0);
    for (Consumer<Kept> change : wrong) {
      var kept = new Kept("2026-03-10T02:00:00Z");
      change.accept(kept);
      assertThatThrownBy(kept::policy)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("it is at least");
    }
    assertThat(RetentionPolicy.keepAll().minVerified()).isEqualTo(1);
  }
}
