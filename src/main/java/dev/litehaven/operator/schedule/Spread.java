package dev.litehaven.operator.schedule;

import dev.litehaven.protocol.Sha256;
import java.time.Duration;
import java.time.Instant;

/**
 * Where in a stretch of time a database has its turn, so that those of one schedule do not start
 * together. A place follows from the identity alone: it stays, whichever databases come and go.
 */
record Spread(Duration window) {
  private static final Duration FOR_EACH = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final double PLACES = 0x1p32;

  /**
   * Ten seconds for each database, but no more than an hour, a quarter of the time until the next
   * runs, and half of the deadline. None for a single database.
   */
  static Spread of(ScheduleSpec spec, Instant due, int databases) {
    Duration window = FOR_EACH.multipliedBy(Math.max(0, databases - 1));
    window = shorter(window, LONGEST);
    window = shorter(window, Duration.between(due, spec.cron().next(due)).dividedBy(4));
    if (spec.startingDeadline().isPresent()) {
      window = shorter(window, spec.startingDeadline().get().dividedBy(2));
    }
    return new Spread(window);
  }

  Duration offset(String identity) {
    return Duration.ofSeconds((long) (window.toSeconds() * place(identity)));
  }

  /** From 0 to below 1. */
  static double place(String identity) {
    return Long.parseLong(Sha256.of("spread\0" + identity), 0, 8, 16) / PLACES;
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
