package dev.litehaven.operator.schedule;

import dev.litehaven.operator.schedule.Run.Outcome;
import dev.litehaven.operator.schedule.RunKey.Scheduled;
import dev.litehaven.operator.schedule.SchedulePlan.Start;
import dev.litehaven.operator.schedule.ScheduleSpec.ConcurrencyPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A schedule, its state and the runs that are found, moved on by hand. */
final class Due {
  Instant now;
  Instant created;
  String cron = "0 2 * * *";
  String zone = "UTC";
  Duration deadline;
  ConcurrencyPolicy policy = ConcurrencyPolicy.FORBID;
  int maxConcurrent = 100;
  boolean suspend;
  String request;
  ScheduleState state = ScheduleState.none();
  SchedulePlan plan;
  final Map<String, List<Run>> runs = new TreeMap<>();
  final Map<String, String> busy = new TreeMap<>();

  Due(String now, String... databases) {
    this.now = Instant.parse(now);
    this.created = this.now;
    Arrays.stream(databases).forEach(name -> runs.put(name, new ArrayList<>()));
  }

  ScheduleSpec spec() {
    return new ScheduleSpec(
        CronSchedule.of(cron, zone, "uid"),
        Optional.ofNullable(deadline),
        policy,
        maxConcurrent,
        suspend,
        Optional.ofNullable(request),
        created);
  }

  /** Plans and drops the plan, as a crash before anything was done. */
  SchedulePlan look() {
    plan =
        SchedulePlanner.plan(
            spec(),
            state,
            runs.entrySet().stream()
                .map(
                    e ->
                        new DatabaseRuns(
                            e.getKey(), e.getValue(), Optional.ofNullable(busy.get(e.getKey()))))
                .toList(),
            now);
    return plan;
  }

  /** Plans, makes the runs, and crashes before the state is written. */
  SchedulePlan startAndCrash() {
    look();
    for (Start start : plan.starts()) {
      List<Run> of = runs.get(start.identity());
      if (of.stream().noneMatch(run -> run.key().equals(start.key()))) {
        of.add(Run.running(start.key()));
      }
    }
    return plan;
  }

  SchedulePlan go() {
    startAndCrash();
    state = plan.state();
    return plan;
  }

  SchedulePlan at(String time) {
    now = Instant.parse(time);
    return go();
  }

  /** Ends every run that goes on. */
  Due end(Outcome outcome) {
    runs.values()
        .forEach(
            of ->
                of.replaceAll(
                    run ->
                        run.outcome() == Outcome.RUNNING
                            ? new Run(
                                run.key(),
                                outcome,
                                Optional.of(now),
                                outcome == Outcome.SUCCEEDED ? Optional.of(now) : Optional.empty())
                            : run));
    return this;
  }

  static Start start(String identity, String time) {
    return new Start(identity, new Scheduled(Instant.parse(time)));
  }
}
