package dev.litehaven.operator.event;

import dev.litehaven.protocol.Reason;

/**
 * Something to tell once.
 *
 * @param key with the reason, what makes it the same note when a step is repeated
 */
public record EventNote(String key, boolean warning, String reason, String message) {
  public static EventNote normal(String key, Reason reason, String message) {
    return new EventNote(key, false, reason.text(), message);
  }

  public static EventNote warning(String key, Reason reason, String message) {
    return new EventNote(key, true, reason.text(), message);
  }
}
