package dev.litehaven.runner.restore;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.restore.TableSelection.OfFile;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.Schema.Column;
import dev.litehaven.runner.sqlite.Schema.Table;
import dev.litehaven.runner.sqlite.SchemaReader;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.SqliteErrors;
import dev.litehaven.runner.sqlite.SupportedDatabase;
import dev.litehaven.runner.sqlite.VirtualTables;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Gives a private copy of a database some tables as a backup has them: definition, rows under their
 * rowids, AUTOINCREMENT counter, indexes and triggers. Everything else stays as it is.
 *
 * <p>A table is dropped with its triggers, made anew and filled before it gets triggers again, with
 * foreign keys and checks off. So no trigger runs, none of the database's own and none of the
 * backup's.
 */
final class TableRestore {
  private static final String BACKUP = "lh_backup";

  private final Connection connection;
  private final OfFile selected;

  private TableRestore(Connection connection, OfFile selected) {
    this.connection = connection;
    this.selected = selected;
  }

  /**
   * @param copy closed, without sidecars; good for nothing but being thrown away when this throws
   * @param backup closed, without sidecars; only read
   * @throws RefusedException UNSUPPORTED_DATABASE one of them needs what only its application has,
   *     or they do not fit together
   */
  static void apply(Path copy, Path backup, OfFile selected) throws IOException {
    try {
      // Each in a connection of its own: a virtual table must not remember what it was made with.
      on(
          copy,
          backup,
          connection -> {
            SupportedDatabase.require(copy, connection, SchemaReader.read(connection));
            new TableRestore(connection, selected).tables();
          });
      on(copy, backup, connection -> new TableRestore(connection, selected).virtualContent());
    } catch (SQLException e) {
      throw SqliteErrors.refusal(
          e,
          Reason.UNSUPPORTED_DATABASE,
          "The tables cannot be put into the database as the backup has them",
          "Nothing was changed. Restore the whole database, or into a new one, and move the rows"
              + " with the application.");
    }
  }

  private interface Work {
    void on(Connection connection) throws SQLException, IOException;
  }

  private static void on(Path copy, Path backup, Work work) throws SQLException, IOException {
    try (Connection connection = Sqlite.openPrivate(copy)) {
      Sqlite.execute(connection, "PRAGMA main.journal_mode=OFF");
      Sqlite.attachImmutable(connection, backup, BACKUP);
      Sqlite.execute(connection, "PRAGMA foreign_keys=OFF");
      // The rows were in the database once, whatever its checks say.
      Sqlite.execute(connection, "PRAGMA ignore_check_constraints=ON");
      Sqlite.execute(connection, "BEGIN IMMEDIATE");
      work.on(connection);
      Sqlite.execute(connection, "COMMIT");
    }
  }

  private void tables() throws SQLException {
    Schema live = SchemaReader.read(connection);
    Schema backup = SchemaReader.read(connection, BACKUP);
    for (Table table : live.tables()) {
      if (selected.touches(table.name())) {
        Sqlite.execute(connection, "DROP TABLE main." + Sqlite.quote(table.name()));
      }
    }
    for (String sql : statements("table")) {
      Sqlite.execute(connection, sql);
    }
    for (Table table : backup.tables()) {
      if (selected.restored().contains(table.name()) && !table.virtual()) {
        fill(table);
        sequence(table.name());
      }
    }
    for (String type : List.of("index", "trigger")) {
      for (String sql : statements(type)) {
        Sqlite.execute(connection, sql);
      }
    }
  }

  /** In the backup's own order, on which the order depends in which triggers run. */
  private List<String> statements(String type) throws SQLException {
    List<String> statements = new ArrayList<>();
    for (String table : selected.restored()) {
      statements.addAll(
          Sqlite.queryStrings(
              connection,
              "SELECT sql FROM "
                  + BACKUP
                  + ".sqlite_schema WHERE type = ? AND tbl_name = ? AND sql IS NOT NULL"
                  + " ORDER BY rowid",
              type,
              table));
    }
    return statements;
  }

  private void fill(Table table) throws SQLException {
    Set<String> columns = new LinkedHashSet<>();
    table.rowidName().ifPresent(columns::add);
    table.storedColumns().stream().map(Column::name).forEach(columns::add);
    String names = String.join(", ", columns.stream().map(Sqlite::quote).toList());
    Sqlite.execute(
        connection,
        "INSERT INTO main.%1$s (%2$s) SELECT %2$s FROM %3$s.%1$s"
            .formatted(Sqlite.quote(table.name()), names, BACKUP));
  }

  private void sequence(String table) throws SQLException {
    for (String schema : List.of("main", BACKUP)) {
      if (Sqlite.queryLong(
              connection,
              "SELECT count(*) FROM " + schema + ".sqlite_schema WHERE name = 'sqlite_sequence'")
          == 0) {
        return;
      }
    }
    String of = Sqlite.literal(table);
    Sqlite.execute(connection, "DELETE FROM main.sqlite_sequence WHERE name = " + of);
    Sqlite.execute(
        connection,
        "INSERT INTO main.sqlite_sequence (name, seq) SELECT name, seq FROM "
            + BACKUP
            + ".sqlite_sequence WHERE name = "
            + of);
  }

  /** What a virtual table holds lies in its shadow tables, which are ordinary ones. */
  private void virtualContent() throws SQLException {
    Schema backup = SchemaReader.read(connection, BACKUP);
    Set<String> made = Set.copyOf(SchemaReader.read(connection).shadowTables());
    for (String shadow : backup.shadowTables()) {
      boolean restored =
          VirtualTables.owner(shadow, backup.tables())
              .filter(owner -> selected.restored().contains(owner.name()))
              .isPresent();
      if (!restored) {
        continue;
      }
      if (!made.contains(shadow)) {
        // Some modules make a table only when they need it.
        Sqlite.execute(
            connection,
            Sqlite.queryString(
                connection, "SELECT sql FROM " + BACKUP + ".sqlite_schema WHERE name = ?", shadow));
      }
      Sqlite.execute(connection, "DELETE FROM main." + Sqlite.quote(shadow));
      fill(SchemaReader.shadowTable(connection, shadow));
    }
  }
}
