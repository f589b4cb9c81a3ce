package dev.litehaven.runner.backup;

import java.util.List;

/** Why a backup was made. The text is what manifests' readers and the resources use. */
public enum BackupType {
  MANUAL("Manual", "manual"),
  PRE_MIGRATION("PreMigration", "pre-migration"),
  PRE_RESTORE("PreRestore", "pre-restore"),
  FAILED_STATE("FailedState", "failed-state");

  /** Of what a run has replaced. */
  public static final List<BackupType> WAYS_BACK = List.of(PRE_MIGRATION, PRE_RESTORE);

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

  /** As in directory names. */
  String slug() {
    return slug;
  }
}
