package dev.litehaven.protocol;

import java.util.List;

/**
 * Everything one runner pod is told.
 *
 * @param formatVersion of this record; a runner refuses one it does not know
 * @param mountPath the volume's root as this process and the workload both see it
 * @param files the database's files, which are one: the first has the history. Empty for INSPECT:
 *     find them by header
 * @param excludePatterns globs relative to the root that discovery leaves out
 * @param migration for PLAN and MIGRATE
 * @param targetRunId for ROLLBACK, SETTLE and REPORT: the run they are about; for INSPECT: the run
 *     of which to say what was written since
 * @param force for ROLLBACK: also when rows were written since
 * @param backups for BACKUP, LIST, READ_BACK and PRUNE
 * @param restore for FETCH and RESTORE; for VERIFY, where what is looked at was restored
 * @param scratchDirectory absolute path for rehearsal copies and temporary files; null: the volume
 */
public record RunnerRequest(
    int formatVersion,
    RunnerStep step,
    RunRef run,
    String mountPath,
    List<DatabaseFile> files,
    List<String> excludePatterns,
    MigrationWork migration,
    BackupTarget backup,
    String targetRunId,
    boolean force,
    BackupWork backups,
    RestoreWork restore,
    String scratchDirectory) {
  public static final int FORMAT_VERSION = 1;

  public RunnerRequest {
    files = files == null ? List.of() : List.copyOf(files);
    excludePatterns = excludePatterns == null ? List.of() : List.copyOf(excludePatterns);
    backup = backup == null ? BackupTarget.ON_VOLUME : backup;
  }

  /** A request that is about neither backups of their own nor a restore. */
  public RunnerRequest(
      int formatVersion,
      RunnerStep step,
      RunRef run,
      String mountPath,
      List<DatabaseFile> files,
      List<String> excludePatterns,
      MigrationWork migration,
      BackupTarget backup,
      String targetRunId,
      boolean force,
      String scratchDirectory) {
    this(
        formatVersion,
        step,
        run,
        mountPath,
        files,
        excludePatterns,
        migration,
        backup,
        targetRunId,
        force,
        null,
        null,
        scratchDirectory);
  }
}
