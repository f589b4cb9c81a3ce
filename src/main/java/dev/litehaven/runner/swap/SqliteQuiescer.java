package dev.litehaven.runner.swap;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import org.sqlite.JDBC;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** {@link DatabaseQuiescer} with SQLite itself. */
final class SqliteQuiescer implements DatabaseQuiescer {
  private static final int BUSY_MILLIS = 2_000;

  private final VolumeFacts facts;

  SqliteQuiescer(VolumeFacts facts) {
    this.facts = facts;
  }

  @Override
  public String quiesce(Path database) throws IOException {
    try (var connection = open(database)) {
      // Reading is what makes SQLite roll back a hot journal or replay a write-ahead log.
      answer(connection, "SELECT count(*) FROM sqlite_schema");
      boolean wal = answer(connection, "PRAGMA journal_mode").equals("wal");
      if (wal) {
        checkpoint(connection, database);
      } else {
        // DELETE alone leaves a journal that was kept by PERSIST lying there.
        require(connection, "PRAGMA journal_mode=PERSIST", "persist", database);
        require(connection, "PRAGMA journal_mode=DELETE", "delete", database);
      }
      return wal ? "wal" : "delete";
    } catch (SQLException e) {
      throw refusal(database, e);
    }
  }

  @Override
  public void finish(Path copy, String journalMode) throws IOException {
    try (var connection = open(copy)) {
      require(connection, "PRAGMA journal_mode=" + journalMode, journalMode, copy);
      if (journalMode.equals("wal")) {
        checkpoint(connection, copy);
      }
    } catch (SQLException e) {
      throw refusal(copy, e);
    }
  }

  private void checkpoint(Connection connection, Path database) throws SQLException, IOException {
    // (busy, log, checkpointed): only busy = 0 means that the log is empty now.
    if (!answer(connection, "PRAGMA wal_checkpoint(TRUNCATE)").equals("0")) {
      throw locked(database, "the checkpoint of its write-ahead log is blocked", null);
    }
  }

  private void require(Connection connection, String sql, String wanted, Path database)
      throws SQLException, IOException {
    var got = answer(connection, sql);
    if (!got.equals(wanted)) {
      throw locked(database, "\"" + sql + "\" was answered with " + got, null);
    }
  }

  private static String answer(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : "nothing";
    }
  }

  /** Never creates: a database that is missing must not come back as an empty one. */
  private static Connection open(Path database) throws SQLException {
    var properties = new Properties();
    properties.setProperty("busy_timeout", Integer.toString(BUSY_MILLIS));
    // As a URI: any other form lets a question mark in the name start the driver's own options.
    return JDBC.createConnection(
        "jdbc:sqlite:file:" + database.toUri().getRawPath() + "?mode=rw", properties);
  }

  private RefusedException refusal(Path database, SQLException e) throws IOException {
    int code = e instanceof SQLiteException s ? s.getResultCode().code & 0xff : 0;
    if (code == SQLiteErrorCode.SQLITE_BUSY.code || code == SQLiteErrorCode.SQLITE_LOCKED.code) {
      return locked(database, e.getMessage(), e);
    }
    Reason reason =
        switch (SQLiteErrorCode.getErrorCode(code)) {
          case SQLITE_NOTADB -> Reason.NOT_A_DATABASE;
          case SQLITE_CORRUPT -> Reason.CORRUPT;
          case SQLITE_FULL -> Reason.NO_SPACE;
          case SQLITE_READONLY -> Reason.READ_ONLY_VOLUME;
          case SQLITE_PERM, SQLITE_CANTOPEN -> Reason.WRONG_OWNER;
          default -> Reason.UNSUPPORTED_DATABASE;
        };
    return new RefusedException(
        reason,
        "SQLite cannot use "
            + database
            + ": "
            + e.getMessage()
            + ". Nothing was swapped; repair or restore the file, then try again",
        e);
  }

  private RefusedException locked(Path database, String seen, Throwable cause) throws IOException {
    return new RefusedException(
        Reason.DATABASE_LOCKED,
        database + " is locked: " + seen + ". " + describe(facts.holders(database)),
        cause);
  }

  /** Who holds a file, and what to do about it. */
  static String describe(List<String> holders) {
    return holders.isEmpty()
        ? "Who holds it cannot be seen from here (another container); stop every process that uses"
            + " the volume, then try again"
        : "Held by " + String.join(", ", holders) + "; stop that, then try again";
  }
}
