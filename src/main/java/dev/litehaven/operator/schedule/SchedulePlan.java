package dev.litehaven.operator.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What to do now for a schedule.
 *
 * @param starts runs to start, in this order. Start them first and write the state then: started
 *     runs are recognised by their key, and a state that ran ahead would lose them
 * @param stops runs to stop because another is due; repeated until they have ended
 * @param waiting databases that are due and why nothing is started for them
 * @param passed times that are over without a run of their own
 * @param nextScheduleTime the next time at which runs are due; none while suspended
 * @param wakeAt when to look again at the latest, if nothing changes before; after now
 * @param clockBehind by how much the clock is behind what was already decided or has ended: until
 *     it has caught up nothing is due, and nothing runs twice
 */
public record SchedulePlan(
    List<Start> starts,
    List<Stop> stops,
    List<Waiting> waiting,
    List<Passed> passed,
    ScheduleState state,
    Optional<Instant> nextScheduleTime,
    Optional<Instant> wakeAt,
    Optional<Duration> clockBehind) {
  public SchedulePlan {
    starts = List.copyOf(starts);
    stops = List.copyOf(stops);
    waiting = List.copyOf(waiting);
    passed = List.copyOf(passed);
  }

  public record Start(String identity, RunKey key) {}

  public record Stop(String identity, RunKey key) {}

  /**
   * @param until when that ends, where it is known
   * @param words for status
   */
  public record Waiting(
      String identity, RunKey key, Cause cause, Optional<Instant> until, String words) {}

  public enum Cause {
    /** Its turn within the spread has not come. */
    SPREAD,
    /** As many runs as are allowed go on. */
    MAX_CONCURRENT,
    /** Its own last run goes on, or is being stopped. */
    RUNNING,
    /** Something else has the database. */
    BUSY,
    SUSPENDED
  }

  /**
   * Times of a database that get no run.
   *
   * @param count how many; no more than {@value DatabaseTurn#COUNTED} are counted of one outage
   * @param last the last of them
   */
  public record Passed(String identity, long count, Instant last, Why why) {}

  /** Only what is missed counts in missedRuns. */
  public enum Why {
    /** A later time is due: one run makes up for all of them. */
    SUPERSEDED,
    /** startingDeadlineSeconds are over. */
    DEADLINE_EXCEEDED,
    /** The schedule was suspended. */
    SUSPENDED;

    boolean missed() {
      return this != SUSPENDED;
    }
  }
}
