package dev.litehaven.runner.restore;

import dev.litehaven.protocol.RestoreReport;
import dev.litehaven.protocol.RestoreReport.TableChange;
import dev.litehaven.runner.backup.BackupManifest.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a restore does to tables, as reports have it. Pure. */
public final class TableChanges {
  private static final long NONE = -1;
  private static final long NOT_COUNTED = -1;

  private TableChanges() {}

  /**
   * Tables whose content differs, by their hashes alone: single rows are not counted.
   *
   * @param prefix what stands before the names of a file's tables
   */
  public static List<TableChange> byContent(String prefix, List<Table> before, List<Table> after) {
    Map<String, Table> old = byName(before);
    Map<String, Table> now = byName(after);
    var names = new java.util.TreeSet<>(old.keySet());
    names.addAll(now.keySet());
    List<TableChange> changes = new ArrayList<>();
    for (String name : names) {
      Table was = old.get(name);
      Table is = now.get(name);
      if (was == null || is == null || !was.contentHash().equals(is.contentHash())) {
        changes.add(
            new TableChange(
                prefix + name, rows(was), rows(is), NOT_COUNTED, NOT_COUNTED, NOT_COUNTED));
      }
    }
    return changes;
  }

  /** The report on a restore, with as many tables as it has room for. */
  public static RestoreReport report(Staged staged, List<TableChange> changes, boolean applied) {
    return new RestoreReport(
        staged.backupId(),
        staged.createdAt(),
        staged.schemaVersion(),
        staged.passedOver(),
        changes.stream().limit(RestoreReport.MAX_TABLES).toList(),
        changes.size(),
        applied);
  }

  private static Map<String, Table> byName(List<Table> tables) {
    var byName = new TreeMap<String, Table>();
    tables.forEach(table -> byName.put(table.name(), table));
    return byName;
  }

  private static long rows(Table table) {
    return table == null ? NONE : table.rows();
  }
}
