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
  // In rollback mode each step holds a shared lock; this much is a few milliseconds.
  private static final int PAGES_PER_STEP = 1000;
  private static final int BUSY_SLEEP_MILLIS = 20;

  private LiveCopy() {}

  /**
   * @param journalMode of the live database, lower case; the copy keeps it where a file can
   * @param restarts how often a writer made SQLite start again
   */
  public record Copied(String journalMode, long pages, int restarts) {}

  /**
   * In WAL mode writers are never held up. In rollback mode they wait for single steps; after a few
   * restarts, and only if what remains is estimated to be short, for the rest of the copy.
   *
   * @param target must not exist; forced to disk, as is its directory
   * @throws RefusedException {@link Reason#DATABASE_LOCKED} when no consistent copy can be had
   */
  public static Copied copy(Path live, Path target) throws IOException {
    return copy(live, target, Sqlite.PATIENCE);
  }

  /**
   * As {@link #copy(Path, Path)}.
   *
   * @param patience how long to wait for a lock that somebody holds without a break
   */
  static Copied copy(Path live, Path target, Duration patience) throws IOException {
    if (Files.exists(target)) {
      throw new IllegalArgumentException("the target of a copy must not exist: " + target);
    }
    try (Connection connection = openLive(live, patience)) {
      String mode =
          Sqlite.queryString(connection, "PRAGMA main.journal_mode").toLowerCase(Locale.ROOT);
      Progress progress = new Progress(connection);
      int result = backup(connection, target, mode, patience, progress);
      if (result != Codes.SQLITE_OK || progress.remaining != 0) {
        // The driver reports the target's state, which is fine when the source was locked too long.
        int code = result == Codes.SQLITE_OK ? Codes.SQLITE_BUSY : result;
        throw DB.newSQLException(code, "the copy is not complete");
      }
      progress.release();
      force(target);
      return new Copied(mode, progress.pages, progress.restarts);
    } catch (SQLException e) {
      Files.deleteIfExists(target);
      throw SqliteErrors.refusal(
          e, Reason.DATABASE_LOCKED, "The database " + live + " could not be copied");
    }
  }

  private static int backup(
      Connection connection, Path target, String mode, Duration patience, Progress progress)
      throws SQLException {
    DB database = connection.unwrap(SQLiteConnection.class).getDatabase();
    // One step under one read transaction does not restart, and in WAL mode holds nobody up.
    int pages = mode.equals("wal") ? -1 : PAGES_PER_STEP;
    return database.backup(
        "main",
        target.toAbsolutePath().toString(),
        progress,
        BUSY_SLEEP_MILLIS,
        (int) (patience.toMillis() / BUSY_SLEEP_MILLIS),
        pages);
  }

  // A read-only connection never checkpoints or recovers for the application. It cannot read after
  // a crash, though: then recovering is what the application would do on its next start.
  private static Connection openLive(Path live, Duration patience)
      throws SQLException, IOException {
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

  /** Watches the steps; a restart shows as more pages remaining than before. */
  private static final class Progress implements DB.ProgressObserver {
    private static final int RESTARTS_BEFORE_HOLDING = 3;
    private static final long LONGEST_HOLD_NANOS = 2_000_000_000L;

    private final Connection connection;
    private final long started = System.nanoTime();
    private int remaining = Integer.MAX_VALUE;
    private int pages;
    private long copied;
    private int restarts;
    private boolean holding;

    Progress(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void progress(int nowRemaining, int pageCount) {
      if (nowRemaining > remaining) {
        restarts++;
      } else {
        copied += Math.min(PAGES_PER_STEP, pageCount);
      }
      remaining = nowRemaining;
      pages = pageCount;
      if (!holding
          && restarts >= RESTARTS_BEFORE_HOLDING
          && estimatedNanos() < LONGEST_HOLD_NANOS) {
        hold();
      }
    }

    private long estimatedNanos() {
      long perPage = (System.nanoTime() - started) / Math.max(1, copied);
      return perPage * pages;
    }

    // A read transaction of our own keeps writers out until the copy is complete.
    private void hold() {
      try {
        Sqlite.execute(connection, "BEGIN");
        Sqlite.queryLong(connection, "SELECT count(*) FROM main.sqlite_schema");
        holding = true;
      } catch (SQLException e) {
        // A writer has the database just now; the next restart tries again.
        rollBack();
      }
    }

    void release() {
      if (holding) {
        rollBack();
      }
    }

    private void rollBack() {
      try {
        Sqlite.execute(connection, "ROLLBACK");
      } catch (SQLException e) {
        holding = false;
      }
    }
  }
}
