package dev.litehaven.runner.sqlite;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.Schema.Column;
import dev.litehaven.runner.sqlite.Schema.Definition;
import dev.litehaven.runner.sqlite.Schema.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/**
 * Whether this SQLite can write a database without harming it. An application can bring its own
 * collations, functions and virtual table modules; without them indexes would be built in a wrong
 * order, or not at all.
 */
public final class SupportedDatabase {
  private static final int RESERVED_BYTES_OFFSET = 20;
  private static final List<String> SIGNS =
      List.of(
          "no such collation sequence",
          "no such function",
          "unknown function",
          "no such module",
          "no such tokenizer");

  private SupportedDatabase() {}

  /**
   * Refuses a database that only its application can write.
   *
   * @param copy a private copy; read with plain I/O, so never a database in use
   * @param connection to the copy; read-write, because SQLite does not look at checks otherwise
   * @throws RefusedException {@link Reason#UNSUPPORTED_DATABASE}, naming what is unknown
   */
  public static void require(Path copy, Connection connection, Schema schema)
      throws SQLException, IOException {
    requireNoReservedBytes(copy);
    for (Table table : schema.tables()) {
      String name = Sqlite.quote(table.name());
      // Preparing is enough: it resolves collations of indexes, functions of checks, generated
      // columns, partial indexes and triggers. Nothing runs.
      compile(connection, "table " + table.name(), "SELECT * FROM main." + name);
      if (!table.virtual()) {
        compile(
            connection, "table " + table.name(), "INSERT INTO main." + name + " DEFAULT VALUES");
        compile(connection, "table " + table.name(), "DELETE FROM main." + name);
        List<Column> columns = table.storedColumns();
        if (!columns.isEmpty()) {
          String order =
              String.join(
                  ", ", columns.stream().map(column -> Sqlite.quote(column.name())).toList());
          compile(
              connection,
              "table " + table.name(),
              "SELECT 1 FROM main." + name + " ORDER BY " + order);
          StringBuilder update = new StringBuilder("UPDATE main." + name + " SET ");
          for (int i = 0; i < columns.size(); i++) {
            String column = Sqlite.quote(columns.get(i).name());
            update.append(i == 0 ? "" : ", ").append(column).append(" = ").append(column);
          }
          compile(connection, "table " + table.name(), update.toString());
        }
      }
    }
    for (Definition view : schema.views()) {
      compile(connection, "view " + view.name(), "SELECT * FROM main." + Sqlite.quote(view.name()));
    }
  }

  private static void compile(Connection connection, String object, String sql) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.clearParameters();
    } catch (SQLException e) {
      String message = SqliteErrors.message(e);
      String lower = message.toLowerCase(Locale.ROOT);
      // Anything else, such as a view over a table that is gone, was the application's before us.
      if (SIGNS.stream().anyMatch(lower::contains)) {
        throw new RefusedException(
            Reason.UNSUPPORTED_DATABASE,
            "The "
                + object
                + " needs something that only its application has: "
                + message
                + ". Writing without it would damage the database, so nothing was done. Let the"
                + " application migrate itself, or take the object out first.",
            e);
      }
    }
  }

  private static void requireNoReservedBytes(Path copy) throws IOException {
    try (FileChannel file = FileChannel.open(copy, StandardOpenOption.READ)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      if (file.read(one, RESERVED_BYTES_OFFSET) == 1 && one.get(0) != 0) {
        throw new RefusedException(
            Reason.UNSUPPORTED_DATABASE,
            "Each page of the database reserves "
                + (one.get(0) & 0xff)
                + " bytes, as encryption and checksum extensions do. This SQLite would not maintain"
                + " them, so nothing was done. Migrate with the application's own SQLite.");
      }
    }
  }
}
