package dev.litehaven.operator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.operator.schedule.Run.Outcome;
import dev.litehaven.operator.schedule.RunKey.Scheduled;
import dev.litehaven.operator.schedule.SchedulePlan.Passed;
import dev.litehaven.operator.schedule.SchedulePlan.Start;
import dev.litehaven.operator.schedule.ScheduleSpec.ConcurrencyPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Schedules in simulated time, with runs of any length that fail or hang, crashes before the state
 * is written, operators that are away, clocks that run back, requests and stops.
 */
class ScheduleWorldTest {
  private static final int WORLDS = 500;

  @Test
  void everyTimeIsRunMissedOrMadeUpForAndNoneTwice() {
    long starts = 0;
    long missed = 0;
    long crashes = 0;
    for (int seed = 0; seed < WORLDS; seed++) {
      var world = new World(seed);
      try {
        world.live();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + " at " + world.due.now + ": " + world, e);
      }
      starts += world.starts;
      missed += world.due.state.missedRuns();
      crashes += world.crashes;
    }
    System.out.printf(
        "%d worlds, %d runs, %d missed, %d crashes%n", WORLDS, starts, missed, crashes);
    assertThat(starts).isGreaterThan(10_000);
    assertThat(missed).isGreaterThan(10_000);
    assertThat(crashes).isGreaterThan(1_000);
  }

  /** Only woken when a plan asks for it, or a run ends: nothing is forgotten. */
  @Test
  void threeHundredDatabasesInSimulatedTime() {
    var due = new Due("2026-03-26T12:00:00Z", SchedulePlannerTest.names(300));
    due.cron = "0 2 * * *";
    due.zone = "Europe/Berlin";
    due.maxConcurrent = 10;
    var random = new Random(1);
    var ends = new TreeMap<Instant, List<Start>>();
    Instant end = Instant.parse("2026-04-02T12:00:00Z"); // the clock changes on 29 March
    int most = 0;
    int mostAtOnce = 0;
    long plans = 0;
    due.go();
    while (due.now.isBefore(end)) {
      Instant next = due.plan.wakeAt().orElseThrow();
      if (!ends.isEmpty() && ends.firstKey().isBefore(next)) {
        next = ends.firstKey();
      }
      due.now = next;
      for (Start ended :
          ends.headMap(next, true).values().stream().flatMap(List::stream).toList()) {
        World.end(due, ended, Outcome.SUCCEEDED);
      }
      ends.headMap(next, true).clear();
      due.go();
      plans++;
      mostAtOnce = Math.max(mostAtOnce, due.plan.starts().size());
      for (Start start : due.plan.starts()) {
        ends.computeIfAbsent(due.now.plusSeconds(20 + random.nextInt(120)), _ -> new ArrayList<>())
            .add(start);
      }
      most = Math.max(most, World.running(due));
    }
    System.out.printf("%d plans, at most %d runs at once%n", plans, most);
    assertThat(most).isBetween(5, 10);
    assertThat(mostAtOnce).isLessThanOrEqualTo(10);
    assertThat(due.state.missedRuns()).isZero();
    assertThat(due.runs.values()).allSatisfy(runs -> assertThat(runs).hasSize(7));
    assertThat(plans).isLessThan(30_000);
  }

  /** More to do than can be done: all get their turn, and what is left out is counted. */
  @Test
  void whenThereIsTooMuchToDoNobodyIsLeftOutForEver() {
    var due = new Due("2026-03-20T12:00:00Z", SchedulePlannerTest.names(40));
    due.cron = "*/10 * * * *";
    due.maxConcurrent = 1;
    due.go();
    for (int minute = 0; minute < 5 * 24 * 60; minute += 5) {
      due.now = due.now.plusSeconds(300);
      due.end(Outcome.SUCCEEDED).go();
    }
    assertThat(due.runs.values())
        .allSatisfy(runs -> assertThat(runs).hasSizeBetween(1440 / 40 - 2, 1440 / 40 + 2));
    assertThat(due.state.missedRuns()).isGreaterThan(10_000);
  }

  private static final class World {
    private static final List<String> CRONS =
        List.of(
            "0 2 * * *", "@hourly", "*/20 * * * *", "30 */6 * * *", "@daily-random", "7 1-3 * * *");
    private static final List<String> ZONES =
        List.of("UTC", "Europe/Berlin", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe");

    final Random random;
    final Due due;
    final CronSchedule cron;
    final Instant begin;
    boolean crashing;
    final boolean clockJumps;
    final double failing;
    final double hanging;
    final Map<Start, Instant> ends = new java.util.HashMap<>();
    final Map<String, List<Instant>> run = new TreeMap<>();
    final Map<String, List<Passed>> passed = new TreeMap<>();
    int starts;
    int crashes;
    int requests;

    World(int seed) {
      random = new Random(seed);
      begin = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(random.nextInt(400 * 86_400));
      due = new Due(begin.toString(), SchedulePlannerTest.names(1 + random.nextInt(6)));
      due.cron = CRONS.get(random.nextInt(CRONS.size()));
      due.zone = ZONES.get(random.nextInt(ZONES.size()));
      due.maxConcurrent = 1 + random.nextInt(4);
      due.policy = ConcurrencyPolicy.values()[random.nextInt(2)];
      due.deadline = random.nextBoolean() ? null : Duration.ofMinutes(1 + random.nextInt(180));
      cron = due.spec().cron();
      crashing = random.nextInt(3) == 0;
      clockJumps = random.nextInt(4) == 0;
      failing = random.nextInt(3) * 0.3;
      hanging = random.nextInt(3) * 0.02;
    }

    void live() {
      Instant end = begin.plus(Duration.ofDays(4));
      Instant newest = due.now;
      turn();
      while (newest.isBefore(end)) {
        long step = random.nextInt(20) == 0 ? random.nextInt(86_400) : 30 + random.nextInt(900);
        boolean back = clockJumps && random.nextInt(40) == 0;
        due.now = back ? due.now.minusSeconds(random.nextInt(20_000)) : due.now.plusSeconds(step);
        newest = newest.isAfter(due.now) ? newest : due.now;
        turn();
      }
      due.now = newest;
      crashing = false;
      for (int i = 0; i < 3; i++) {
        turn();
      }
      check(newest);
    }

    private void turn() {
      for (Start start : List.copyOf(ends.keySet())) {
        if (!ends.get(start).isAfter(due.now)) {
          end(due, start, random.nextDouble() < failing ? Outcome.FAILED : Outcome.SUCCEEDED);
          ends.remove(start);
        }
      }
      if (random.nextInt(60) == 0) {
        due.request = "request-" + requests++;
      }
      // What passes before the first state is written is before the beginning.
      boolean crash = crashing && !due.state.cron().isEmpty() && random.nextInt(4) == 0;
      var known = due.state;
      if (crash) {
        due.startAndCrash();
        crashes++;
      } else {
        due.go();
        due.plan
            .passed()
            .forEach(
                one -> passed.computeIfAbsent(one.identity(), _ -> new ArrayList<>()).add(one));
        assertThat(due.state.missedRuns() - known.missedRuns())
            .isEqualTo(due.plan.passed().stream().mapToLong(Passed::count).sum());
      }
      for (Start start : due.plan.starts()) {
        assertThat(ends).as("started again").doesNotContainKey(start);
        boolean hangs = random.nextDouble() < hanging;
        ends.put(start, due.now.plusSeconds(hangs ? 500_000 : 10 + random.nextInt(3_000)));
        starts++;
        if (start.key() instanceof Scheduled(Instant time)) {
          assertThat(time).isBeforeOrEqualTo(due.now);
          run.computeIfAbsent(start.identity(), _ -> new ArrayList<>()).add(time);
        }
      }
      for (SchedulePlan.Stop stop : due.plan.stops()) {
        assertThat(due.policy).isEqualTo(ConcurrencyPolicy.REPLACE);
        ends.replace(new Start(stop.identity(), stop.key()), due.now.plusSeconds(20));
      }
      assertThat(running(due)).isLessThanOrEqualTo(due.maxConcurrent);
      due.runs
          .values()
          .forEach(all -> assertThat(all.stream().filter(Run::isRunning)).hasSizeLessThan(2));
      due.plan.wakeAt().ifPresent(wake -> assertThat(wake).isAfter(due.now));
    }

    /** What ran, what passed and what still waits are the times of the schedule, each once. */
    private void check(Instant newest) {
      for (String database : due.runs.keySet()) {
        List<Instant> ran = run.getOrDefault(database, List.of());
        assertThat(ran).isSorted().doesNotHaveDuplicates();
        long over =
            passed.getOrDefault(database, List.of()).stream().mapToLong(Passed::count).sum();
        long waits = cron.count(decided(database), newest, 2);
        assertThat(waits).isLessThanOrEqualTo(1);
        assertThat(ran.size() + over + waits)
            .as(database)
            .isEqualTo(cron.count(begin, newest, 1_000_000));
        assertThat(ran)
            .allSatisfy(time -> assertThat(cron.next(time.minusSeconds(1))).isEqualTo(time));
      }
    }

    private Instant decided(String database) {
      return due.state.databases().stream()
          .filter(one -> one.identity().equals(database))
          .findFirst()
          .orElseThrow()
          .decided();
    }

    static void end(Due due, Start start, Outcome outcome) {
      due.runs
          .get(start.identity())
          .replaceAll(
              run ->
                  run.key().equals(start.key())
                      ? new Run(
                          run.key(),
                          outcome,
                          java.util.Optional.of(due.now),
                          java.util.Optional.empty())
                      : run);
    }

    static int running(Due due) {
      return due.runs.values().stream()
          .mapToInt(all -> (int) all.stream().filter(Run::isRunning).count())
          .sum();
    }

    @Override
    public String toString() {
      return due.spec() + " " + due.state;
    }
  }
}
