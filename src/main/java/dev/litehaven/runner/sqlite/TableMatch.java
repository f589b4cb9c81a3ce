package dev.litehaven.runner.sqlite;

import dev.litehaven.runner.sqlite.KeyedDiff.ColumnCount;
import dev.litehaven.runner.sqlite.KeyedDiff.DroppedColumn;
import dev.litehaven.runner.sqlite.Schema.Column;
import dev.litehaven.runner.sqlite.Schema.Origin;
import dev.litehaven.runner.sqlite.Schema.Table;
import dev.litehaven.runner.sqlite.SchemaDiff.TablePair;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One table joined with itself of before, by key, and what differs in the rows found.
 *
 * @param matchedBefore rows of before that are still there
 * @param byArbitraryRowid whether the key was a rowid that a rebuild may renumber
 * @param moved for each dropped column with each added one: rows in which they differ
 */
record TableMatch(
    TablePair pair,
    long matchedBefore,
    boolean byArbitraryRowid,
    List<ColumnCount> changed,
    List<Moved> moved) {
  // Ten dropped and ten added columns at once are not a rename any more.
  private static final int MAX_PAIRS = 100;

  record Moved(Column from, Column to, long rowsThatDiffer) {}

  /** Names of the key columns before and after. */
  record Key(List<String> before, List<String> after, boolean unique, boolean arbitrary) {}

  static TableMatch of(Connection connection, String nowSchema, TablePair pair, List<Column> kept)
      throws SQLException {
    Key key = key(connection, pair);
    List<Moved> candidates = candidates(pair);
    if (key == null) {
      return new TableMatch(
          pair, rowsStillThere(connection, nowSchema, pair, kept), true, List.of(), List.of());
    }
    StringBuilder sql = new StringBuilder("SELECT count(*)");
    for (Column column : kept) {
      String now = pair.after().column(column.name()).orElseThrow().name();
      sql.append(", ").append(differ(column.name(), now));
    }
    for (Moved candidate : candidates) {
      sql.append(", ").append(differ(candidate.from().name(), candidate.to().name()));
    }
    sql.append(joined(nowSchema, pair, key));
    List<ColumnCount> changed = new ArrayList<>();
    List<Moved> moved = new ArrayList<>();
    long matched;
    try (PreparedStatement statement = connection.prepareStatement(sql.toString());
        ResultSet row = statement.executeQuery()) {
      row.next();
      matched = row.getLong(1);
      for (int i = 0; i < kept.size(); i++) {
        long rows = row.getLong(2 + i);
        if (rows > 0) {
          changed.add(new ColumnCount(kept.get(i).name(), rows));
        }
      }
      for (int i = 0; i < candidates.size(); i++) {
        Moved candidate = candidates.get(i);
        moved.add(new Moved(candidate.from(), candidate.to(), row.getLong(2 + kept.size() + i)));
      }
    }
    if (!key.unique()) {
      matched = keysStillThere(connection, nowSchema, pair, key);
    }
    return new TableMatch(pair, matched, key.arbitrary(), changed, moved);
  }

  private static String joined(String nowSchema, TablePair pair, Key key) {
    StringBuilder sql = new StringBuilder();
    sql.append(" FROM main.").append(Sqlite.quote(pair.before().name())).append(" o JOIN ");
    sql.append(nowSchema).append('.').append(Sqlite.quote(pair.after().name())).append(" n ON ");
    for (int i = 0; i < key.before().size(); i++) {
      sql.append(i == 0 ? "" : " AND ");
      sql.append("o.").append(Sqlite.quote(key.before().get(i)));
      sql.append(" = n.").append(Sqlite.quote(key.after().get(i)));
    }
    return sql.toString();
  }

  /** Rows found again that differ in any of the columns; 0 where none can be found. */
  static long rowsChanged(
      Connection connection, String nowSchema, TablePair pair, List<Column> kept)
      throws SQLException {
    Key key = key(connection, pair);
    if (key == null || kept.isEmpty()) {
      return 0;
    }
    String anyDiffers =
        kept.stream()
            .map(
                column ->
                    isDifferent(
                        column.name(), pair.after().column(column.name()).orElseThrow().name()))
            .collect(Collectors.joining(" OR "));
    return Sqlite.queryLong(
        connection, "SELECT count(*)" + joined(nowSchema, pair, key) + " WHERE " + anyDiffers);
  }

  boolean differs(long rowsLost) {
    return rowsLost > 0 || !changed.isEmpty();
  }

  TableMatch withoutDifferences() {
    return new TableMatch(pair, matchedBefore, byArbitraryRowid, List.of(), moved);
  }

  List<DroppedColumn> droppedColumns(Connection connection, long rowsBefore, long rowsLost)
      throws SQLException {
    List<DroppedColumn> dropped = new ArrayList<>();
    List<Column> taken = new ArrayList<>();
    for (Column column : pair.droppedColumns()) {
      if (column.origin() == Origin.HIDDEN) {
        continue;
      }
      if (column.origin() == Origin.GENERATED) {
        dropped.add(new DroppedColumn(column.name(), true, 0, null));
        continue;
      }
      long values =
          Sqlite.queryLong(
              connection,
              "SELECT count("
                  + Sqlite.quote(column.name())
                  + ") FROM main."
                  + Sqlite.quote(pair.before().name()));
      Column to = rowsLost > 0 ? null : renamedTo(column, values, rowsBefore, taken);
      if (to != null) {
        taken.add(to);
      }
      dropped.add(new DroppedColumn(column.name(), false, values, to == null ? null : to.name()));
    }
    return dropped;
  }

  // Without values to compare, only ALTER TABLE RENAME leaves a column of that type at that place.
  private Column renamedTo(Column column, long values, long rowsBefore, List<Column> taken) {
    Column found = null;
    for (Moved candidate : moved) {
      Column to = candidate.to();
      boolean samePlace =
          to.position() == column.position() && to.type().equalsIgnoreCase(column.type());
      boolean sameValues =
          candidate.from().equals(column)
              && candidate.rowsThatDiffer() == 0
              && matchedBefore == rowsBefore
              && (values > 0 || samePlace);
      if (sameValues && !taken.contains(to) && (found == null || samePlace)) {
        found = to;
      }
    }
    return found;
  }

  private static List<Moved> candidates(TablePair pair) {
    List<Moved> candidates = new ArrayList<>();
    for (Column from : pair.droppedColumns()) {
      for (Column to : pair.addedColumns()) {
        if (from.origin() == Origin.STORED && to.origin() == Origin.STORED) {
          candidates.add(new Moved(from, to, 0));
        }
      }
    }
    return candidates.size() > MAX_PAIRS ? List.of() : candidates;
  }

  // Raw comparison: no affinity (unary plus), no collation, and 1 is not 1.0.
  private static String differ(String before, String now) {
    return "sum(" + isDifferent(before, now) + ")";
  }

  private static String isDifferent(String before, String now) {
    String o = "o." + Sqlite.quote(before);
    String n = "n." + Sqlite.quote(now);
    return "+%s COLLATE BINARY IS NOT +%s OR typeof(%s) <> typeof(%s)".formatted(o, n, o, n);
  }

  /** Null where the rows cannot be told apart by anything. */
  static Key key(Connection connection, TablePair pair) throws SQLException {
    Table before = pair.before();
    Table after = pair.after();
    List<String> old = before.primaryKey().stream().map(Column::name).toList();
    List<String> now = after.primaryKey().stream().map(Column::name).toList();
    boolean kept = old.stream().allMatch(name -> after.column(name).isPresent());
    if (!old.isEmpty() && !before.virtual() && kept && !hasNullKey(connection, before, old)) {
      boolean unique =
          now.size() == old.size()
              && now.stream().allMatch(name -> old.stream().anyMatch(name::equalsIgnoreCase));
      return new Key(old, old, unique, false);
    }
    if (before.rowidName().isPresent() && after.rowidName().isPresent()) {
      boolean arbitrary = before.rowidColumn().isEmpty() && !before.virtual();
      return new Key(
          List.of(before.rowidName().get()), List.of(after.rowidName().get()), true, arbitrary);
    }
    if (!old.isEmpty() && old.size() == now.size()) {
      return new Key(old, now, true, false);
    }
    return null;
  }

  // Outside WITHOUT ROWID tables SQLite lets the columns of a primary key be null.
  private static boolean hasNullKey(Connection connection, Table table, List<String> key)
      throws SQLException {
    if (table.withoutRowid() || table.rowidColumn().isPresent()) {
      return false;
    }
    String anyNull =
        key.stream()
            .map(name -> Sqlite.quote(name) + " IS NULL")
            .collect(Collectors.joining(" OR "));
    return Sqlite.queryLong(
            connection,
            "SELECT EXISTS (SELECT 1 FROM main."
                + Sqlite.quote(table.name())
                + " WHERE "
                + anyNull
                + ")")
        != 0;
  }

  private static long keysStillThere(
      Connection connection, String nowSchema, TablePair pair, Key key) throws SQLException {
    return Sqlite.queryLong(
        connection,
        "SELECT count(*) FROM main.%s WHERE (%s) IN (SELECT %s FROM %s.%s)"
            .formatted(
                Sqlite.quote(pair.before().name()),
                names(key.before()),
                names(key.after()),
                nowSchema,
                Sqlite.quote(pair.after().name())));
  }

  // No key on either side: distinct rows of before that are still there, plus their repetitions.
  private static long rowsStillThere(
      Connection connection, String nowSchema, TablePair pair, List<Column> kept)
      throws SQLException {
    if (kept.isEmpty()) {
      return 0;
    }
    List<String> old = kept.stream().map(Column::name).toList();
    String numbered = "SELECT %s, row_number() OVER (PARTITION BY %s) FROM %s.%s";
    String columns = names(old);
    return Sqlite.queryLong(
        connection,
        "SELECT count(*) FROM ("
            + numbered.formatted(columns, columns, "main", Sqlite.quote(pair.before().name()))
            + " INTERSECT "
            + numbered.formatted(columns, columns, nowSchema, Sqlite.quote(pair.after().name()))
            + ")");
  }

  private static String names(List<String> columns) {
    return IntStream.range(0, columns.size())
        .mapToObj(i -> Sqlite.quote(columns.get(i)))
        .collect(Collectors.joining(", "));
  }
}
