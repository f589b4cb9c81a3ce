package dev.litehaven.operator.schedule;

import dev.litehaven.operator.schedule.DatabaseProgress.OpenRun;
import dev.litehaven.operator.schedule.Run.Outcome;
import dev.litehaven.operator.schedule.RunKey.Requested;
import dev.litehaven.operator.schedule.RunKey.Scheduled;
import dev.litehaven.operator.schedule.SchedulePlan.Passed;
import dev.litehaven.operator.schedule.SchedulePlan.Why;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** One database in one plan: what became of its runs, what of its times is over, what is due. */
final class DatabaseTurn {
  /** More times than these are not counted for one outage: years of every minute take too long. */
  static final long COUNTED = 10_000;

  /** So long a run that was started may not be seen: a cache is behind. Then it is lost. */
  static final Duration UNSEEN = Duration.ofMinutes(2);

  /** A clock that is ahead by more than this was wrong, and an edited schedule forgets it. */
  private static final Duration WRONG_CLOCK = Duration.ofDays(1);

  final DatabaseRuns seen;
  final List<Passed> passed = new ArrayList<>();

  private final ScheduleSpec spec;
  private final Instant now;
  private Instant decided;
  private Optional<Instant> lastScheduleTime;
  private Optional<OpenRun> open;
  private Optional<String> requested;
  private Optional<Instant> stopping;
  private Optional<Instant> replacement;
  private int consecutiveFailures;
  private long missedRuns;

  DatabaseTurn(
      ScheduleSpec spec, DatabaseRuns seen, Optional<DatabaseProgress> before, Instant now) {
    this.spec = spec;
    this.seen = seen;
    this.now = now;
    this.decided = before.map(DatabaseProgress::decided).orElse(now);
    this.lastScheduleTime = before.flatMap(DatabaseProgress::lastScheduleTime);
    this.open = before.flatMap(DatabaseProgress::open);
    this.requested = before.flatMap(DatabaseProgress::requested);
    this.stopping = before.flatMap(DatabaseProgress::stopping);
    this.replacement = before.flatMap(DatabaseProgress::replacement);
    this.consecutiveFailures = before.map(DatabaseProgress::consecutiveFailures).orElse(0);
    this.missedRuns = before.map(DatabaseProgress::missedRuns).orElse(0L);
  }

  /** The schedule is looked at for the first time: what is over since it was made is due once. */
  void begin() {
    decided = spec.cron().last(spec.created(), now).flatMap(this::before).orElse(spec.created());
  }

  private Optional<Instant> before(Instant due) {
    return spec.cron().last(spec.created(), due.minusSeconds(1));
  }

  /** The times are others now; those of the old ones that were not started yet are gone. */
  void editedSchedule() {
    boolean wrong = decided.isAfter(now.plus(WRONG_CLOCK));
    decided = wrong || decided.isBefore(now) ? now : decided;
  }

  /**
   * Ends are counted once; runs that are found and not known were started, so they are taken up.
   */
  void lookAtRuns() {
    open.ifPresent(this::lookAt);
    List<Run> unknown =
        seen.runs().stream()
            .filter(run -> run.key() instanceof Scheduled(Instant time) && isNews(time))
            .sorted(Comparator.comparing(run -> ((Scheduled) run.key()).time()))
            .toList();
    for (Run run : unknown) {
      Instant time = ((Scheduled) run.key()).time();
      pass(time.minusSeconds(1), Why.SUPERSEDED);
      started(run.key());
      lookAt(open.orElseThrow());
    }
    lookAtRequest();
    if (open.isEmpty()) {
      seen.runs().stream()
          .filter(Run::isRunning)
          .findFirst()
          .ifPresent(run -> open = Optional.of(new OpenRun(run.key(), now)));
    }
  }

  private boolean isNews(Instant time) {
    return time.isAfter(decided) && !time.isAfter(now.plus(WRONG_CLOCK));
  }

  private Optional<Run> find(RunKey key) {
    return seen.runs().stream().filter(run -> run.key().equals(key)).findFirst();
  }

  private void lookAt(OpenRun known) {
    Optional<Run> found = find(known.key());
    if (found.isEmpty()) {
      if (Duration.between(known.started(), now).abs().compareTo(UNSEEN) > 0) {
        open = Optional.empty();
        ended(Outcome.FAILED);
      }
    } else if (!found.get().isRunning()) {
      open = Optional.empty();
      ended(found.get().outcome());
    }
  }

  private void ended(Outcome outcome) {
    consecutiveFailures = outcome == Outcome.SUCCEEDED ? 0 : consecutiveFailures + 1;
  }

  /** A request reaches this database. */
  void request(String token) {
    requested = Optional.of(token);
    lookAtRequest();
  }

  /** A run of it may be there, from a plan whose state was lost. */
  private void lookAtRequest() {
    Optional<Run> there = requested.flatMap(token -> find(new Requested(token)));
    if (there.isPresent()) {
      requested = Optional.empty();
      if (!there.get().isRunning()) {
        ended(there.get().outcome());
      }
    }
  }

  /** While suspended, and at the first look after it. */
  void leaveOut() {
    pass(now, Why.SUSPENDED);
  }

  /** The time that is due now, if there is one. Those before it are over. */
  Optional<Instant> due() {
    Optional<Instant> due = spec.cron().last(decided, now);
    if (due.isEmpty()) {
      return Optional.empty();
    }
    pass(due.get().minusSeconds(1), Why.SUPERSEDED);
    if (find(new Scheduled(due.get())).isPresent()) {
      decided = due.get(); // while the clock was ahead
      return Optional.empty();
    }
    if (deadline(due.get()).filter(now::isAfter).isPresent()) {
      pass(due.get(), Why.DEADLINE_EXCEEDED);
      return Optional.empty();
    }
    return due;
  }

  /** Until when a run for this time may be started. */
  Optional<Instant> deadline(Instant due) {
    return spec.startingDeadline().map(due::plus);
  }

  private void pass(Instant upTo, Why why) {
    Optional<Instant> last = spec.cron().last(decided, upTo);
    if (last.isEmpty()) {
      return;
    }
    long count = spec.cron().count(decided, upTo, COUNTED);
    passed.add(new Passed(seen.identity(), count, last.get(), why));
    missedRuns += why.missed() ? count : 0;
    decided = last.get();
  }

  /** What this database wants to run: a request before a time that is due. */
  Optional<RunKey> wanted(Optional<Instant> due) {
    return requested.<RunKey>map(Requested::new).or(() -> due.map(Scheduled::new));
  }

  void started(RunKey key) {
    switch (key) {
      case Scheduled(Instant time) -> {
        decided = time;
        lastScheduleTime = Optional.of(time);
        missedRuns = 0;
        replacement = stopping.isPresent() ? Optional.of(time) : Optional.empty();
        stopping = Optional.empty();
      }
      case Requested _ -> requested = Optional.empty();
    }
    open = Optional.of(new OpenRun(key, now));
  }

  /** The run that is to stop so that this one can start, where the policy says so. */
  Optional<RunKey> toReplace(RunKey wanted) {
    if (spec.concurrencyPolicy() != ScheduleSpec.ConcurrencyPolicy.REPLACE
        || !(wanted instanceof Scheduled)
        || open.isEmpty()
        || !(open.get().key() instanceof Scheduled(Instant running))
        || replacement.filter(running::equals).isPresent()) {
      return Optional.empty();
    }
    stopping = Optional.of(running);
    return Optional.of(open.get().key());
  }

  /** Its last time was missed: it has waited, and need not wait for its place in the spread. */
  boolean behind() {
    return missedRuns > 0;
  }

  /** As many runs as go on, or may go on though they are not seen. */
  long running() {
    long seenRunning = seen.runs().stream().filter(Run::isRunning).count();
    return Math.max(seenRunning, open.isPresent() ? 1 : 0);
  }

  Optional<OpenRun> open() {
    return open;
  }

  Instant decided() {
    return decided;
  }

  Optional<Instant> lastScheduleTime() {
    return lastScheduleTime;
  }

  DatabaseProgress progress() {
    return new DatabaseProgress(
        seen.identity(),
        decided,
        lastScheduleTime,
        open,
        requested,
        stopping,
        replacement,
        consecutiveFailures,
        missedRuns);
  }
}
