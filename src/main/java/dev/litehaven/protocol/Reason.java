package dev.litehaven.protocol;

import java.util.Arrays;
import java.util.Optional;

/**
 * The closed list of reasons that conditions, Events and reports carry. A reason is stable API:
 * alerts and scripts match on {@link #text()}.
 */
public enum Reason {
  // Outcomes
  SUCCEEDED,
  UP_TO_DATE,
  ROLLED_BACK,
  ROLLBACK_NEEDS_DECISION,
  SUSPENDED,
  OBSERVED,
  HEALTHY,
  NOT_INSPECTED,
  UNCHANGED,
  ALREADY_RESTORED,
  DRY_RUN,
  DOWNGRADE_HELD,

  // Under way
  PENDING,
  PLANNING,
  WAITING_FOR_LOCK,
  WAITING_FOR_DATABASE,
  STOPPING,
  SNAPSHOTTING,
  MIGRATING,
  STARTING,
  WAITING_FOR_READINESS,
  ROLLING_BACK,
  SETTLING,
  RECOVERING,
  BACKING_UP,
  VERIFYING,
  FETCHING,
  RESTORING,
  BOOTSTRAPPING,
  REMOVING,

  // The resources do not fit together
  CLAIM_NOT_FOUND,
  CLAIM_NOT_BOUND,
  CLAIM_TERMINATING,
  DATABASE_NOT_FOUND,
  DATABASE_NOT_READY,
  WORKLOAD_NOT_SUPPORTED,
  SOURCE_NOT_FOUND,
  SOURCE_INVALID,
  STREAM_OWNED,
  OBSERVE_ONLY,
  SNAPSHOT_CLASS_NOT_FOUND,
  LOCATION_NOT_FOUND,
  LOCATION_NOT_READY,
  LOCATION_OWNED,
  BACKUP_NOT_FOUND,
  NOTHING_TO_RESTORE,
  NOTHING_VERIFIED,
  TARGET_NOT_EMPTY,
  DATABASE_CHANGED,
  INVALID_SCHEDULE,

  // The volume or the file is not what a database should be
  FILE_NOT_FOUND,
  SEVERAL_FILES,
  NOT_A_DATABASE,
  EMPTY_FILE,
  ENCRYPTED,
  TRUNCATED,
  CORRUPT,
  UNSUPPORTED_DATABASE,
  PATH_OUTSIDE_VOLUME,
  SYMBOLIC_LINK,
  HARD_LINKED,
  SUB_PATH_FILE,
  NETWORK_FILESYSTEM,
  READ_ONLY_VOLUME,
  WRONG_OWNER,
  NO_SPACE,
  DATABASE_LOCKED,
  LIVE_WRITER,

  // The migrations are not what they should be
  DUPLICATE_VERSION,
  INVALID_VERSION,
  CHECKSUM_CHANGED,
  APPLIED_VERSION_MISSING,
  UNKNOWN_TARGET_VERSION,
  DOWN_MISSING,
  OUT_OF_ORDER,
  STATEMENT_REFUSED,
  SCRIPT_FAILED,

  // What the change would do
  DESTRUCTIVE_CHANGE,
  VALUES_CHANGED,
  PLAN_CHANGED,
  FOREIGN_KEYS_VIOLATED,
  INTEGRITY_FAILED,
  VERIFICATION_FAILED,

  // Something went wrong on the way
  BACKUP_FAILED,
  BACKUP_DAMAGED,
  DECRYPTION_FAILED,
  STORE_UNREACHABLE,
  STORE_REFUSED,
  STORE_FULL,
  TABLE_NOT_FOUND,
  SNAPSHOT_FAILED,
  SNAPSHOT_NOT_READY,
  WORKLOAD_NOT_READY,
  WORKLOAD_NOT_STOPPED,
  UNDECLARED_USER,
  NODE_UNREACHABLE,
  DEADLINE_EXCEEDED,
  DIVERGED,
  FENCED,
  INTERRUPTED,
  RUNNER_FAILED,
  INVALID_REQUEST,
  API_REFUSED,
  INTERNAL_ERROR;

  private final String text = camelCase(name());

  /** The form that conditions carry, for example {@code ChecksumChanged}. */
  public String text() {
    return text;
  }

  /** The reason with this {@link #text()}; empty when it is none of the list. */
  public static Optional<Reason> of(String text) {
    return Arrays.stream(values()).filter(reason -> reason.text.equals(text)).findFirst();
  }

  private static String camelCase(String name) {
    var out = new StringBuilder();
    for (String word : name.split("_", -1)) {
      out.append(word.charAt(0)).append(word.substring(1).toLowerCase(java.util.Locale.ROOT));
    }
    return out.toString();
  }
}
