package dev.litehaven.operator.schedule;

import java.time.Instant;

/**
 * Which run of a database this is. One key is one run: whoever starts it names what it makes after
 * the key, so that starting it again finds what is there.
 */
public sealed interface RunKey {
  /** For a name and for status. */
  String text();

  /**
   * @param time at which it was due, not the one at which it began
   */
  record Scheduled(Instant time) implements RunKey {
    @Override
    public String text() {
      return time.toString();
    }
  }

  /**
   * @param token the value of the annotation that asked for it
   */
  record Requested(String token) implements RunKey {
    @Override
    public String text() {
      return token;
    }
  }
}
