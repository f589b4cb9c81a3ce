package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Version;
import dev.litehaven.runner.sqlite.Sqlite;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Litehaven's own table in the first file of the database, one row per thing done to any of its
 * files. A row of an undone migration stays, with the time it was undone. The table is made with
 * the first migration, so that it is there exactly when there is something to remember.
 */
final class HistoryTable {
  static final String NAME = "litehaven_history";

  private static final String CREATE =
      """
      CREATE TABLE IF NOT EXISTS main.litehaven_history (
        id INTEGER PRIMARY KEY,
        stream TEXT NOT NULL,
        version TEXT NOT NULL,
        description TEXT,
        checksum TEXT NOT NULL,
        up TEXT,
        down TEXT,
        action TEXT NOT NULL CHECK (action IN ('up', 'down', 'skip')),
        applied_at TEXT NOT NULL,
        run_id TEXT NOT NULL,
        execution_ms INTEGER NOT NULL,
        rolled_back_at TEXT,
        files TEXT
      )""";

  /** The column that came last; a table that an earlier release made lacks it. */
  private static final String FILES = "files";

  private HistoryTable() {}

  /** What is applied in the stream and was not undone, in the order it was applied. */
  static List<HistoryEntry> applied(Connection connection, String stream) throws SQLException {
    List<HistoryEntry> entries = new ArrayList<>();
    if (!Sqlite.hasTable(connection, NAME)) {
      return entries;
    }
    String sql =
        "SELECT version, description, checksum, down, action, applied_at, "
            + (hasFiles(connection) ? FILES : "NULL")
            + " FROM main.litehaven_history WHERE stream = ? AND action <> 'down'"
            + " AND rolled_back_at IS NULL ORDER BY id";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, stream);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          entries.add(
              new HistoryEntry(
                  Version.of(rows.getString(1)),
                  rows.getString(2),
                  rows.getString(3),
                  rows.getString(4),
                  rows.getString(5),
                  rows.getString(6),
                  scope(rows.getString(7))));
        }
      }
    }
    return entries;
  }

  static void create(Connection connection) throws SQLException {
    Sqlite.execute(connection, CREATE);
    if (!hasFiles(connection)) {
      Sqlite.execute(connection, "ALTER TABLE main.litehaven_history ADD COLUMN files TEXT");
    }
  }

  private static boolean hasFiles(Connection connection) throws SQLException {
    return Sqlite.queryLong(
            connection,
            "SELECT count(*) FROM pragma_table_info('litehaven_history', 'main') WHERE name = ?",
            FILES)
        > 0;
  }

  private static FileScope scope(String text) {
    return text == null || text.isEmpty() ? FileScope.FIRST : FileScope.parse(text);
  }

  /**
   * Adds the row of a step that was carried out.
   *
   * @param undoing whether the step undid the version; its earlier row is marked then
   */
  static void record(
      Connection connection, String stream, PlannedStep step, Done done, boolean undoing)
      throws SQLException {
    if (undoing) {
      markRolledBack(connection, stream, step.version().text(), done.at());
    }
    String sql =
        "INSERT INTO main.litehaven_history (stream, version, description, checksum, up, down,"
            + " action, applied_at, run_id, execution_ms, files)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setString(1, stream);
      insert.setString(2, step.version().text());
      insert.setString(3, step.description());
      insert.setString(4, step.checksum());
      insert.setString(5, undoing ? null : step.sql());
      insert.setString(6, undoing ? step.sql() : step.down());
      insert.setString(7, undoing ? "down" : done.action());
      insert.setString(8, done.at());
      insert.setString(9, done.runId());
      insert.setLong(10, done.millis());
      FileScope forward = undoing ? step.scope().reversed() : step.scope();
      insert.setString(11, forward.equals(FileScope.FIRST) ? null : forward.text());
      insert.executeUpdate();
    }
  }

  /**
   * @param action {@code up} or {@code skip}; ignored when undoing
   * @param at RFC 3339
   */
  record Done(String action, String at, String runId, long millis) {}

  private static void markRolledBack(
      Connection connection, String stream, String version, String at) throws SQLException {
    String sql =
        "UPDATE main.litehaven_history SET rolled_back_at = ? WHERE stream = ? AND version = ?"
            + " AND action <> 'down' AND rolled_back_at IS NULL";
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setString(1, at);
      update.setString(2, stream);
      update.setString(3, version);
      update.executeUpdate();
    }
  }
}
