package dev.litehaven.operator.retention;

import java.util.List;
import java.util.Optional;

/**
 * What goes and what stays, and why.
 *
 * @param goes oldest first; nothing while there is a hold
 * @param stays newest first
 * @param hold why nothing goes at all
 */
public record RetentionPlan(List<Goes> goes, List<Stays> stays, Optional<Hold> hold) {
  public RetentionPlan {
    goes = List.copyOf(goes);
    stays = List.copyOf(stays);
  }

  /**
   * @param words for status, complete in themselves
   */
  public record Goes(Backup backup, Cause cause, String words) {}

  /**
   * @param reasons all that hold for it, at least one; for status, for example {@code daily: the
   *     newest of 2026-03-29}
   */
  public record Stays(Backup backup, List<String> reasons) {
    public Stays {
      reasons = List.copyOf(reasons);
    }
  }

  public enum Cause {
    /** No rule keeps it. */
    NOT_KEPT,
    /** A rule would keep it, but it is older than maxAgeDays. */
    TOO_OLD,
    /** It failed, and a verified one is newer. */
    FAILED
  }

  /** Why nothing goes. */
  public record Hold(Why why, String words) {}

  public enum Why {
    /** Verification fails now: what is there may be all that will ever be there. */
    VERIFICATION_FAILS,
    /** A backup is from the future: the clock ran backwards, and no age is what it seems. */
    CLOCK_BEHIND,
    NOTHING_VERIFIED
  }
}
