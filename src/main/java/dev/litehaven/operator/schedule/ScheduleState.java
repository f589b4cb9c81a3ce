package dev.litehaven.operator.schedule;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a schedule remembers, for its status. All times are RFC 3339 when written as text.
 *
 * @param cron {@link CronSchedule#key()} of the schedule that this state belongs to; empty: none
 *     yet
 * @param suspended whether it was suspended when it was looked at last
 * @param lastHandledRequest echoes the request that was accepted last
 * @param lastScheduleTime the last time at which a run was due that was started
 * @param lastSuccessfulTime when a run last ended well
 * @param lastVerifiedTime when a run's backup was last read back
 * @param consecutiveFailures the most that any database has
 * @param missedRuns of all databases together, also of those that are gone; only grows
 * @param databases by identity
 */
public record ScheduleState(
    String cron,
    boolean suspended,
    Optional<String> lastHandledRequest,
    Optional<Instant> lastScheduleTime,
    Optional<Instant> lastSuccessfulTime,
    Optional<Instant> lastVerifiedTime,
    int consecutiveFailures,
    long missedRuns,
    List<DatabaseProgress> databases) {
  public ScheduleState {
    databases = List.copyOf(databases);
  }

  /** Of a schedule that nobody has looked at yet. */
  public static ScheduleState none() {
    return new ScheduleState(
        "",
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        0,
        List.of());
  }
}
