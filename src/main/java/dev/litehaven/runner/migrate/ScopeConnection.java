package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.migrate.FileSet.Member;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.SqliteErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteLimits;

/** Connections on which SQL that users wrote sees several files of a database. */
final class ScopeConnection {
  private ScopeConnection() {}

  /**
   * For a script: its file is {@code main}, the attached ones have their names, and nothing else
   * can be reached. No copy is safe against a crash meanwhile: it is thrown away when anything
   * fails, so no journal is needed to take anything back.
   */
  static Connection open(FileSet files, FileScope scope) throws SQLException {
    Connection connection = Sqlite.openPrivate(files.target(scope).copy());
    try {
      Sqlite.execute(connection, "PRAGMA main.journal_mode=OFF");
      for (Member member : files.attached(scope)) {
        attach(member, () -> Sqlite.attachPrivate(connection, member.copy(), member.name()));
      }
      // Only outside a transaction: inside, SQLite ignores it, and a rebuild would cascade.
      Sqlite.execute(connection, "PRAGMA foreign_keys=OFF");
      lock(connection);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** For questions about all files: the first is {@code main}, the others have their names. */
  static Connection openAll(FileSet files) throws SQLException {
    Connection connection = Sqlite.openImmutable(files.first().copy());
    try {
      List<Member> others = files.members().subList(1, files.members().size());
      for (Member member : others) {
        attach(member, () -> Sqlite.attachImmutable(connection, member.copy(), member.name()));
      }
      lock(connection);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private static void lock(Connection connection) throws SQLException {
    connection.unwrap(SQLiteConnection.class).setLimit(SQLiteLimits.SQLITE_LIMIT_ATTACHED, 0);
  }

  private interface Attach {
    void run() throws SQLException;
  }

  private static void attach(Member member, Attach attach) throws SQLException {
    try {
      attach.run();
    } catch (SQLException e) {
      if (SqliteErrors.message(e).contains("same text encoding")) {
        throw new RefusedException(
            Reason.UNSUPPORTED_DATABASE,
            "The file "
                + member.name()
                + " has another text encoding (UTF-8 or UTF-16) than the file it is to be used"
                + " with, and SQLite cannot attach one to the other. Nothing was changed. Move the"
                + " rows with the application.",
            e);
      }
      throw e;
    }
  }
}
