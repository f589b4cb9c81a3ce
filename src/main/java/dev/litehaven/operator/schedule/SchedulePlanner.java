package dev.litehaven.operator.schedule;

import dev.litehaven.operator.schedule.RunKey.Scheduled;
import dev.litehaven.operator.schedule.SchedulePlan.Cause;
import dev.litehaven.operator.schedule.SchedulePlan.Passed;
import dev.litehaven.operator.schedule.SchedulePlan.Start;
import dev.litehaven.operator.schedule.SchedulePlan.Stop;
import dev.litehaven.operator.schedule.SchedulePlan.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Decides what a schedule starts now. Pure: the same values give the same plan.
 *
 * <ul>
 *   <li>A database has one run for one time, whatever is lost or repeated: what is decided stays
 *       so, and a run that is found in the cluster counts as started.
 *   <li>Of several times that are over, only the last is run. The others, and those whose deadline
 *       is over, are missed, and counted while the schedule is stuck, not when it goes on.
 *   <li>A run that failed is not tried again before the next time.
 *   <li>Never more than maxConcurrent runs. Who has waited longest is first, so that none is left
 *       out for ever when there is too much to do.
 * </ul>
 */
public final class SchedulePlanner {
  /** Clocks of two machines may differ so much without a word. */
  static final Duration SKEW = Duration.ofMinutes(1);

  private final ScheduleSpec spec;
  private final ScheduleState before;
  private final Instant now;
  private final List<DatabaseTurn> turns;
  private final boolean first;
  private final List<Start> starts = new ArrayList<>();
  private final List<Stop> stops = new ArrayList<>();
  private final List<Waiting> waiting = new ArrayList<>();
  private final List<Instant> wakes = new ArrayList<>();
  private Optional<String> handledRequest;

  /** A run that could start but for the number of those that go on. */
  private record Candidate(DatabaseTurn turn, RunKey key) {}

  private SchedulePlanner(
      ScheduleSpec spec, ScheduleState before, List<DatabaseRuns> databases, Instant now) {
    this.spec = spec;
    this.before = before;
    this.now = now;
    this.first = before.cron().isEmpty();
    this.handledRequest = before.lastHandledRequest();
    Map<String, DatabaseProgress> known =
        before.databases().stream()
            .collect(Collectors.toMap(DatabaseProgress::identity, Function.identity()));
    this.turns =
        databases.stream()
            .sorted(Comparator.comparing(DatabaseRuns::identity))
            .map(
                database ->
                    new DatabaseTurn(
                        spec, database, Optional.ofNullable(known.get(database.identity())), now))
            .toList();
  }

  /**
   * @param before the state of the last plan that was written; what was planned and not written
   *     does no harm
   * @param databases that the schedule covers now, each identity once. One that is new is due at
   *     the next time; one that is gone is forgotten
   * @throws IllegalArgumentException where an identity is there twice
   */
  public static SchedulePlan plan(
      ScheduleSpec spec, ScheduleState before, List<DatabaseRuns> databases, Instant now) {
    long distinct = databases.stream().map(DatabaseRuns::identity).distinct().count();
    if (distinct != databases.size()) {
      throw new IllegalArgumentException(
          "%d databases have %d identities".formatted(databases.size(), distinct));
    }
    return new SchedulePlanner(spec, before, databases, now).plan();
  }

  private SchedulePlan plan() {
    catchUpWithWhatIsSeen();
    acceptRequest();
    List<Candidate> candidates = new ArrayList<>();
    for (DatabaseTurn turn : turns) {
      candidate(turn).ifPresent(candidates::add);
    }
    start(candidates);
    Optional<Instant> next = nextScheduleTime();
    next.ifPresent(wakes::add);
    return new SchedulePlan(
        starts,
        stops,
        waiting,
        turns.stream().flatMap(turn -> turn.passed.stream()).toList(),
        state(),
        next,
        wakes.stream().filter(now::isBefore).min(Comparator.naturalOrder()),
        clockBehind());
  }

  private void catchUpWithWhatIsSeen() {
    boolean edited = !first && !before.cron().equals(spec.cron().key());
    for (DatabaseTurn turn : turns) {
      if (first) {
        turn.begin();
      } else if (edited) {
        turn.editedSchedule();
      }
      turn.lookAtRuns();
      if (spec.suspend() || before.suspended()) {
        turn.leaveOut();
      }
      turn.open()
          .ifPresent(open -> wakes.add(open.started().plus(DatabaseTurn.UNSEEN).plusSeconds(1)));
    }
  }

  private void acceptRequest() {
    Optional<String> asked = spec.requestedAt().filter(token -> !token.isEmpty());
    if (!spec.suspend() && asked.isPresent() && !asked.equals(handledRequest)) {
      turns.forEach(turn -> turn.request(asked.get()));
      handledRequest = asked;
    }
  }

  /** What this database can start now, if nothing but the number of runs is in the way. */
  private Optional<Candidate> candidate(DatabaseTurn turn) {
    Optional<Instant> due = spec.suspend() ? Optional.empty() : turn.due();
    Optional<RunKey> wanted = turn.wanted(due);
    if (wanted.isEmpty()) {
      return Optional.empty();
    }
    RunKey key = wanted.get();
    due.flatMap(turn::deadline).ifPresent(deadline -> wakes.add(deadline.plusSeconds(1)));
    if (spec.suspend()) {
      return waits(turn, key, Cause.SUSPENDED, "the schedule is suspended");
    }
    if (key instanceof Scheduled(Instant time) && !turn.behind()) {
      Instant at = time.plus(Spread.of(spec, time, turns.size()).offset(turn.seen.identity()));
      if (now.isBefore(at)) {
        wakes.add(at);
        waiting.add(
            new Waiting(
                turn.seen.identity(), key, Cause.SPREAD, Optional.of(at), "its turn is at " + at));
        return Optional.empty();
      }
    }
    if (turn.open().isPresent()) {
      Optional<RunKey> replaced = turn.toReplace(key);
      replaced.ifPresent(running -> stops.add(new Stop(turn.seen.identity(), running)));
      return waits(
          turn,
          key,
          Cause.RUNNING,
          "its run %s %s"
              .formatted(
                  turn.open().get().key().text(),
                  replaced.isPresent() ? "is being stopped" : "goes on"));
    }
    if (turn.seen.busy().isPresent()) {
      return waits(turn, key, Cause.BUSY, turn.seen.busy().get() + " has the database");
    }
    return Optional.of(new Candidate(turn, key));
  }

  private Optional<Candidate> waits(DatabaseTurn turn, RunKey key, Cause cause, String words) {
    waiting.add(new Waiting(turn.seen.identity(), key, cause, Optional.empty(), words));
    return Optional.empty();
  }

  private void start(List<Candidate> candidates) {
    long free = spec.maxConcurrent() - turns.stream().mapToLong(DatabaseTurn::running).sum();
    List<Candidate> inOrder =
        candidates.stream()
            .sorted(
                Comparator.comparing((Candidate one) -> one.key() instanceof Scheduled)
                    .thenComparing(one -> one.turn().lastScheduleTime().orElse(Instant.MIN))
                    .thenComparing(one -> Spread.place(one.turn().seen.identity())))
            .toList();
    for (Candidate one : inOrder) {
      if (starts.size() < free) {
        one.turn().started(one.key());
        starts.add(new Start(one.turn().seen.identity(), one.key()));
        wakes.add(now.plus(DatabaseTurn.UNSEEN).plusSeconds(1));
      } else {
        waits(
            one.turn(),
            one.key(),
            Cause.MAX_CONCURRENT,
            "%d runs go on, as many as maxConcurrent allows".formatted(spec.maxConcurrent()));
      }
    }
  }

  private Optional<Instant> nextScheduleTime() {
    if (spec.suspend()) {
      return Optional.empty();
    }
    Instant from =
        turns.stream().map(DatabaseTurn::decided).min(Comparator.naturalOrder()).orElse(now);
    return Optional.of(spec.cron().next(from.isAfter(now) ? from : now));
  }

  private Optional<Duration> clockBehind() {
    Stream<Instant> ends =
        turns.stream()
            .flatMap(turn -> turn.seen.runs().stream())
            .flatMap(r -> r.finished().stream());
    return Stream.concat(turns.stream().map(DatabaseTurn::decided), ends)
        .max(Comparator.naturalOrder())
        .map(newest -> Duration.between(now, newest))
        .filter(behind -> behind.compareTo(SKEW) > 0);
  }

  private ScheduleState state() {
    List<DatabaseProgress> databases = turns.stream().map(DatabaseTurn::progress).toList();
    List<Run> runs = turns.stream().flatMap(turn -> turn.seen.runs().stream()).toList();
    return new ScheduleState(
        spec.cron().key(),
        spec.suspend(),
        handledRequest,
        latest(
            before.lastScheduleTime(),
            databases.stream().flatMap(one -> one.lastScheduleTime().stream())),
        latest(
            before.lastSuccessfulTime(),
            runs.stream()
                .filter(run -> run.outcome() == Run.Outcome.SUCCEEDED)
                .flatMap(run -> run.finished().stream())),
        latest(before.lastVerifiedTime(), runs.stream().flatMap(run -> run.verified().stream())),
        databases.stream().mapToInt(DatabaseProgress::consecutiveFailures).max().orElse(0),
        before.missedRuns()
            + turns.stream()
                .flatMap(turn -> turn.passed.stream())
                .filter(passed -> passed.why().missed())
                .mapToLong(Passed::count)
                .sum(),
        databases);
  }

  private static Optional<Instant> latest(Optional<Instant> before, Stream<Instant> others) {
    return Stream.concat(before.stream(), others).max(Comparator.naturalOrder());
  }
}
