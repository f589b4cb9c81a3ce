package dev.litehaven.runner.sqlite;

import dev.litehaven.runner.sqlite.Schema.Column;
import dev.litehaven.runner.sqlite.Schema.Table;
import dev.litehaven.runner.sqlite.SchemaDiff.TablePair;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a change did to the rows of a database: rows lost, rows added, and values changed per
 * column, each row found again by its key. Counts, integrity and foreign keys all pass where two
 * columns were swapped; this does not.
 *
 * <p>All work is done by SQLite on two files at rest; nothing is collected here.
 */
public final class KeyedDiff {
  /**
   * What differs between the two databases.
   *
   * @param tables those in both, in order of names; renamed ones included
   * @param dropped tables that are gone, with the rows they had
   * @param sequences AUTOINCREMENT counters that went down, so that ids can come back
   */
  public record Result(
      List<TableDiff> tables,
      List<TableCount> dropped,
      List<TableCount> added,
      List<String> sequences) {
    public Result {
      tables = List.copyOf(tables);
      dropped = List.copyOf(dropped);
      added = List.copyOf(added);
      sequences = List.copyOf(sequences);
    }
  }

  public record TableCount(String table, long rows) {}

  /**
   * What happened to one table that is still there.
   *
   * @param table its name before
   * @param renamedTo its name after; null: the same
   * @param changed columns with values that differ, with the number of rows
   * @param dropped columns that are gone
   */
  public record TableDiff(
      String table,
      String renamedTo,
      long rowsBefore,
      long rowsAfter,
      long rowsLost,
      List<ColumnCount> changed,
      List<DroppedColumn> dropped) {
    public TableDiff {
      changed = List.copyOf(changed);
      dropped = List.copyOf(dropped);
    }
  }

  public record ColumnCount(String column, long rows) {}

  /**
   * What happened to one column that is gone.
   *
   * @param values how many were not null; for a generated column 0
   * @param renamedTo a new column that holds every one of them; null: none
   */
  public record DroppedColumn(String column, boolean generated, long values, String renamedTo) {}

  private static final String NOW = Pair.NOW;

  private final Pair pair;
  private final Connection connection;

  private KeyedDiff(Pair pair) {
    this.pair = pair;
    this.connection = pair.connection();
  }

  /** Compares the two databases of a pair. */
  public static Result compare(Pair pair) throws SQLException {
    return new KeyedDiff(pair).run();
  }

  /** Rows of a table that are in both and differ in any column; 0 where rows have no key. */
  public static long rowsChanged(Pair pair, String table) throws SQLException {
    var tables =
        new TablePair(
            pair.before().table(table).orElseThrow(), pair.now().table(table).orElseThrow());
    return TableMatch.rowsChanged(pair.connection(), NOW, tables, kept(tables));
  }

  private Result run() throws SQLException {
    SchemaDiff schemas = SchemaDiff.between(pair.before(), pair.now());
    List<Table> added = new ArrayList<>(schemas.addedTables());
    List<TableDiff> tables = new ArrayList<>();
    List<TableCount> dropped = new ArrayList<>();
    for (TablePair table : schemas.common()) {
      if (hasOwnContent(table.before())) {
        tables.add(compare(table));
      }
    }
    for (Table gone : schemas.droppedTables()) {
      long rows = hasOwnContent(gone) ? count("main", gone) : 0;
      Table renamed = renamed(gone, rows, added);
      if (renamed == null) {
        dropped.add(new TableCount(gone.name(), rows));
      } else {
        added.remove(renamed);
        tables.add(new TableDiff(gone.name(), renamed.name(), rows, rows, 0, List.of(), List.of()));
      }
    }
    List<TableCount> addedCounts = new ArrayList<>();
    for (Table table : added) {
      addedCounts.add(new TableCount(table.name(), hasOwnContent(table) ? count(NOW, table) : 0));
    }
    return new Result(tables, dropped, addedCounts, loweredSequences());
  }

  private TableDiff compare(TablePair tables) throws SQLException {
    Table old = tables.before();
    long rowsBefore = count("main", old);
    if (pair.isUntouched(old.name())) {
      return new TableDiff(old.name(), null, rowsBefore, rowsBefore, 0, List.of(), List.of());
    }
    long rowsAfter = count(NOW, tables.after());
    List<Column> kept = kept(tables);
    TableMatch match = TableMatch.of(connection, NOW, tables, kept);
    long lost = rowsBefore - match.matchedBefore();
    if (match.differs(lost) && match.byArbitraryRowid() && sameRows(tables, kept)) {
      // Rebuilt without a key of its own: same rows under other rowids.
      match = match.withoutDifferences();
      lost = 0;
    }
    return new TableDiff(
        old.name(),
        null,
        rowsBefore,
        rowsAfter,
        lost,
        match.changed(),
        match.droppedColumns(connection, rowsBefore, lost));
  }

  private static List<Column> kept(TablePair tables) {
    return tables.before().storedColumns().stream()
        .filter(column -> tables.after().column(column.name()).isPresent())
        .toList();
  }

  private boolean sameRows(TablePair tables, List<Column> columns) throws SQLException {
    List<String> names = columns.stream().map(Column::name).toList();
    if (names.isEmpty()) {
      return false;
    }
    return ContentHash.ofColumns(connection, "main", tables.before().name(), names)
        .hash()
        .equals(ContentHash.ofColumns(connection, NOW, tables.after().name(), names).hash());
  }

  /** The added table that holds all that the dropped one held; null where there is none. */
  private Table renamed(Table gone, long rows, List<Table> candidates) throws SQLException {
    for (Table candidate : candidates) {
      List<String> old = gone.storedColumns().stream().map(Column::name).toList();
      List<String> now = new ArrayList<>();
      for (Column column : gone.storedColumns()) {
        candidate.column(column.name()).ifPresent(found -> now.add(found.name()));
      }
      if (now.size() == old.size()
          && candidate.virtual() == gone.virtual()
          && !old.isEmpty()
          && count(NOW, candidate) == rows
          && ContentHash.ofColumns(connection, "main", gone.name(), old)
              .hash()
              .equals(ContentHash.ofColumns(connection, NOW, candidate.name(), now).hash())) {
        return candidate;
      }
    }
    return null;
  }

  private List<String> loweredSequences() throws SQLException {
    String exists = "SELECT count(*) FROM %s.sqlite_schema WHERE name = 'sqlite_sequence'";
    if (Sqlite.queryLong(connection, exists.formatted("main")) == 0
        || Sqlite.queryLong(connection, exists.formatted(NOW)) == 0) {
      return List.of();
    }
    return Sqlite.queryStrings(
        connection,
        "SELECT o.name FROM main.sqlite_sequence o JOIN "
            + NOW
            + ".sqlite_sequence n ON n.name = o.name WHERE n.seq < o.seq ORDER BY o.name");
  }

  private long count(String schema, Table table) throws SQLException {
    return Sqlite.queryLong(
        connection,
        "SELECT count(*) FROM " + Sqlite.quote(schema) + "." + Sqlite.quote(table.name()));
  }

  // A full-text index over another table, or over none, holds nothing that could be lost.
  private static boolean hasOwnContent(Table table) {
    return VirtualTables.contentTable(table).isEmpty();
  }
}
