package dev.litehaven.runner.backup;

/** Why a backup was made. The text is what manifests' readers and the resources use. */
public enum BackupType {
  MANUAL("Manual", "manual"),
  PRE_MIGRATION("PreMigration", "pre-migration"),
  FAILED_STATE("FailedState", "failed-state");

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
