package dev.litehaven.runner.restore;

import dev.litehaven.protocol.RestoreReport;
import dev.litehaven.protocol.RestoreReport.TableChange;
import dev.litehaven.runner.backup.BackupManifest.Table;
import dev.litehaven.runner.sqlite.ContentHash.DatabaseHash;
import dev.litehaven.runner.sqlite.KeyedDiff;
import dev.litehaven.runner.sqlite.KeyedDiff.TableDiff;
import dev.litehaven.runner.sqlite.Pair;
import dev.litehaven.runner.sqlite.Schema;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a restore does to tables, as reports have it. */
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

  /**
   * Tables that differ, with the rows that come, go and change.
   *
   * @param before closed, without sidecars
   * @param after closed, without sidecars
   */
  public static List<TableChange> byRows(String prefix, Path before, Path after)
      throws SQLException, IOException {
    List<TableChange> changes = new ArrayList<>();
    try (Pair pair = Pair.open(before, after, Set.of())) {
      KeyedDiff.Result diff = KeyedDiff.compare(pair);
      for (TableDiff table : diff.tables()) {
        if (table.renamedTo() != null) {
          // By name, which is how tables are restored.
          changes.add(gone(prefix + table.table(), table.rowsBefore()));
          changes.add(come(prefix + table.renamedTo(), table.rowsAfter()));
          continue;
        }
        long changed = table.changed().isEmpty() ? 0 : KeyedDiff.rowsChanged(pair, table.table());
        long kept = table.rowsBefore() - table.rowsLost();
        long added = Math.max(0, table.rowsAfter() - kept);
        if (added > 0 || table.rowsLost() > 0 || changed > 0 || redefined(pair, table.table())) {
          changes.add(
              new TableChange(
                  prefix + table.table(),
                  table.rowsBefore(),
                  table.rowsAfter(),
                  added,
                  table.rowsLost(),
                  changed));
        }
      }
      diff.dropped().forEach(table -> changes.add(gone(prefix + table.table(), table.rows())));
      diff.added().forEach(table -> changes.add(come(prefix + table.table(), table.rows())));
    }
    changes.sort(Comparator.comparing(TableChange::table));
    return changes;
  }

  private static TableChange gone(String table, long rows) {
    return new TableChange(table, rows, NONE, 0, rows, 0);
  }

  private static TableChange come(String table, long rows) {
    return new TableChange(table, NONE, rows, rows, 0, 0);
  }

  private static boolean redefined(Pair pair, String table) {
    return !pair.before()
        .table(table)
        .map(Schema.Table::sql)
        .equals(pair.now().table(table).map(Schema.Table::sql));
  }

  /** Rows and hashes as manifests have them. */
  public static List<Table> tables(DatabaseHash content) {
    return content.tables().stream()
        .map(table -> new Table(table.table(), table.rows(), table.hash()))
        .toList();
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
