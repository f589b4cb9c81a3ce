package dev.litehaven.protocol;

import java.util.List;

/**
 * What FETCH and RESTORE are to bring about. FETCH brings a verified backup's files onto the
 * volume, as {@code .litehaven/restore/<runId>/}, while the workload may be running; RESTORE puts
 * them in place.
 *
 * @param identity whose backups; null: the database's own
 * @param backupId which one; null: the newest that can be verified
 * @param notAfter RFC 3339; only backups of this instant or before it; null: any
 * @param olderIfDamaged whether older ones are tried in turn where newer ones cannot be relied on
 * @param mode what is to be at the live names
 * @param includeTables only these, as {@code file.table}, or {@code table} of the first file;
 *     empty: all, and everything else as well
 * @param excludeTables all but these; these stay as they are
 * @param dryRun only say what would change, in rows
 * @param transform SQL that is run on the restored copy before it is used, in one transaction per
 *     script; the copy is vacuumed afterwards
 * @param assertions that must hold in the restored, transformed copy
 * @param token names this very restore; a volume carries it out once. Null: no such guard
 */
public record RestoreWork(
    String identity,
    String backupId,
    String notAfter,
    boolean olderIfDamaged,
    Mode mode,
    List<String> includeTables,
    List<String> excludeTables,
    boolean dryRun,
    List<String> transform,
    List<VerifyRules.Assertion> assertions,
    String token) {
  public RestoreWork {
    mode = mode == null ? Mode.IN_PLACE : mode;
    includeTables = includeTables == null ? List.of() : List.copyOf(includeTables);
    excludeTables = excludeTables == null ? List.of() : List.copyOf(excludeTables);
    transform = transform == null ? List.of() : List.copyOf(transform);
    assertions = assertions == null ? List.of() : List.copyOf(assertions);
  }

  /** Whether some tables only are restored. */
  public boolean selective() {
    return !includeTables.isEmpty() || !excludeTables.isEmpty();
  }

  /** What the step finds at the live names, or else refuses. */
  public enum Mode {
    /** A database, which is kept as a verified backup and replaced. */
    IN_PLACE,
    /** Nothing; a database that is there stays, and the step succeeds without doing anything. */
    IF_ABSENT,
    /** Nothing; a database that is there is refused. */
    EMPTY
  }
}
