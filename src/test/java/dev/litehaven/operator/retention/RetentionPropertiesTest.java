package dev.litehaven.operator.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.retention.Backup.Origin;
import dev.litehaven.operator.retention.Backup.Verification;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What holds for every history and every policy; the seed says which one broke it. */
class RetentionPropertiesTest {
  private static final int HISTORIES = 2_000;

  @Test
  void everyBackupGoesOrStaysAndHasAReason() {
    forAll(
        (kept, _) -> {
          RetentionPlan plan = kept.plan();
          var both = new ArrayList<>(Kept.left(plan));
          both.addAll(Kept.gone(plan));
          assertThat(both).containsExactlyInAnyOrderElementsOf(kept.backups);
          assertThat(plan.stays()).allSatisfy(one -> assertThat(one.reasons()).isNotEmpty());
          assertThat(plan.goes()).allSatisfy(one -> assertThat(one.words()).isNotBlank());
          assertThat(plan.goes())
              .isSortedAccordingTo(Comparator.comparing(one -> one.backup().taken()));
        });
  }

  @Test
  void theNewestVerifiedOneStays() {
    forAll(
        (kept, _) ->
            newest(verified(kept.backups))
                .ifPresent(one -> assertThat(Kept.left(kept.plan())).contains(one)));
  }

  @Test
  void asManyVerifiedOnesStayAsMinVerifiedSays() {
    forAll(
        (kept, _) -> {
          int left = verified(Kept.left(kept.plan())).size();
          int there = verified(kept.backups).size();
          assertThat(left).isGreaterThanOrEqualTo(Math.min(there, kept.minVerified));
        });
  }

  @Test
  void whatIsInUseOrProtectedStays() {
    forAll(
        (kept, _) ->
            assertThat(Kept.gone(kept.plan()))
                .allMatch(one -> one.inUse().isEmpty() && one.protectedBy().isEmpty()));
  }

  @Test
  void nothingGoesWhileVerificationFailsOrTheClockIsBehind() {
    forAll(
        (kept, _) -> {
          boolean future =
              kept.backups.stream()
                  .anyMatch(one -> one.taken().isAfter(kept.now.plus(RetentionPlanner.SKEW)));
          boolean failing =
              newest(
                      kept.backups.stream()
                          .filter(one -> one.verification() != Verification.PENDING)
                          .toList())
                  .filter(one -> !one.isVerified())
                  .isPresent();
          boolean held =
              future || failing || kept.verificationFails || verified(kept.backups).isEmpty();
          RetentionPlan plan = kept.plan();
          assertThat(plan.hold().isPresent()).isEqualTo(held);
          if (held) {
            assertThat(plan.goes()).isEmpty();
          }
        });
  }

  @Test
  void appliedItIsDone() {
    forAll((kept, _) -> assertThat(kept.plan(Kept.left(kept.plan())).goes()).isEmpty());
  }

  /** A crash in the middle, or objects that cannot be removed: the rest goes later, and no more. */
  @Test
  void appliedInPartItGoesOnWhereItStopped() {
    forAll(
        (kept, random) -> {
          Set<Backup> gone = Kept.gone(kept.plan());
          Set<Backup> removed =
              gone.stream().filter(_ -> random.nextBoolean()).collect(Collectors.toSet());
          List<Backup> left = kept.backups.stream().filter(one -> !removed.contains(one)).toList();
          gone.removeAll(removed);
          assertThat(Kept.gone(kept.plan(left))).isEqualTo(gone);
        });
  }

  /** Among policies that have rules of the same sort: a rule that counts, or none. */
  @Test
  void aBiggerPolicyNeverRemovesMore() {
    forAll(
        (kept, random) -> {
          Set<Backup> before = Kept.gone(kept.plan());
          boolean counts = kept.policy().counts();
          if (counts) {
            kept.keepLast += random.nextInt(3);
            kept.hourly += random.nextInt(3);
            kept.daily += random.nextInt(3);
            kept.weekly += random.nextInt(3);
            kept.monthly += random.nextInt(3);
            kept.yearly += random.nextInt(3);
          }
          kept.minVerified += random.nextInt(3);
          kept.keepOperation += random.nextInt(3);
          if (kept.keepManual != null) {
            kept.keepManual = random.nextInt(5) == 0 ? null : kept.keepManual + random.nextInt(3);
          }
          if (kept.maxAgeDays != null) {
            kept.maxAgeDays = random.nextInt(5) == 0 ? null : kept.maxAgeDays + random.nextInt(20);
          }
          assertThat(before).containsAll(Kept.gone(kept.plan()));
        });
  }

  @Test
  void whatIsNotVerifiedChangesNothingForWhatIs() {
    forAll(
        (kept, _) -> {
          RetentionPlan plan = kept.plan();
          if (plan.hold().isEmpty()) {
            RetentionPlan alone = kept.plan(verified(kept.backups));
            assertThat(verified(List.copyOf(Kept.gone(plan))))
                .containsExactlyInAnyOrderElementsOf(Kept.gone(alone));
          }
        });
  }

  @Test
  void timeAloneRemovesNothing() {
    forAll(
        (kept, random) -> {
          RetentionPlan plan = kept.plan();
          if (plan.hold().isEmpty()) {
            kept.now = kept.now.plus(Duration.ofDays(random.nextInt(10_000)));
            assertThat(Kept.gone(kept.plan())).isEqualTo(Kept.gone(plan));
          }
        });
  }

  @Test
  void manualOnesGoByTheirOwnRuleOnly() {
    forAll(
        (kept, _) -> {
          if (kept.keepManual == null) {
            assertThat(Kept.gone(kept.plan())).noneMatch(one -> one.origin() == Origin.MANUAL);
          } else {
            List<Backup> manual =
                verified(kept.backups).stream()
                    .filter(one -> one.origin() == Origin.MANUAL)
                    .toList();
            assertThat(
                    verified(Kept.left(kept.plan())).stream()
                        .filter(one -> one.origin() == Origin.MANUAL)
                        .count())
                .isGreaterThanOrEqualTo(Math.min(manual.size(), kept.keepManual));
          }
        });
  }

  @Test
  void eachKindOfOperationKeepsItsNewest() {
    forAll(
        (kept, _) -> {
          List<Backup> left = Kept.left(kept.plan());
          for (Origin kind : Origin.values()) {
            if (kind.isOperation()) {
              newest(verified(kept.backups).stream().filter(one -> one.origin() == kind).toList())
                  .ifPresent(one -> assertThat(left).contains(one));
            }
          }
        });
  }

  /** As backups come day by day, the ladder of a year stays whole. */
  @Test
  void aYearOfDailyBackupsWithAPlanEachDayEndsAsAPlanOfAllOfThem() {
    var kept = new Kept("2025-01-01T02:00:00Z");
    kept.keepLast = 3;
    kept.daily = 7;
    kept.weekly = 5;
    kept.monthly = 12;
    kept.yearly = 3;
    var all = new ArrayList<Backup>();
    for (int day = 0; day < 800; day++) {
      kept.verified(kept.now.toString());
      all.add(kept.backups.getLast());
      List<Backup> left = Kept.left(kept.plan());
      kept.backups.retainAll(left);
      assertThat(left).containsExactlyElementsOf(Kept.left(kept.plan(all)));
      kept.now = kept.now.plus(Duration.ofDays(1));
    }
    assertThat(kept.backups).hasSizeBetween(20, 27);
  }

  private static void forAll(BiConsumer<Kept, Random> property) {
    int removing = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      var random = new Random(seed);
      Kept kept = history(random);
      removing += kept.plan().goes().isEmpty() ? 0 : 1;
      try {
        property.accept(kept, random);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + kept.policy() + " " + kept.backups, e);
      }
    }
    assertThat(removing).as("histories in which something goes").isGreaterThan(HISTORIES / 4);
  }

  private static Kept history(Random random) {
    var kept = new Kept("2026-06-15T12:00:00Z");
    kept.zone = ZoneId.of(random.nextBoolean() ? "UTC" : "Europe/Berlin");
    int days = 1 + random.nextInt(random.nextBoolean() ? 20 : 800);
    double bad = random.nextInt(3) * 0.2;
    for (int i = random.nextInt(40); i > 0; i--) {
      long back = random.nextLong(days * 86_400L);
      boolean future = random.nextInt(800) == 0;
      kept.add(
          new Backup(
              "b" + i,
              Kept.IDENTITY,
              future ? kept.now.plusSeconds(back) : kept.now.minusSeconds(back),
              random.nextInt(3) > 0
                  ? Origin.SCHEDULED
                  : Origin.values()[random.nextInt(Origin.values().length)],
              random.nextDouble() < bad
                  ? random.nextBoolean() ? Verification.FAILED : Verification.PENDING
                  : Verification.VERIFIED,
              random.nextInt(20) == 0 ? Optional.of("restore") : Optional.empty(),
              random.nextInt(20) == 0 ? Optional.of("lock") : Optional.empty()));
    }
    kept.keepLast = random.nextInt(3);
    if (random.nextBoolean()) {
      kept.hourly = random.nextInt(4);
      kept.daily = random.nextInt(4);
      kept.weekly = random.nextInt(4);
      kept.monthly = random.nextInt(4);
      kept.yearly = random.nextInt(3);
    }
    kept.maxAgeDays = random.nextBoolean() ? null : 1 + random.nextInt(100);
    kept.minVerified = 1 + random.nextInt(3);
    kept.keepManual = random.nextBoolean() ? null : 1 + random.nextInt(3);
    kept.keepOperation = 1 + random.nextInt(3);
    kept.verificationFails = random.nextInt(10) == 0;
    return kept;
  }

  private static List<Backup> verified(List<Backup> of) {
    return of.stream().filter(Backup::isVerified).toList();
  }

  private static Optional<Backup> newest(List<Backup> of) {
    return of.stream().max(Comparator.comparing(Backup::taken).thenComparing(Backup::name));
  }
}
