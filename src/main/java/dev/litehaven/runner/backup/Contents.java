package dev.litehaven.runner.backup;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.backup.BackupManifest.Table;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.sqlite.ContentHash.DatabaseHash;
import dev.litehaven.runner.sqlite.SchemaReader;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.SqliteErrors;
import dev.litehaven.runner.sqlite.SupportedDatabase;
import dev.litehaven.runner.task.BackgroundTask;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** What a closed, private database file says: rows and content hash of every table. */
public record Contents(String sqliteVersion, String contentHash, List<Table> tables) {
  /**
   * @param what names the file in messages
   * @throws RefusedException when SQLite cannot read it
   */
  public static Contents read(Path file, String what) {
    try (Connection connection = Sqlite.openImmutable(file)) {
      DatabaseHash hash = ContentHash.ofDatabase(connection);
      return new Contents(
          Sqlite.queryString(connection, "SELECT sqlite_version()"),
          hash.hash(),
          hash.tables().stream()
              .map(table -> new Table(table.table(), table.rows(), table.hash()))
              .toList());
    } catch (SQLException e) {
      throw unreadable(file, what, e);
    }
  }

  /**
   * Reads as well whether the file's structure is sound.
   *
   * @param integrity whether also each index says what its table says
   * @throws RefusedException {@link Reason#CORRUPT} when it is not
   */
  public static Contents check(Path file, String what, boolean integrity) throws IOException {
    BackgroundTask<Contents> reading =
        BackgroundTask.start("read-contents", () -> read(file, what));
    try {
      requireSound(file, what, integrity);
    } finally {
      reading.settle(); // the file may be deleted next
    }
    return reading.await();
  }

  static void requireSound(Path file, String what, boolean integrity) {
    String answer;
    try (Connection connection = Sqlite.openImmutable(file)) {
      answer =
          Sqlite.queryString(
              connection, integrity ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)");
    } catch (SQLException e) {
      throw unreadable(file, what, e);
    }
    if (!"ok".equals(answer)) {
      throw new RefusedException(
          Reason.CORRUPT,
          what
              + " holds exactly the bytes that were backed up, and they are damaged: "
              + answer
              + ". So the database itself was damaged before; restore an older verified backup, or"
              + " recover what is left with the sqlite3 tool.");
    }
  }

  /** Damage is not what it is when only the application has what reading the file takes. */
  private static RefusedException unreadable(Path file, String what, SQLException seen) {
    try (Connection connection = Sqlite.openImmutable(file)) {
      SupportedDatabase.require(file, connection, SchemaReader.read(connection));
    } catch (RefusedException unsupported) {
      return unsupported;
    } catch (SQLException | IOException e) {
      seen.addSuppressed(e);
    }
    return SqliteErrors.refusal(seen, Reason.CORRUPT, what + " cannot be read");
  }
}
