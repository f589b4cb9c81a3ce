package dev.litehaven.operator.schedule;

import java.time.Instant;
import java.util.Optional;

/**
 * How far a schedule has come with one database.
 *
 * @param decided every time up to this one is started, missed or left out. Never goes back, except
 *     where the schedule is edited after the clock was ahead
 * @param lastScheduleTime the last time that was started
 * @param open the run that was started last, until its end is counted
 * @param requested the token of a request that this database has not started yet
 * @param stopping the run that was asked to stop to be replaced
 * @param replacement the run that replaced another
 * @param consecutiveFailures runs that failed since the last that did not
 * @param missedRuns times since the last that was started at which no run was, though one was due
 */
public record DatabaseProgress(
    String identity,
    Instant decided,
    Optional<Instant> lastScheduleTime,
    Optional<OpenRun> open,
    Optional<String> requested,
    Optional<Instant> stopping,
    Optional<Instant> replacement,
    int consecutiveFailures,
    long missedRuns) {

  /**
   * @param started when, by the planner's clock
   */
  public record OpenRun(RunKey key, Instant started) {}
}
