package dev.litehaven.operator.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The expressions. Days on which the clock changes are in {@link DaylightSavingTest}. */
class CronScheduleTest {
  private static final Instant NEW_YEAR = Instant.parse("2026-01-01T00:00:00Z"); // a Thursday

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "* * * * *         | 2026-01-01T00:01:00Z | 2026-01-01T00:02:00Z",
        "*/15 * * * *      | 2026-01-01T00:15:00Z | 2026-01-01T00:30:00Z",
        "5/20 * * * *      | 2026-01-01T00:05:00Z | 2026-01-01T00:25:00Z",
        "0 0 * * *         | 2026-01-02T00:00:00Z | 2026-01-03T00:00:00Z",
        "30 2,14 * * *     | 2026-01-01T02:30:00Z | 2026-01-01T14:30:00Z",
        "0 9-17/4 * * *    | 2026-01-01T09:00:00Z | 2026-01-01T13:00:00Z",
        "0 0 31 * *        | 2026-01-31T00:00:00Z | 2026-03-31T00:00:00Z",
        "0 0 29 2 *        | 2028-02-29T00:00:00Z | 2032-02-29T00:00:00Z",
        "0 0 * JAN,dec *   | 2026-01-02T00:00:00Z | 2026-01-03T00:00:00Z",
        "0 0 1 feb-MAR *   | 2026-02-01T00:00:00Z | 2026-03-01T00:00:00Z",
        "0 0 * * 0         | 2026-01-04T00:00:00Z | 2026-01-11T00:00:00Z",
        "0 0 * * 7         | 2026-01-04T00:00:00Z | 2026-01-11T00:00:00Z",
        "0 0 * * sun       | 2026-01-04T00:00:00Z | 2026-01-11T00:00:00Z",
        "0 0 * * SAT-SUN   | 2026-01-03T00:00:00Z | 2026-01-04T00:00:00Z",
        "0 0 * * 5-7       | 2026-01-02T00:00:00Z | 2026-01-03T00:00:00Z",
        "0 0 * * 5/2       | 2026-01-02T00:00:00Z | 2026-01-09T00:00:00Z",
        "0 0 * * MON-FRI/2 | 2026-01-02T00:00:00Z | 2026-01-05T00:00:00Z",
        "0 0 1-7 * *       | 2026-01-02T00:00:00Z | 2026-01-03T00:00:00Z",
        "@hourly           | 2026-01-01T01:00:00Z | 2026-01-01T02:00:00Z",
        "@daily            | 2026-01-02T00:00:00Z | 2026-01-03T00:00:00Z",
        "@midnight         | 2026-01-02T00:00:00Z | 2026-01-03T00:00:00Z",
        "@weekly           | 2026-01-04T00:00:00Z | 2026-01-11T00:00:00Z",
        "@Monthly          | 2026-02-01T00:00:00Z | 2026-03-01T00:00:00Z",
        "@yearly           | 2027-01-01T00:00:00Z | 2028-01-01T00:00:00Z",
        "@annually         | 2027-01-01T00:00:00Z | 2028-01-01T00:00:00Z",
      })
  void theNextTwoTimes(String expression, Instant first, Instant second) {
    CronSchedule cron = utc(expression);
    assertThat(cron.next(NEW_YEAR)).isEqualTo(first);
    assertThat(cron.next(first)).isEqualTo(second);
    assertThat(cron.next(first.minusMillis(1))).isEqualTo(first);
    assertThat(cron.last(NEW_YEAR, second)).contains(second);
    assertThat(cron.last(NEW_YEAR, second.minusNanos(1))).contains(first);
    assertThat(cron.last(NEW_YEAR, first.minusNanos(1))).isEmpty();
    assertThat(cron.count(NEW_YEAR, second, 100)).isEqualTo(2);
  }

  /**
   * As POSIX and Kubernetes have it; Vixie cron takes any field that begins with a star for one.
   */
  @Test
  void whereBothDayFieldsSaySomethingEitherIsEnough() {
    assertThat(times(utc("0 0 13 * FRI"), NEW_YEAR, 4))
        .containsExactly(
            day("2026-01-02"), day("2026-01-09"), day("2026-01-13"), day("2026-01-16"));
    assertThat(times(utc("0 0 */10 * MON"), NEW_YEAR, 3))
        .containsExactly(day("2026-01-05"), day("2026-01-11"), day("2026-01-12"));
    assertThat(times(utc("0 0 */1 * MON"), NEW_YEAR, 2))
        .containsExactly(day("2026-01-05"), day("2026-01-12"));
  }

  @Test
  void theLongestPauseIsFoundAndIsNoEndlessLoop() {
    // 2100 is no leap year.
    CronSchedule cron = utc("0 0 29 2 *");
    assertThat(cron.next(day("2096-03-01"))).isEqualTo(day("2104-02-29"));
    assertThat(cron.last(day("2020-01-01"), day("2104-01-01"))).contains(day("2096-02-29"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 30-31 FEB *", "0 0 31 2 */1"})
  @Timeout(1)
  void whatNeverOccursIsRefused(String expression) {
    assertThatThrownBy(() -> utc(expression))
        .isInstanceOf(InvalidScheduleException.class)
        .hasMessageContaining("never occurs")
        .hasMessageContaining(expression);
  }

  @Test
  void thirtiethOfFebruaryOrAnyMondayDoesOccur() {
    assertThat(utc("0 0 30 2 MON").next(NEW_YEAR)).isEqualTo(day("2026-02-02"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "60 * * * *     | minute       | \"60\" is not one of 0 to 59",
        "* 24 * * *     | hour         | \"24\" is not one of 0 to 23",
        "* * 0 * *      | day of month | \"0\" is not one of 1 to 31",
        "* * * 13 *     | month        | \"13\" is not one of 1 to 12 or JAN to DEC",
        "* * * * 8      | day of week  | \"8\" is not one of 0 to 7 or SUN to SAT",
        "* * * FOO *    | month        | \"FOO\" is not one of",
        "* * ? * *      | day of month | \"?\" is not one of",
        "* * L * *      | day of month | \"L\" is not one of",
        "* -1 * * *     | hour         | \"\" is not one of",
        "* 22-2 * * *   | hour         | write it as two, \"22-23,0-2\"",
        "* * * * FRI-MON| day of week  | write it as two, \"FRI-6,0-MON\"",
        "1,,2 * * * *   | minute       | empty element in \"1,,2\"",
        "*/0 * * * *    | minute       | the step \"/0\"; a step is 1 to 59",
        "*/99 * * * *   | minute       | the step \"/99\"",
        "*/ * * * *     | minute       | the step \"/\"",
        "* * * *        | cron         | has 4 fields; it takes five",
        "0 0 3 * * *    | cron         | There are no seconds.",
        "''             | cron         | has 0 fields",
        "@reboot        | cron         | allowed are five fields, @hourly",
        "@every 1h      | cron         | allowed are five fields, @hourly",
        "TZ=UTC 0 0 * * * | cron       | name it in timeZone",
        "99999999999 * * * * | minute  | \"99999999999\" is not one of",
      })
  void anErrorSaysWhichFieldWhatWasSeenAndWhatIsAllowed(
      String expression, String field, String message) {
    assertThatThrownBy(() -> utc(expression))
        .isInstanceOfSatisfying(
            InvalidScheduleException.class, e -> assertThat(e.field()).isEqualTo(field))
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Europe/Atlantis", "Local", "+02:00", "CEST", "europe/berlin"})
  void aZoneIsOneOfTheDatabase(String zone) {
    assertThatThrownBy(() -> CronSchedule.of("@daily", zone, "uid"))
        .isInstanceOfSatisfying(
            InvalidScheduleException.class, e -> assertThat(e.field()).isEqualTo("timeZone"))
        .hasMessageContaining(zone)
        .hasMessageContaining("IANA");
  }

  @Test
  void aZoneInOtherLettersIsSuggested() {
    assertThatThrownBy(() -> CronSchedule.of("@daily", "europe/berlin", "uid"))
        .hasMessageContaining("Did you mean Europe/Berlin?");
  }

  @Test
  void noZoneIsUtc() {
    assertThat(CronSchedule.of("@daily", null, "").zone()).isEqualTo(ZoneId.of("UTC"));
    assertThat(CronSchedule.of("@daily", "", "")).isEqualTo(utc("@daily"));
  }

  @Test
  void dailyRandomIsOnceADayAtAMinuteThatStays() {
    CronSchedule cron = CronSchedule.of("@daily-random", "Europe/Berlin", "uid-1");
    assertThat(cron).isEqualTo(CronSchedule.of("@daily-random", "Europe/Berlin", "uid-1"));
    List<Instant> times = times(cron, NEW_YEAR, 20);
    assertThat(times.stream().map(time -> time.atZone(cron.zone()).toLocalTime()).distinct())
        .hasSize(1);
    assertThat(times.stream().map(time -> time.atZone(cron.zone()).toLocalDate()).distinct())
        .hasSize(20);
  }

  @Test
  void dailyRandomIsSpreadOverTheDay() {
    Long[] hours = new Long[24];
    java.util.Arrays.fill(hours, 0L);
    IntStream.range(0, 2400)
        .mapToObj(i -> CronSchedule.of("@daily-random", null, "uid-" + i).next(NEW_YEAR))
        .forEach(time -> hours[time.atZone(ZoneId.of("UTC")).getHour()]++);
    assertThat(hours).allSatisfy(count -> assertThat(count).isBetween(60L, 140L));
  }

  @Test
  void aScheduleIsAValueAndSaysWhatItIs() {
    CronSchedule cron = CronSchedule.of(" 30  2 * *\t* ", "Europe/Berlin", "a");
    assertThat(cron)
        .hasToString("30 2 * * * Europe/Berlin")
        .isEqualTo(CronSchedule.of("30 2 * * *", "Europe/Berlin", "b"))
        .hasSameHashCodeAs(CronSchedule.of("30 2 * * *", "Europe/Berlin", "b"))
        .isNotEqualTo(utc("30 2 * * *"));
    assertThat(utc("@daily")).hasToString("@daily (0 0 * * *) UTC");
    assertThat(CronSchedule.of("@daily-random", null, "a"))
        .isNotEqualTo(CronSchedule.of("@daily-random", null, "b"));
  }

  @Test
  @Timeout(2)
  void yearsOfEveryMinuteAreNeitherSlowNorCountedForEver() {
    CronSchedule cron = utc("* * * * *");
    Instant now = Instant.parse("2026-06-01T12:34:56Z");
    assertThat(cron.last(Instant.EPOCH, now)).contains(Instant.parse("2026-06-01T12:34:00Z"));
    assertThat(cron.count(Instant.EPOCH, now, 10_000)).isEqualTo(10_000);
    assertThat(utc("0 0 29 2 *").last(Instant.EPOCH, now)).contains(day("2024-02-29"));
  }

  /** Against the dull way: every minute of two weeks, asked one by one. */
  @Test
  void agreesWithLookingAtEveryMinute() {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      String expression =
          String.join(
              " ",
              field(random, 0, 59),
              field(random, 0, 23),
              field(random, 1, 28),
              field(random, 1, 12),
              field(random, 0, 7));
      CronSchedule cron = utc(expression);
      Instant from = NEW_YEAR.plus(random.nextInt(365), ChronoUnit.DAYS);
      Instant to = from.plus(14, ChronoUnit.DAYS);
      var expected = new ArrayList<Instant>();
      for (Instant at = from.plusSeconds(60); !at.isAfter(to); at = at.plusSeconds(60)) {
        if (dull(expression, LocalDateTime.ofInstant(at, ZoneId.of("UTC")))) {
          expected.add(at);
        }
      }
      var seen = new ArrayList<Instant>();
      for (Instant at = cron.next(from); !at.isAfter(to); at = cron.next(at)) {
        seen.add(at);
      }
      assertThat(seen).as("seed %d: %s", seed, expression).isEqualTo(expected);
      assertThat(cron.count(from, to, 1_000_000)).isEqualTo(expected.size());
      assertThat(cron.last(from, to).stream().toList())
          .isEqualTo(expected.isEmpty() ? List.of() : List.of(expected.getLast()));
    }
  }

  private static String field(Random random, int min, int max) {
    int a = min + random.nextInt(max - min + 1);
    int b = a + random.nextInt(max - a + 1);
    return switch (random.nextInt(6)) {
      case 0 -> String.valueOf(a);
      case 1 -> a + "-" + b;
      case 2 -> a + "," + b;
      case 3 -> a + "-" + b + "/" + (1 + random.nextInt(5));
      default -> "*";
    };
  }

  private static boolean dull(String expression, LocalDateTime at) {
    String[] fields = expression.split(" ");
    boolean ofMonth = dull(fields[2], at.getDayOfMonth());
    int weekday = at.getDayOfWeek().getValue();
    boolean ofWeek = dull(fields[4], weekday) || weekday == 7 && dull(fields[4], 0);
    return dull(fields[0], at.getMinute())
        && dull(fields[1], at.getHour())
        && dull(fields[3], at.getMonthValue())
        && (fields[2].equals("*") || fields[4].equals("*") ? ofMonth && ofWeek : ofMonth || ofWeek);
  }

  private static boolean dull(String field, int value) {
    if (field.equals("*")) {
      return true;
    }
    if (field.contains(",")) {
      return List.of(field.split(",")).contains(String.valueOf(value));
    }
    String[] parts = field.split("[-/]");
    int low = Integer.parseInt(parts[0]);
    int high = parts.length > 1 ? Integer.parseInt(parts[1]) : low;
    int step = parts.length > 2 ? Integer.parseInt(parts[2]) : 1;
    return value >= low && value <= high && (value - low) % step == 0;
  }

  private static List<Instant> times(CronSchedule cron, Instant after, int count) {
    return java.util.stream.Stream.iterate(cron.next(after), cron::next).limit(count).toList();
  }

  private static Instant day(String date) {
    return Instant.parse(date + "T00:00:00Z");
  }

  private static CronSchedule utc(String expression) {
    return CronSchedule.of(expression, "UTC", "uid");
  }

  @Test
  void timesAreWholeMinutes() {
    Instant odd = NEW_YEAR.plus(Duration.ofMillis(61_234));
    assertThat(utc("* * * * *").next(odd)).isEqualTo(NEW_YEAR.plusSeconds(120));
  }
}
