package dev.litehaven.protocol;

import java.util.List;

/**
 * What is on the volume.
 *
 * @param unfinishedRun run whose swap is half done; null: none
 * @param highestEpoch highest fencing token the volume has seen
 */
public record InspectReport(
    List<FileInfo> files,
    String filesystem,
    long freeBytes,
    long totalBytes,
    String unfinishedRun,
    long highestEpoch) {
  public InspectReport {
    files = files == null ? List.of() : List.copyOf(files);
  }

  /**
   * @param historyTool whose history table is in the file, for example {@code Litehaven} or {@code
   *     Flyway}; null: none known
   * @param schemaVersion newest applied version by that tool; null: none
   * @param groupWritable whether its group may write it
   * @param problem why the file cannot be used; null: it can
   */
  public record FileInfo(
      String name,
      String path,
      long sizeBytes,
      String journalMode,
      int pageSize,
      String historyTool,
      String schemaVersion,
      int tables,
      long ownerUid,
      long ownerGid,
      boolean groupWritable,
      Reason problem,
      String message) {}
}
