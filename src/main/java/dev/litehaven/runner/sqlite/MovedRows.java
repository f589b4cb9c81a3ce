package dev.litehaven.runner.sqlite;

import dev.litehaven.runner.sqlite.Schema.Column;
import dev.litehaven.runner.sqlite.Schema.Table;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Rows that left one table and came into another with the same content: every stored column of the
 * old table is there under its name, with the same value of the same type. A row counts once, and
 * not for one that was in the other table before.
 */
public final class MovedRows implements AutoCloseable {
  private static final String FROM_BEFORE = "main";
  private static final String FROM_NOW = "lh_from_now";
  private static final String TO_BEFORE = "lh_to_before";
  private static final String TO_NOW = "lh_to_now";

  private final Connection connection;

  private MovedRows(Connection connection) {
    this.connection = connection;
  }

  /**
   * Opens two files as they were and as they are; they may be the same file.
   *
   * @param fromPristine closed, without sidecars, as all four
   */
  public static MovedRows open(Path fromPristine, Path fromCopy, Path toPristine, Path toCopy)
      throws SQLException {
    Connection connection = Sqlite.openImmutable(fromPristine);
    try {
      Sqlite.attachImmutable(connection, fromCopy, FROM_NOW);
      Sqlite.attachImmutable(connection, toPristine, TO_BEFORE);
      Sqlite.attachImmutable(connection, toCopy, TO_NOW);
      return new MovedRows(connection);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  public Connection connection() {
    return connection;
  }

  /** How many rows; empty where none could be, as when a column has no place in the other table. */
  public OptionalLong count(String from, String to) throws SQLException {
    Optional<Table> old = SchemaReader.read(connection, FROM_BEFORE).table(from);
    Optional<Table> target = SchemaReader.read(connection, TO_NOW).table(to);
    if (old.isEmpty() || target.isEmpty() || old.get().virtual()) {
      return OptionalLong.empty();
    }
    List<String> columns = new ArrayList<>();
    List<String> targetColumns = new ArrayList<>();
    for (Column column : old.get().storedColumns()) {
      Optional<Column> place = target.get().column(column.name());
      if (place.isEmpty()) {
        return OptionalLong.empty();
      }
      columns.add(column.name());
      targetColumns.add(place.get().name());
    }
    Optional<String> gone = gone(old.get(), SchemaReader.read(connection, FROM_NOW).table(from));
    if (gone.isEmpty()) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(
        Sqlite.queryLong(
            connection,
            "SELECT count(*) FROM ("
                + numbered(columns, FROM_BEFORE, from, gone.get())
                + " INTERSECT "
                + arrived(targetColumns, to)
                + ")"));
  }

  /**
   * How far the counter for new ids of the table that rows came into is behind that of the one they
   * left: so many ids that were given out once can be given out again. 0 where the one that they
   * came into has no AUTOINCREMENT, and so no counter to keep.
   */
  public long counterBehind(String from, String to) throws SQLException {
    Optional<Table> target = SchemaReader.read(connection, TO_NOW).table(to);
    if (target.isEmpty() || !autoincrement(target.get())) {
      return 0;
    }
    return Math.max(0, counter(FROM_BEFORE, from) - counter(TO_NOW, to));
  }

  private static boolean autoincrement(Table table) {
    return SqlTokenizer.tokens(table.sql()).stream().anyMatch(token -> token.is("autoincrement"));
  }

  /** 0 where no row was ever given an id. */
  private long counter(String schema, String table) throws SQLException {
    String exists = "SELECT count(*) FROM %s.sqlite_schema WHERE name = 'sqlite_sequence'";
    return Sqlite.queryLong(connection, exists.formatted(schema)) == 0
        ? 0
        : Sqlite.queryLong(
            connection,
            "SELECT coalesce(max(seq), 0) FROM %s.sqlite_sequence WHERE name = %s COLLATE NOCASE"
                .formatted(schema, Sqlite.literal(table)));
  }

  /** Condition for the rows {@code o} of before that are gone; empty where none can be told. */
  private Optional<String> gone(Table old, Optional<Table> now) throws SQLException {
    if (now.isEmpty()) {
      return Optional.of("");
    }
    TableMatch.Key key = TableMatch.key(connection, new SchemaDiff.TablePair(old, now.get()));
    if (key == null) {
      return Optional.empty();
    }
    String same =
        IntStream.range(0, key.before().size())
            .mapToObj(
                i ->
                    "n."
                        + Sqlite.quote(key.after().get(i))
                        + " = o."
                        + Sqlite.quote(key.before().get(i)))
            .collect(Collectors.joining(" AND "));
    return Optional.of(
        " WHERE NOT EXISTS (SELECT 1 FROM %s.%s n WHERE %s)"
            .formatted(FROM_NOW, Sqlite.quote(now.get().name()), same));
  }

  /** What is in the table now beyond what was in it, numbered anew. */
  private String arrived(List<String> columns, String to) throws SQLException {
    if (SchemaReader.read(connection, TO_BEFORE).table(to).isEmpty()
        || !hasColumns(TO_BEFORE, to, columns)) {
      return numbered(columns, TO_NOW, to, "");
    }
    String names =
        IntStream.range(0, 2 * columns.size())
            .mapToObj(i -> "c" + i)
            .collect(Collectors.joining(", "));
    return "SELECT %s, row_number() OVER (PARTITION BY %s) FROM (%s EXCEPT %s)"
        .formatted(
            names, names, numbered(columns, TO_NOW, to, ""), numbered(columns, TO_BEFORE, to, ""));
  }

  private boolean hasColumns(String schema, String table, List<String> columns)
      throws SQLException {
    Table found = SchemaReader.read(connection, schema).table(table).orElseThrow();
    return columns.stream().allMatch(column -> found.column(column).isPresent());
  }

  /**
   * Raw values with their types, no affinity, no collation; and a number, so that sets of SQL count
   * equal rows as often as they are there.
   */
  private static String numbered(
      List<String> columns, String schema, String table, String condition) {
    StringBuilder select = new StringBuilder("SELECT ");
    List<String> values = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      String column = "o." + Sqlite.quote(columns.get(i));
      values.add("typeof(" + column + ")");
      values.add("+" + column + " COLLATE BINARY");
    }
    for (int i = 0; i < values.size(); i++) {
      select.append(values.get(i)).append(" AS c").append(i).append(", ");
    }
    return select
        .append("row_number() OVER (PARTITION BY ")
        .append(String.join(", ", values))
        .append(") AS copy FROM ")
        .append(schema)
        .append('.')
        .append(Sqlite.quote(table))
        .append(" o")
        .append(condition)
        .toString();
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
