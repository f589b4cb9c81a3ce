package dev.litehaven.operator.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a schedule asks for.
 *
 * @param startingDeadline later than so long after its time, a run is not started but missed; none:
 *     the last time that passed is always made up for
 * @param maxConcurrent how many databases have a run of this schedule at once; at least 1
 * @param suspend no new runs. Times that pass meanwhile are left out: they are not missed, nor made
 *     up for. A request waits
 * @param requestedAt asks for one run of each database, once for each value
 * @param created when the schedule was made: the first time that counts is after it
 */
public record ScheduleSpec(
    CronSchedule cron,
    Optional<Duration> startingDeadline,
    ConcurrencyPolicy concurrencyPolicy,
    int maxConcurrent,
    boolean suspend,
    Optional<String> requestedAt,
    Instant created) {

  /**
   * What happens when a database is due while its last run goes on. There is no Allow: two backups
   * of one database at once would wait for each other's lock, and tell nothing that one does not.
   */
  public enum ConcurrencyPolicy {
    /** It waits, until its deadline or the next time; then it counts as missed. */
    FORBID,
    /**
     * The run is stopped, then the new one starts; but one that replaced another is let finish, or
     * backups that take longer than the interval would never come to an end.
     */
    REPLACE
  }

  public ScheduleSpec {
    if (maxConcurrent < 1) {
      throw new IllegalArgumentException(
          "maxConcurrent is %d; it is at least 1".formatted(maxConcurrent));
    }
    startingDeadline.ifPresent(
        deadline -> {
          if (deadline.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException(
                "startingDeadlineSeconds is %d; it is at least 1".formatted(deadline.toSeconds()));
          }
        });
  }
}
