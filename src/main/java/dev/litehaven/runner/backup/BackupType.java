package dev.litehaven.runner.backup;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.util.Arrays;
import java.util.List;

/** Why a backup was made. The text is what manifests' readers and the resources use. */
public enum BackupType {
  MANUAL("Manual", "manual"),
  SCHEDULED("Scheduled", "scheduled"),
  PRE_MIGRATION("PreMigration", "pre-migration"),
  PRE_RESTORE("PreRestore", "pre-restore"),
  PRE_ROLLBACK("PreRollback", "pre-rollback"),
  FAILED_STATE("FailedState", "failed-state"),
  IMPORTED("Imported", "imported");

  /** Of what a run has replaced: one that put a backup in place has the failed state. */
  public static final List<BackupType> WAYS_BACK =
      List.of(PRE_MIGRATION, PRE_RESTORE, FAILED_STATE);

  private final String text;
  private final String slug;

  BackupType(String text, String slug) {
    this.text = text;
    this.slug = slug;
  }

  /** As on the DatabaseBackup resource. */
  public String text() {
    return text;
  }

  /**
   * @throws RefusedException {@link Reason#INVALID_REQUEST} when there is none of that text
   */
  public static BackupType of(String text) {
    return Arrays.stream(values())
        .filter(type -> type.text.equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new RefusedException(
                    Reason.INVALID_REQUEST, "There is no type of backups " + text + "."));
  }

  /** As in directory names. */
  String slug() {
    return slug;
  }
}
