package dev.litehaven.operator.retention;

import dev.litehaven.operator.retention.Backup.Origin;
import dev.litehaven.operator.retention.Backup.Verification;
import dev.litehaven.operator.retention.RetentionPlan.Cause;
import dev.litehaven.operator.retention.RetentionPlan.Goes;
import dev.litehaven.operator.retention.RetentionPlan.Hold;
import dev.litehaven.operator.retention.RetentionPlan.Stays;
import dev.litehaven.operator.retention.RetentionPlan.Why;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Decides which backups of one database go. Pure: the same values give the same plan.
 *
 * <p>Nothing at all goes while verification fails, when a backup is from the future, or when none
 * is verified. Otherwise these stay, each by itself:
 *
 * <ol>
 *   <li>the newest verified one of all;
 *   <li>the newest {@code minVerified} verified ones: first of the scheduled and manual ones, and
 *       where those are too few, of the others, whose state somebody may have wanted to leave;
 *   <li>what is in use, and what is protected;
 *   <li>what is not older than the newest verified one and not read back yet;
 *   <li>what a rule keeps: of scheduled ones the policy's rules, of manual ones {@code keepManual}
 *       alone, of operations {@code keepOperation} for each kind.
 * </ol>
 *
 * Backups that are not verified never take a place of one that is: they are counted by themselves,
 * by the same rules. Scheduled and manual ones that failed go as soon as a verified one is newer,
 * except that manual ones stay where {@code keepManual} is not set. Those of operations do not: the
 * state that a rollback left may be damaged and still be the only one there is.
 */
public final class RetentionPlanner {
  /** The clock of the API server may be ahead by so much. */
  static final Duration SKEW = Duration.ofMinutes(1);

  private final RetentionPolicy policy;
  private final ZoneId zone;
  private final Instant now;
  private final List<Backup> newestFirst;
  private final List<Backup> verified;
  private final Map<Backup, List<String>> reasons = new LinkedHashMap<>();

  private RetentionPlanner(RetentionPolicy policy, ZoneId zone, List<Backup> backups, Instant now) {
    this.policy = policy;
    this.zone = zone;
    this.now = now;
    this.newestFirst =
        backups.stream()
            .sorted(Comparator.comparing(Backup::taken).thenComparing(Backup::name).reversed())
            .toList();
    this.verified = newestFirst.stream().filter(Backup::isVerified).toList();
  }

  /**
   * @param zone of the schedule: its days, weeks, months and years are counted
   * @param backups all that there are of this identity, of every origin and place
   * @param verificationFails whether it is known to fail now, beyond what the backups say
   * @throws IllegalArgumentException where a backup is of another identity, or a name is there
   *     twice
   */
  public static RetentionPlan plan(
      String identity,
      RetentionPolicy policy,
      ZoneId zone,
      List<Backup> backups,
      boolean verificationFails,
      Instant now) {
    for (Backup backup : backups) {
      if (!backup.identity().equals(identity)) {
        throw new IllegalArgumentException(
            "backup %s is of %s, not of %s".formatted(backup.name(), backup.identity(), identity));
      }
    }
    if (backups.stream().map(Backup::name).distinct().count() != backups.size()) {
      throw new IllegalArgumentException("two backups of %s have one name".formatted(identity));
    }
    return new RetentionPlanner(policy, zone, backups, now).plan(verificationFails);
  }

  private RetentionPlan plan(boolean verificationFails) {
    Optional<Hold> hold = hold(verificationFails);
    hold.ifPresent(why -> newestFirst.forEach(backup -> stays(backup, why.words())));
    whatMustStay();
    rules(Verification.VERIFIED);
    rules(Verification.PENDING);
    rules(Verification.FAILED);
    List<Stays> stays =
        newestFirst.stream()
            .filter(reasons::containsKey)
            .map(backup -> new Stays(backup, reasons.get(backup)))
            .toList();
    List<Goes> goes =
        newestFirst.reversed().stream()
            .filter(backup -> !reasons.containsKey(backup))
            .map(this::goes)
            .toList();
    return new RetentionPlan(goes, stays, hold);
  }

  private Optional<Hold> hold(boolean verificationFails) {
    Optional<Backup> future =
        newestFirst.stream().filter(backup -> backup.taken().isAfter(now.plus(SKEW))).findFirst();
    if (future.isPresent()) {
      return Optional.of(
          new Hold(
              Why.CLOCK_BEHIND,
              "backup %s was taken at %s and it is %s now: nothing is removed until the clock is right"
                  .formatted(future.get().name(), future.get().taken(), now)));
    }
    Optional<Backup> newest =
        newestFirst.stream()
            .filter(backup -> backup.verification() != Verification.PENDING)
            .findFirst();
    if (newest.isPresent() && !newest.get().isVerified()) {
      return Optional.of(
          new Hold(
              Why.VERIFICATION_FAILS,
              "backup %s, the newest, failed: nothing is removed until one is verified again"
                  .formatted(newest.get().name())));
    }
    if (verificationFails) {
      return Optional.of(
          new Hold(
              Why.VERIFICATION_FAILS,
              "verification fails: nothing is removed until a backup is verified again"));
    }
    return verified.isEmpty()
        ? Optional.of(
            new Hold(
                Why.NOTHING_VERIFIED, "no backup is verified: nothing is removed until one is"))
        : Optional.empty();
  }

  private void whatMustStay() {
    verified.stream().findFirst().ifPresent(backup -> stays(backup, "the newest verified one"));
    Stream.concat(
            verified.stream().filter(backup -> !backup.origin().isOperation()),
            verified.stream().filter(backup -> backup.origin().isOperation()))
        .limit(policy.minVerified())
        .forEach(
            backup ->
                stays(
                    backup,
                    "minVerified: one of %d verified ones".formatted(policy.minVerified())));
    for (Backup backup : newestFirst) {
      backup.inUse().ifPresent(by -> stays(backup, "in use by " + by));
      backup.protectedBy().ifPresent(by -> stays(backup, "protected by " + by));
      if (backup.verification() == Verification.PENDING && !verifiedSince(backup)) {
        stays(backup, "not read back yet");
      }
      if (backup.origin() == Origin.MANUAL && policy.keepManual().isEmpty()) {
        stays(backup, "made by hand, and keepManual is not set");
      }
    }
  }

  private void rules(Verification state) {
    List<Backup> scheduled = of(Origin.SCHEDULED, state);
    if (state != Verification.FAILED) {
      byPolicy(scheduled);
      policy
          .keepManual()
          .ifPresent(count -> add(Ladder.newest(of(Origin.MANUAL, state), count, "keepManual")));
    }
    Arrays.stream(Origin.values())
        .filter(Origin::isOperation)
        .forEach(
            kind -> add(Ladder.newest(of(kind, state), policy.keepOperation(), "keepOperation")));
  }

  private void byPolicy(List<Backup> scheduled) {
    if (policy.counts()) {
      Ladder.climb(policy, zone, scheduled)
          .forEach(
              (backup, words) -> {
                if (!tooOld(backup)) {
                  words.forEach(word -> stays(backup, word));
                }
              });
      return;
    }
    for (Backup backup : scheduled) {
      if (policy.maxAgeDays().isEmpty()) {
        stays(backup, "no rule is set");
      } else if (!tooOld(backup)) {
        stays(backup, "maxAgeDays: not older than " + days());
      }
    }
  }

  /** Counted from the newest verified one: where nothing new is, nothing gets too old. */
  private boolean tooOld(Backup backup) {
    OptionalInt days = policy.maxAgeDays();
    return days.isPresent()
        && !verified.isEmpty()
        && backup
            .taken()
            .isBefore(verified.getFirst().taken().minus(Duration.ofDays(days.getAsInt())));
  }

  private Goes goes(Backup backup) {
    String newest = verified.isEmpty() ? "" : verified.getFirst().name();
    if (backup.verification() == Verification.FAILED && !backup.origin().isOperation()) {
      return new Goes(
          backup, Cause.FAILED, "it failed, and %s, which is newer, is verified".formatted(newest));
    }
    if (backup.origin() == Origin.SCHEDULED && tooOld(backup)) {
      return new Goes(backup, Cause.TOO_OLD, "older than %s before %s".formatted(days(), newest));
    }
    return new Goes(
        backup,
        Cause.NOT_KEPT,
        switch (backup.origin()) {
          case SCHEDULED -> "no rule keeps it";
          case MANUAL -> "%d newer ones were made by hand".formatted(policy.keepManual().orElse(0));
          default -> "%d newer ones are of the same operation".formatted(policy.keepOperation());
        });
  }

  private String days() {
    return "%d days".formatted(policy.maxAgeDays().orElseThrow());
  }

  private boolean verifiedSince(Backup backup) {
    return !verified.isEmpty() && verified.getFirst().taken().isAfter(backup.taken());
  }

  private List<Backup> of(Origin origin, Verification state) {
    return newestFirst.stream()
        .filter(backup -> backup.origin() == origin && backup.verification() == state)
        .toList();
  }

  private void add(Map<Backup, List<String>> kept) {
    kept.forEach((backup, words) -> words.forEach(word -> stays(backup, word)));
  }

  private void stays(Backup backup, String why) {
    reasons.computeIfAbsent(backup, _ -> new ArrayList<>()).add(why);
  }
}
