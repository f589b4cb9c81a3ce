package dev.litehaven.runner.sqlite;

import dev.litehaven.runner.sqlite.Schema.Column;
import dev.litehaven.runner.sqlite.Schema.Definition;
import dev.litehaven.runner.sqlite.Schema.ForeignKey;
import dev.litehaven.runner.sqlite.Schema.Index;
import dev.litehaven.runner.sqlite.Schema.Origin;
import dev.litehaven.runner.sqlite.Schema.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Reads a {@link Schema} from SQLite's own pragmas and schema table; parses no SQL itself. */
public final class SchemaReader {
  private SchemaReader() {}

  /** Of the main database. */
  public static Schema read(Connection connection) throws SQLException {
    return read(connection, "main");
  }

  /**
   * Of one database of the connection.
   *
   * @param schema {@code main}, or the name of an attached database
   */
  public static Schema read(Connection connection, String schema) throws SQLException {
    List<Table> tables = new ArrayList<>();
    List<String> shadows = new ArrayList<>();
    String list =
        "SELECT l.name, l.type, l.wr, l.strict, s.sql FROM pragma_table_list l JOIN "
            + Sqlite.quote(schema)
            + ".sqlite_schema s ON s.name = l.name AND s.type = 'table'"
            + " WHERE l.schema = ? AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY l.name";
    try (PreparedStatement statement = connection.prepareStatement(list)) {
      statement.setString(1, schema);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          String name = rows.getString(1);
          if (rows.getString(2).equals("shadow")) {
            shadows.add(name);
          } else {
            boolean virtual = rows.getString(2).equals("virtual");
            tables.add(
                new Table(
                    name,
                    virtual,
                    rows.getBoolean(3),
                    rows.getBoolean(4),
                    columns(connection, schema, name),
                    foreignKeys(connection, schema, name),
                    rows.getString(5)));
          }
        }
      }
    }
    return new Schema(
        tables,
        indexes(connection, schema),
        definitions(connection, schema, "trigger"),
        definitions(connection, schema, "view"),
        shadows);
  }

  /** One of {@link Schema#shadowTables()} of the main database. */
  public static Table shadowTable(Connection connection, String name) throws SQLException {
    boolean withoutRowid =
        Sqlite.queryLong(
                connection,
                "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?",
                name)
            != 0;
    return new Table(
        name, false, withoutRowid, false, columns(connection, "main", name), List.of(), "");
  }

  private static List<Column> columns(Connection connection, String schema, String table)
      throws SQLException {
    List<Column> columns = new ArrayList<>();
    String sql =
        "SELECT name, cid, type, \"notnull\", dflt_value, pk, hidden"
            + " FROM pragma_table_xinfo(?, ?) ORDER BY cid";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, table);
      statement.setString(2, schema);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          columns.add(
              new Column(
                  rows.getString(1),
                  rows.getInt(2),
                  rows.getString(3) == null ? "" : rows.getString(3),
                  rows.getBoolean(4),
                  rows.getString(5),
                  rows.getInt(6),
                  switch (rows.getInt(7)) {
                    case 1 -> Origin.HIDDEN;
                    case 2, 3 -> Origin.GENERATED;
                    default -> Origin.STORED;
                  }));
        }
      }
    }
    return columns;
  }

  private static List<ForeignKey> foreignKeys(Connection connection, String schema, String table)
      throws SQLException {
    List<ForeignKey> keys = new ArrayList<>();
    String sql =
        "SELECT \"from\", \"table\", \"to\", on_delete FROM pragma_foreign_key_list(?, ?)"
            + " ORDER BY \"from\", \"table\", \"to\"";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, table);
      statement.setString(2, schema);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          keys.add(
              new ForeignKey(
                  rows.getString(1), rows.getString(2), rows.getString(3), rows.getString(4)));
        }
      }
    }
    return keys;
  }

  private static List<Index> indexes(Connection connection, String schema) throws SQLException {
    List<Index> indexes = new ArrayList<>();
    String sql =
        "SELECT s.name, s.tbl_name, (SELECT l.\"unique\" FROM pragma_index_list(s.tbl_name, ?) l"
            + " WHERE l.name = s.name), s.sql FROM "
            + Sqlite.quote(schema)
            + ".sqlite_schema s WHERE s.type = 'index' AND s.sql IS NOT NULL ORDER BY s.name";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, schema);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          indexes.add(
              new Index(
                  rows.getString(1), rows.getString(2), rows.getBoolean(3), rows.getString(4)));
        }
      }
    }
    return indexes;
  }

  private static List<Definition> definitions(Connection connection, String schema, String type)
      throws SQLException {
    List<Definition> definitions = new ArrayList<>();
    String sql =
        "SELECT name, tbl_name, sql FROM "
            + Sqlite.quote(schema)
            + ".sqlite_schema WHERE type = ? ORDER BY name";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, type);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          definitions.add(new Definition(rows.getString(1), rows.getString(2), rows.getString(3)));
        }
      }
    }
    return definitions;
  }
}
