package dev.litehaven.protocol;

import java.util.Objects;

/**
 * The work stopped for a reason a human can act on. Thrown only where nothing was changed, or after
 * what was changed has been put back. The message says what failed, what was seen and what to do.
 */
public class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  public RefusedException(Reason reason, String message) {
    this(reason, message, null);
  }

  public RefusedException(Reason reason, String message, Throwable cause) {
    super(Objects.requireNonNull(message, "message"), cause);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  public Reason reason() {
    return reason;
  }
}
