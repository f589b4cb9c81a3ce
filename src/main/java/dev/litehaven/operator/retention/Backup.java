package dev.litehaven.operator.retention;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A backup as retention sees it.
 *
 * @param identity of the database: by this one belongs to another, never by the name of a claim
 * @param taken by the API server's time
 * @param inUse by what, for example the name of a restore
 * @param protectedBy what forbids to delete it, for example an object lock or a user's mark
 */
public record Backup(
    String name,
    String identity,
    Instant taken,
    Origin origin,
    Verification verification,
    Optional<String> inUse,
    Optional<String> protectedBy) {

  public Backup {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(identity, "identity");
    Objects.requireNonNull(taken, "taken");
  }

  /** Why the backup was made. */
  public enum Origin {
    SCHEDULED,
    MANUAL,
    PRE_MIGRATION,
    POST_MIGRATION,
    PRE_RESTORE,
    PRE_ROLLBACK,
    FAILED_STATE;

    /** Made around an operation; may hold a state that somebody wanted to get away from. */
    boolean isOperation() {
      return this != SCHEDULED && this != MANUAL;
    }
  }

  public enum Verification {
    /** Read back from where it lies, and found whole. Only this one counts as kept. */
    VERIFIED,
    /** Nobody has read it back yet. */
    PENDING,
    /** Could not be made, or not be read back, or was found damaged later. */
    FAILED
  }

  boolean isVerified() {
    return verification == Verification.VERIFIED;
  }
}
