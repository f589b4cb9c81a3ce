package dev.litehaven.operator.job;

/** The API server does not take a runner's Job or its request; nothing was started. */
public final class JobRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean passing;

  JobRefusedException(boolean passing, String message, Throwable cause) {
    super(message, cause);
    this.passing = passing;
  }

  /** As the planners see it. */
  public JobState.Refused state() {
    return new JobState.Refused(passing, getMessage());
  }
}
