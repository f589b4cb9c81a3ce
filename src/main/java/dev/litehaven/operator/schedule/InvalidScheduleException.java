package dev.litehaven.operator.schedule;

/** A schedule that cannot be used. The message says which part, what was seen, what is allowed. */
public final class InvalidScheduleException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String field;

  InvalidScheduleException(String field, String message) {
    super(message);
    this.field = field;
  }

  /** The part that is wrong, for example {@code hour}, {@code timeZone}, {@code cron}. */
  public String field() {
    return field;
  }
}
