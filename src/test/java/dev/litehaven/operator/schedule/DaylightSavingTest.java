package dev.litehaven.operator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * In Berlin the clock jumps from 02:00 to 03:00 on 2026-03-29, and back from 03:00 to 02:00 on
 * 2026-10-25.
 */
class DaylightSavingTest {
  private static final String BERLIN = "Europe/Berlin";
  private static final String SPRING = "2026-03-29";
  private static final String AUTUMN = "2026-10-25";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "30 2 * * *       | 03:00+02:00",
        "0 2 * * *        | 03:00+02:00",
        "59 2 * * *       | 03:00+02:00",
        "0 3 * * *        | 03:00+02:00",
        "59 1 * * *       | 01:59+01:00",
        "@daily           | 00:00+01:00",
        "*/15 2 * * *     | 03:00+02:00",
        "30 2,3 * * *     | 03:00+02:00 03:30+02:00",
        "0 2,3 * * *      | 03:00+02:00",
        "0 2-4 * * *      | 03:00+02:00 04:00+02:00",
        "0 */6 * * *      | 00:00+01:00 06:00+02:00 12:00+02:00 18:00+02:00",
        "0 */2 * 3 SUN    | 00:00+01:00 03:00+02:00 04:00+02:00 06:00+02:00 08:00+02:00 10:00+02:00 12:00+02:00 14:00+02:00 16:00+02:00 18:00+02:00 20:00+02:00 22:00+02:00",
      })
  void springFixedTimes(String expression, String times) {
    assertThat(on(SPRING, expression, BERLIN)).isEqualTo(times);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "30 2 * * *       | 02:30+02:00",
        "0 2 * * *        | 02:00+02:00",
        "0 3 * * *        | 03:00+01:00",
        "59 1 * * *       | 01:59+02:00",
        "@daily           | 00:00+02:00",
        "*/15 2 * * *     | 02:00+02:00 02:15+02:00 02:30+02:00 02:45+02:00",
        "30 2,3 * * *     | 02:30+02:00 03:30+01:00",
        "0 */6 * * *      | 00:00+02:00 06:00+01:00 12:00+01:00 18:00+01:00",
      })
  void autumnFixedTimes(String expression, String times) {
    assertThat(on(AUTUMN, expression, BERLIN)).isEqualTo(times);
  }

  /** 23 real hours in spring, 25 in autumn. */
  @Test
  void everyHourKeepsItsPace() {
    for (String expression : List.of("30 * * * *", "@hourly", "15 0-23 * * *")) {
      assertThat(on(SPRING, expression, BERLIN).split(" ")).hasSize(23);
      assertThat(on(AUTUMN, expression, BERLIN).split(" ")).hasSize(25);
    }
    assertThat(on(SPRING, "*/15 * * * *", BERLIN).split(" ")).hasSize(92);
    assertThat(on(AUTUMN, "*/15 * * * *", BERLIN).split(" ")).hasSize(100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"* * * * *", "*/15 * * * *", "30 * * * *", "59 * * * *", "@hourly"})
  void everyHourHasNoPauseAndNoHasteAroundTheChanges(String expression) {
    for (String date : List.of(SPRING, AUTUMN)) {
      CronSchedule cron = CronSchedule.of(expression, BERLIN, "uid");
      Instant time = cron.next(Instant.parse(date + "T00:00:00Z").minusSeconds(6 * 3600));
      Duration pace = Duration.between(time, cron.next(time));
      for (int i = 0; i < 12; i++) {
        Instant next = cron.next(time);
        assertThat(Duration.between(time, next)).isEqualTo(pace);
        time = next;
      }
    }
  }

  @Test
  void everyTimeOfDayIsOnceOnBothDays() {
    for (String zone : List.of(BERLIN, "America/New_York", "Australia/Lord_Howe", "Africa/Cairo")) {
      for (int minute = 0; minute < 24 * 60; minute += 5) {
        CronSchedule cron =
            CronSchedule.of("%d %d * * *".formatted(minute % 60, minute / 60), zone, "uid");
        Instant time = Instant.parse("2026-01-01T00:00:00Z");
        LocalDate day = cron.next(time).atZone(ZoneId.of(zone)).toLocalDate();
        for (int i = 0; i < 366; i++) {
          time = cron.next(time);
          assertThat(time.atZone(ZoneId.of(zone)).toLocalDate()).isEqualTo(day);
          day = day.plusDays(1);
        }
      }
    }
  }

  /** Libraries lose the whole day here: the clock jumps from 00:00 to 01:00. */
  @Test
  void midnightThatDoesNotExist() {
    assertThat(on("2025-04-25", "@daily", "Africa/Cairo")).isEqualTo("01:00+03:00");
    assertThat(on("2025-04-25", "30 0 * * *", "Africa/Cairo")).isEqualTo("01:00+03:00");
    assertThat(on("2025-04-25", "5 0 * * FRI", "Africa/Cairo")).isEqualTo("01:00+03:00");
    assertThat(on("2025-04-25", "0 */2 * * *", "Africa/Cairo")).startsWith("01:00+03:00 02:00");
  }

  /** In Cairo, midnight of that Friday: 23:00 to 24:00 on Thursday are there twice. */
  @Test
  void theHourBeforeMidnightTwice() {
    assertThat(on("2025-10-30", "30 23 * * *", "Africa/Cairo")).isEqualTo("23:30+03:00");
    assertThat(on("2025-10-30", "30 * * * *", "Africa/Cairo"))
        .endsWith("22:30+03:00 23:30+03:00 23:30+02:00");
  }

  @Test
  void halfAnHour() {
    assertThat(on("2026-10-04", "15 2 * * *", "Australia/Lord_Howe")).isEqualTo("02:30+11:00");
    assertThat(on("2026-04-05", "45 1 * * *", "Australia/Lord_Howe")).isEqualTo("01:45+11:00");
    assertThat(on("2026-10-04", "*/30 * * * *", "Australia/Lord_Howe").split(" ")).hasSize(47);
  }

  /** Samoa left out 30 December 2011. */
  @Test
  void aWholeDayThatDoesNotExist() {
    assertThat(on("2011-12-30", "30 2 * * *", "Pacific/Apia")).isEmpty();
    assertThat(on("2011-12-31", "30 2 * * *", "Pacific/Apia")).isEqualTo("00:00+14:00 02:30+14:00");
    assertThat(on("2011-12-31", "0 4 30 12 *", "Pacific/Apia")).isEqualTo("00:00+14:00");
  }

  @Test
  void askedInTheMiddleOfTheChange() {
    CronSchedule daily = CronSchedule.of("30 2 * * *", BERLIN, "uid");
    // the second 02:15, after the run at the first 02:30
    assertThat(daily.next(Instant.parse("2026-10-25T01:15:00Z")))
        .isEqualTo(Instant.parse("2026-10-26T01:30:00Z"));
    // the very instant of the jump is the run's time
    assertThat(daily.next(Instant.parse("2026-03-29T01:00:00Z")))
        .isEqualTo(Instant.parse("2026-03-30T00:30:00Z"));
    assertThat(daily.next(Instant.parse("2026-03-29T00:59:59Z")))
        .isEqualTo(Instant.parse("2026-03-29T01:00:00Z"));
  }

  /** Whatever the zone and the expression: times go up, and asking from anywhere finds the same. */
  @Test
  void timesAreOneRowWhereverOneAsksFrom() {
    List<String> zones = ZoneId.getAvailableZoneIds().stream().sorted().toList();
    for (int seed = 0; seed < 400; seed++) {
      var random = new Random(seed);
      String zone = zones.get(random.nextInt(zones.size()));
      List<String> some =
          List.of(
              "*/7 * * * *",
              "13 * * * *",
              "0 */3 * * *",
              "*/20 0-3 * * *",
              "30 2 * * *",
              "@weekly");
      CronSchedule cron = CronSchedule.of(some.get(random.nextInt(some.size())), zone, "uid");
      Instant from =
          Instant.parse("1970-01-01T00:00:00Z").plusSeconds(random.nextInt(1_900_000_000));
      Instant to = from.plus(Duration.ofDays(20));
      var row = new ArrayList<Instant>();
      for (Instant at = cron.next(from); !at.isAfter(to); at = cron.next(at)) {
        row.add(at);
      }
      assertThat(row).as(seed + " " + cron).isSorted().doesNotHaveDuplicates();
      for (int i = 0; i < 50 && !row.isEmpty(); i++) {
        int at = random.nextInt(row.size());
        Instant before = at == 0 ? from : row.get(at - 1);
        long between = Duration.between(before, row.get(at)).toSeconds();
        Instant asked = before.plusSeconds(random.nextLong(between));
        assertThat(cron.next(asked)).as(seed + " " + cron + " " + asked).isEqualTo(row.get(at));
        assertThat(cron.last(from, row.get(at))).contains(row.get(at));
      }
    }
  }

  private static String on(String date, String expression, String zone) {
    CronSchedule cron = CronSchedule.of(expression, zone, "uid");
    LocalDate day = LocalDate.parse(date);
    ZonedDateTime start = day.atStartOfDay(ZoneId.of(zone));
    var times = new ArrayList<String>();
    for (Instant at = cron.next(start.toInstant().minusSeconds(1)); ; at = cron.next(at)) {
      ZonedDateTime local = at.atZone(ZoneId.of(zone));
      if (local.toLocalDate().isAfter(day)) {
        return String.join(" ", times);
      }
      times.add(local.toOffsetDateTime().toString().substring(11));
    }
  }
}
