package dev.litehaven.runner.store;

import dev.litehaven.protocol.S3Target;
import java.time.Clock;
import java.time.Duration;

/** Buckets whose failures one does not wait for long, and which take even small things in parts. */
public final class ImpatientStores {
  /** S3 takes no smaller parts. */
  public static final int PART = 5 << 20;

  static final S3Upload.PartSizes SMALL_PARTS = new S3Upload.PartSizes(PART, 3, PART + 1000);

  private ImpatientStores() {}

  static S3Clients.Patience patience(Duration silence) {
    return new S3Clients.Patience(
        4,
        Duration.ofMillis(5),
        Duration.ofMillis(20),
        Duration.ofSeconds(20),
        silence,
        Duration.ofMinutes(2));
  }

  public static S3Store open(S3Target target, String below, Clock clock) {
    return open(target, below, clock, Duration.ofMinutes(1));
  }

  public static S3Store open(S3Target target, String below, Clock clock, Duration silence) {
    return new S3Store(target, below, clock, patience(silence), SMALL_PARTS);
  }
}
