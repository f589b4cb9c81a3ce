package dev.litehaven.operator.retention;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Which of a list of backups the rules that count keep: for each, the names of those rules. */
final class Ladder {
  private final RetentionPolicy policy;
  private final ZoneId zone;
  private final Map<Backup, List<String>> kept = new LinkedHashMap<>();

  private Ladder(RetentionPolicy policy, ZoneId zone) {
    this.policy = policy;
    this.zone = zone;
  }

  /**
   * @param newestFirst all of one kind and one state of verification
   */
  static Map<Backup, List<String>> climb(
      RetentionPolicy policy, ZoneId zone, List<Backup> newestFirst) {
    var ladder = new Ladder(policy, zone);
    ladder.last(newestFirst, policy.keepLast(), "keepLast");
    ladder.rungs(newestFirst);
    return ladder.kept;
  }

  /** The newest, however many there are of a period. */
  static Map<Backup, List<String>> newest(List<Backup> newestFirst, int count, String rule) {
    var ladder = new Ladder(RetentionPolicy.keepAll(), ZoneId.of("UTC"));
    ladder.last(newestFirst, count, rule);
    return ladder.kept;
  }

  private void last(List<Backup> newestFirst, int count, String rule) {
    for (int i = 0; i < Math.min(count, newestFirst.size()); i++) {
      keep(newestFirst.get(i), "%s: %d of %d".formatted(rule, i + 1, count));
    }
  }

  private void rungs(List<Backup> newestFirst) {
    // Hours are real ones: the one that a clock repeats in autumn is two.
    rung(newestFirst, policy.hourly(), "hourly", this::hour);
    rung(newestFirst, policy.daily(), "daily", at -> at(at).toLocalDate().toString());
    rung(newestFirst, policy.weekly(), "weekly", this::week);
    rung(
        newestFirst,
        policy.monthly(),
        "monthly",
        at -> "%04d-%02d".formatted(at(at).getYear(), at(at).getMonthValue()));
    rung(newestFirst, policy.yearly(), "yearly", at -> "%04d".formatted(at(at).getYear()));
  }

  private void rung(
      List<Backup> newestFirst, int count, String rule, Function<Instant, String> period) {
    Set<String> taken = new HashSet<>();
    for (Backup backup : newestFirst) {
      String its = period.apply(backup.taken());
      if (taken.size() < count && taken.add(its)) {
        keep(backup, "%s: the newest of %s".formatted(rule, its));
      }
    }
  }

  private void keep(Backup backup, String words) {
    kept.computeIfAbsent(backup, _ -> new ArrayList<>()).add(words);
  }

  private String hour(Instant at) {
    return at(at).truncatedTo(ChronoUnit.HOURS).toOffsetDateTime().toString();
  }

  private String week(Instant at) {
    return "%04d-W%02d"
        .formatted(
            at(at).get(IsoFields.WEEK_BASED_YEAR), at(at).get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
  }

  private ZonedDateTime at(Instant at) {
    return at.atZone(zone);
  }
}
