package dev.litehaven.operator.schedule;

import dev.litehaven.operator.schedule.CronField.Kind;
import dev.litehaven.protocol.Sha256;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.time.zone.ZoneRulesProvider;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The times of a cron expression in a time zone. Immutable; equal where the times are written
 * equally. Has at least one time after any other: what never occurs is refused when it is parsed.
 *
 * <p><b>Expression.</b> Five fields (minute, hour, day of month, month, day of week) with lists,
 * ranges, steps and English three-letter names in any case; Sunday is 0 and 7. As POSIX and
 * Kubernetes have it, a day matches when both day fields do, or, where neither of them is {@code
 * *}, when one of them does. Or {@code @hourly}, {@code @daily}, {@code @midnight},
 * {@code @weekly}, {@code @monthly}, {@code @yearly}, {@code @annually}; or {@code @daily-random}:
 * each day at a minute that follows from the seed and stays the same.
 *
 * <p><b>Daylight saving.</b> What counts is whether the hour field admits every hour.
 *
 * <ul>
 *   <li>It does not ({@code 30 2 * * *}, {@code 0 *}{@code /6 * * *}): every local time is one run.
 *       Times that the clock skips are one run, at the instant at which it jumps; a time that
 *       occurs twice is a run at the first occurrence only. A daily job runs exactly once on both
 *       days of change. Vixie cron and its heirs do so; the CronJob controller of Kubernetes does
 *       not: it leaves out skipped times and runs repeated ones twice.
 *   <li>It does ({@code 30 * * * *}, {@code *}{@code /15 * * * *}, {@code @hourly}): runs keep
 *       their pace in real time. Skipped local times are no runs, repeated ones are runs each time.
 *       All the named ones agree on this.
 * </ul>
 *
 * Other changes of a zone's offset are treated alike: where a zone skips a whole day, the runs of
 * that day are one run at the jump.
 */
public final class CronSchedule {
  private static final Map<String, String> NAMED =
      Map.of(
          "@hourly", "0 * * * *",
          "@daily", "0 0 * * *",
          "@midnight", "0 0 * * *",
          "@weekly", "0 0 * * 0",
          "@monthly", "0 0 1 * *",
          "@yearly", "0 0 1 1 *",
          "@annually", "0 0 1 1 *");
  private static final String DAILY_RANDOM = "@daily-random";
  private static final int MINUTES_PER_DAY = 24 * 60;
  private static final long ALL_HOURS = (1L << 24) - 1;
  private static final Duration FIRST_WINDOW = Duration.ofHours(1);

  private final String key;
  private final ZoneId zone;
  private final CronField minute;
  private final CronField hour;
  private final CronField dayOfMonth;
  private final CronField month;
  private final CronField dayOfWeek;

  private CronSchedule(String key, ZoneId zone, List<CronField> fields) {
    this.key = key;
    this.zone = zone;
    this.minute = fields.get(0);
    this.hour = fields.get(1);
    this.dayOfMonth = fields.get(2);
    this.month = fields.get(3);
    this.dayOfWeek = fields.get(4);
  }

  /**
   * @param timeZone an IANA name; UTC where it is null or empty
   * @param seed what {@code @daily-random} is derived from: a UID, so that it is the same for ever
   * @throws InvalidScheduleException which field is wrong, what was seen and what is allowed
   */
  public static CronSchedule of(String expression, String timeZone, String seed) {
    String seen = expression == null ? "" : expression.strip().replaceAll("\\s+", " ");
    ZoneId zone = zone(timeZone);
    String plain = plain(seen, seed);
    List<String> parts = List.of(plain.split(" "));
    if (plain.isEmpty() || parts.size() != 5) {
      throw new InvalidScheduleException(
          "cron",
          "cron \"%s\" has %d fields; it takes five: minute, hour, day of month, month, day of week.%s"
              .formatted(
                  seen,
                  plain.isEmpty() ? 0 : parts.size(),
                  parts.size() == 6 ? " There are no seconds." : ""));
    }
    var fields =
        java.util.stream.IntStream.range(0, 5)
            .mapToObj(i -> CronField.parse(Kind.values()[i], parts.get(i), seen))
            .toList();
    String shown = seen.equals(plain) ? seen : "%s (%s)".formatted(seen, plain);
    var schedule = new CronSchedule(shown + " " + zone.getId(), zone, fields);
    if (!schedule.occurs()) {
      throw new InvalidScheduleException(
          Kind.DAY_OF_MONTH.words(),
          "cron \"%s\" never occurs: no month \"%s\" has a day of month \"%s\"."
              .formatted(seen, parts.get(3), parts.get(2)));
    }
    return schedule;
  }

  private static String plain(String seen, String seed) {
    String lower = seen.toLowerCase(Locale.ROOT);
    if (lower.equals(DAILY_RANDOM)) {
      int at =
          (int) (Long.parseLong(Sha256.of("daily-random\0" + seed), 0, 8, 16) % MINUTES_PER_DAY);
      return "%d %d * * *".formatted(at % 60, at / 60);
    }
    if (lower.startsWith("@")) {
      return Optional.ofNullable(NAMED.get(lower))
          .orElseThrow(
              () ->
                  new InvalidScheduleException(
                      "cron",
                      "cron \"%s\" is not known; allowed are five fields, @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually and @daily-random."
                          .formatted(seen)));
    }
    if (lower.startsWith("tz=") || lower.startsWith("cron_tz=")) {
      throw new InvalidScheduleException(
          "cron", "cron \"%s\" names a time zone; name it in timeZone.".formatted(seen));
    }
    return seen;
  }

  private static ZoneId zone(String timeZone) {
    if (timeZone == null || timeZone.isBlank()) {
      return ZoneId.of("UTC");
    }
    if (ZoneRulesProvider.getAvailableZoneIds().contains(timeZone)) {
      return ZoneId.of(timeZone);
    }
    String near =
        ZoneRulesProvider.getAvailableZoneIds().stream()
            .filter(timeZone.strip()::equalsIgnoreCase)
            .findFirst()
            .map(" Did you mean %s?"::formatted)
            .orElse("");
    throw new InvalidScheduleException(
        "timeZone",
        "timeZone \"%s\" is not known; allowed are names of the IANA time zone database, for example Europe/Berlin or Etc/UTC.%s"
            .formatted(timeZone, near));
  }

  /** Expression and zone as text: the same for the same times, to see that a schedule changed. */
  public String key() {
    return key;
  }

  public ZoneId zone() {
    return zone;
  }

  /** The first time after this instant. */
  public Instant next(Instant after) {
    return hour.bits() == ALL_HOURS ? nextInRealTime(after) : nextInLocalTime(after);
  }

  /** The last time after the one instant, and not after the other. */
  public Optional<Instant> last(Instant after, Instant upTo) {
    if (!after.isBefore(upTo)) {
      return Optional.empty();
    }
    Duration all = Duration.between(after, upTo);
    // Backwards in growing windows: as cheap for every minute of years as for once in years.
    for (Duration window = FIRST_WINDOW; ; window = window.multipliedBy(8)) {
      Instant from = window.compareTo(all) < 0 ? upTo.minus(window) : after;
      Instant found = null;
      for (Instant time = next(from); !time.isAfter(upTo); time = next(time)) {
        found = time;
      }
      if (found != null || from.equals(after)) {
        return Optional.ofNullable(found);
      }
    }
  }

  /**
   * How many times there are after the one instant, and not after the other.
   *
   * @param limit counted no further: the answer is never more
   */
  public long count(Instant after, Instant upTo, long limit) {
    long count = 0;
    for (Instant time = next(after); count < limit && !time.isAfter(upTo); time = next(time)) {
      count++;
    }
    return count;
  }

  /** Local times in order, each at its first instant: that order is the order of the instants. */
  private Instant nextInLocalTime(Instant after) {
    ZoneRules rules = zone.getRules();
    LocalDateTime local =
        nextMatch(LocalDateTime.ofInstant(after, zone).truncatedTo(ChronoUnit.MINUTES));
    while (!firstInstant(local, rules).isAfter(after)) {
      local = nextMatch(local.plusMinutes(1));
    }
    return firstInstant(local, rules);
  }

  private static Instant firstInstant(LocalDateTime local, ZoneRules rules) {
    ZoneOffsetTransition change = rules.getTransition(local);
    if (change != null && change.isGap()) {
      return change.getInstant();
    }
    return local.toInstant(rules.getOffset(local)); // the earlier one where it occurs twice
  }

  /** The stretches of one offset after each other: a local time is as often as it occurs. */
  private Instant nextInRealTime(Instant after) {
    ZoneRules rules = zone.getRules();
    Instant start = after;
    ZoneOffset offset = rules.getOffset(start);
    LocalDateTime local =
        LocalDateTime.ofInstant(start, offset).truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
    while (true) {
      Instant found = nextMatch(local).toInstant(offset);
      ZoneOffsetTransition change = rules.nextTransition(start);
      if (change == null || found.isBefore(change.getInstant())) {
        return found;
      }
      start = change.getInstant();
      offset = change.getOffsetAfter();
      LocalDateTime exact = LocalDateTime.ofInstant(start, offset);
      LocalDateTime whole = exact.truncatedTo(ChronoUnit.MINUTES);
      local = whole.equals(exact) ? whole : whole.plusMinutes(1);
    }
  }

  /** The first local time from this one on that the expression matches. */
  private LocalDateTime nextMatch(LocalDateTime from) {
    LocalDate day = nextDay(from.toLocalDate());
    if (day.equals(from.toLocalDate())) {
      Optional<LocalTime> time = timeOfDay(from.getHour(), from.getMinute());
      if (time.isPresent()) {
        return day.atTime(time.get());
      }
      day = nextDay(day.plusDays(1));
    }
    return day.atTime(timeOfDay(0, 0).orElseThrow());
  }

  private Optional<LocalTime> timeOfDay(int fromHour, int fromMinute) {
    int h = hour.from(fromHour);
    int m = minute.from(h == fromHour ? fromMinute : 0);
    if (h >= 0 && m < 0) {
      h = hour.from(h + 1);
      m = minute.from(0);
    }
    return h < 0 ? Optional.empty() : Optional.of(LocalTime.of(h, m));
  }

  private LocalDate nextDay(LocalDate from) {
    LocalDate day = from;
    while (!matches(day)) {
      day =
          month.admits(day.getMonthValue()) ? day.plusDays(1) : day.withDayOfMonth(1).plusMonths(1);
    }
    return day;
  }

  private boolean matches(LocalDate day) {
    if (!month.admits(day.getMonthValue())) {
      return false;
    }
    boolean ofMonth = dayOfMonth.admits(day.getDayOfMonth());
    boolean ofWeek = dayOfWeek.admits(day.getDayOfWeek().getValue() % 7);
    return dayOfMonth.star() || dayOfWeek.star() ? ofMonth && ofWeek : ofMonth || ofWeek;
  }

  /** In 400 years the calendar repeats, and every date falls on every day of the week. */
  private boolean occurs() {
    if (!dayOfMonth.star() && !dayOfWeek.star()) {
      return true;
    }
    for (int m = month.from(1); m > 0; m = month.from(m + 1)) {
      if (dayOfMonth.from(1) <= java.time.Month.of(m).maxLength()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CronSchedule schedule && key.equals(schedule.key);
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }

  /** For humans, for example {@code 30 2 * * * Europe/Berlin}. */
  @Override
  public String toString() {
    return key;
  }
}
