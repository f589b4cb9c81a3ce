package dev.litehaven.protocol;

import java.util.List;

/**
 * What a step is to do with backups.
 *
 * @param type of the one that BACKUP makes, as DatabaseBackup has it, for example {@code Scheduled}
 * @param include globs relative to the volume's root: companion files that belong to the same state
 * @param verification how BACKUP and READ_BACK make sure
 * @param unchangedSince for BACKUP: content hash of the newest verified backup. When the content is
 *     the same nothing is written, and the step succeeds with {@link Reason#UNCHANGED}; null: write
 * @param backupIds for READ_BACK and PRUNE: which; for LIST: empty
 */
public record BackupWork(
    String type,
    List<String> include,
    Verification verification,
    String unchangedSince,
    List<String> backupIds) {
  public BackupWork {
    type = type == null ? "Manual" : type;
    include = include == null ? List.of() : List.copyOf(include);
    verification = verification == null ? Verification.FULL : verification;
    backupIds = backupIds == null ? List.of() : List.copyOf(backupIds);
  }

  /** How sure one is afterwards. Both read every byte back from where it lies. */
  public enum Verification {
    /** Decrypted, decompressed, hashed, and opened with {@code quick_check}. */
    QUICK,
    /** Also {@code integrity_check}, and rows and content of every table against the manifest. */
    FULL
  }
}
