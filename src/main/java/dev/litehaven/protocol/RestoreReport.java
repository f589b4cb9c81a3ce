package dev.litehaven.protocol;

import java.util.List;

/**
 * What was restored, or would be.
 *
 * @param backupId that was chosen
 * @param createdAt of it, RFC 3339
 * @param passedOver newer ones that could not be relied on, newest first
 * @param tables what changes, table by table; tables without a change are left out
 * @param tablesTotal how many change; the list may be cut
 * @param applied whether it is in place
 */
public record RestoreReport(
    String backupId,
    String createdAt,
    String schemaVersion,
    List<PassedOver> passedOver,
    List<TableChange> tables,
    int tablesTotal,
    boolean applied) {
  public static final int MAX_TABLES = 50;

  public RestoreReport {
    passedOver = passedOver == null ? List.of() : List.copyOf(passedOver);
    tables = tables == null ? List.of() : List.copyOf(tables);
  }

  public record PassedOver(String backupId, Reason reason, String message) {}

  /**
   * @param table as {@code file.table} in any but the first file
   * @param rowsBefore -1: there is no such table
   * @param rowsAfter -1: there will be no such table
   * @param added rows that come, by key; -1, also of the next two: not counted, which a restore
   *     that is carried out does not, to keep the application down for less
   * @param removed rows that go
   * @param changed rows whose values change
   */
  public record TableChange(
      String table, long rowsBefore, long rowsAfter, long added, long removed, long changed) {}
}
