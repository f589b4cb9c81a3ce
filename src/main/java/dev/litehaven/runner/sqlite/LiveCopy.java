package dev.litehaven.runner.sqlite;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import org.sqlite.SQLiteConnection;
import org.sqlite.core.Codes;
import org.sqlite.core.DB;

/**
 * A consistent copy of a database that its application goes on using, by SQLite's backup API. Plain
 * file I/O would tear the copy, and closing its descriptor would drop the locks this process holds.
 */
public final class LiveCopy {
  private static final int BUSY_SLEEP_MILLIS = 20;

  private LiveCopy() {}

  /**
   * How a copy went.
   *
   * @param journalMode of the live database, lower case; the copy keeps it where a file can
   * @param restarts how often a writer made SQLite start again
   */
  public record Copied(String journalMode, int restarts) {}

  /**
   * How a copy treats the writers of a database in rollback mode.
   *
   * @param patience how long to wait for a lock that somebody holds without a break
   * @param pagesPerStep copied under one shared lock; a few milliseconds' worth
   * @param restartsBeforeHolding after how many restarts to keep writers out for one whole copy
   * @param longestHold but only if that is estimated to take no longer
   * @param restartsBeforeGivingUp after how many restarts there will be no copy
   */
  record Limits(
      Duration patience,
      int pagesPerStep,
      int restartsBeforeHolding,
      Duration longestHold,
      int restartsBeforeGivingUp) {
    // Applications wait 5 seconds for a lock unless they say otherwise.
    static final Limits DEFAULT = new Limits(Sqlite.PATIENCE, 1000, 3, Duration.ofSeconds(2), 30);
  }

  /**
   * In WAL mode writers are never held up. In rollback mode they wait for single steps; after a few
   * restarts, and only if a whole copy is estimated to be short, for one whole copy.
   *
   * @param target must not exist; forced to disk, as is its directory
   * @throws RefusedException {@link Reason#DATABASE_LOCKED} when no consistent copy can be had
   */
  public static Copied copy(Path live, Path target) throws IOException {
    return copy(live, target, Limits.DEFAULT);
  }

  static Copied copy(Path live, Path target, Limits limits) throws IOException {
    requirePlaces(live, target);
    try {
      Connection connection = openLive(live, limits.patience());
      String mode =
          Sqlite.queryString(connection, "PRAGMA main.journal_mode").toLowerCase(Locale.ROOT);
      CopyProgress progress = new CopyProgress(connection, limits);
      // One step under one read transaction does not restart, and in WAL mode holds nobody up.
      int pagesPerStep = mode.equals("wal") ? -1 : limits.pagesPerStep();
      int result;
      try {
        result = progress.await(() -> backup(connection, target, limits, pagesPerStep, progress));
      } finally {
        if (progress.threadEnded()) {
          connection.close();
        }
      }
      if (result != Codes.SQLITE_OK || !progress.complete()) {
        // A copy counts only when its last step said so, whatever the driver makes of it.
        int code = result == Codes.SQLITE_OK ? Codes.SQLITE_BUSY : result;
        throw DB.newSQLException(code, "the copy is not complete");
      }
      force(target);
      return new Copied(mode, progress.restarts());
    } catch (SQLException e) {
      Files.deleteIfExists(target);
      throw SqliteErrors.refusal(
          e, Reason.DATABASE_LOCKED, "The database " + live + " could not be copied");
    }
  }

  /** There is something to copy, and nothing where it goes. */
  static void requirePlaces(Path live, Path target) {
    if (Files.exists(target)) {
      throw new IllegalArgumentException("the target of a copy must not exist: " + target);
    }
    if (!Files.exists(live)) {
      throw new RefusedException(
          Reason.FILE_NOT_FOUND, "There is no file " + live + ". Check the path.");
    }
  }

  /** One step from a connection whose read transaction says of which instant the copy is. */
  static void copySnapshot(Connection connection, Path target) throws SQLException, IOException {
    DB database = connection.unwrap(SQLiteConnection.class).getDatabase();
    int[] left = {Integer.MAX_VALUE};
    int result =
        database.backup(
            "main",
            target.toAbsolutePath().toString(),
            (remaining, pages) -> left[0] = remaining,
            BUSY_SLEEP_MILLIS,
            1,
            -1);
    if (result != Codes.SQLITE_OK || left[0] != 0) {
      throw DB.newSQLException(
          result == Codes.SQLITE_OK ? Codes.SQLITE_BUSY : result, "the copy is not complete");
    }
    force(target);
  }

  private static int backup(
      Connection connection, Path target, Limits limits, int pagesPerStep, CopyProgress progress)
      throws SQLException {
    int tries = (int) (limits.patience().toMillis() / BUSY_SLEEP_MILLIS);
    DB database = connection.unwrap(SQLiteConnection.class).getDatabase();
    String file = target.toAbsolutePath().toString();
    int result = database.backup("main", file, progress, BUSY_SLEEP_MILLIS, tries, pagesPerStep);
    progress.release();
    return result;
  }

  // A read-only connection never checkpoints or recovers for the application. It cannot read after
  // a crash, though: then recovering is what the application would do on its next start.
  static Connection openLive(Path live, Duration patience) throws SQLException, IOException {
    try {
      return readable(LiveConnection.open(live, patience));
    } catch (SQLException e) {
      Reason reason = SqliteErrors.reason(e, Reason.FILE_NOT_FOUND);
      if (reason != Reason.READ_ONLY_VOLUME && reason != Reason.FILE_NOT_FOUND) {
        throw e;
      }
      return readable(Sqlite.openReadWrite(live, patience));
    }
  }

  private static Connection readable(Connection connection) throws SQLException {
    try {
      Sqlite.queryLong(connection, "SELECT count(*) FROM main.sqlite_schema");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  private static void force(Path target) throws IOException {
    try (FileChannel file = FileChannel.open(target, StandardOpenOption.WRITE)) {
      file.force(true);
    }
    try (FileChannel directory =
        FileChannel.open(target.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      directory.force(true);
    }
  }
}
