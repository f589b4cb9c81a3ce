package dev.litehaven.runner.sqlite;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Copies of several databases as they are at one instant, while their application goes on writing
 * to all of them. Copied one after the other they would be of different instants: an order without
 * its customer.
 *
 * <p>The instant is made by holding every file's write lock at once, for as long as it takes to
 * begin reading each. In WAL mode that is all its writers notice. In rollback mode a reader keeps
 * writers from committing until it ends, so such a file must be small enough to be copied in the
 * time that applications wait.
 */
public final class LiveCut {
  private LiveCut() {}

  /**
   * @param patience how long to try for all write locks at once
   * @param longestHold how long the writers of a file in rollback mode may be kept waiting
   * @param bytesPerSecond at which a file in rollback mode is taken to be copied
   * @param betweenFiles happens after reading each file has begun; for tests, since without the
   *     locks a difference of instants would be too short to be seen
   */
  record Limits(
      Duration patience, Duration longestHold, long bytesPerSecond, Runnable betweenFiles) {
    // Half of the 5 seconds that applications wait for a lock unless they say otherwise.
    static final Limits DEFAULT =
        new Limits(Duration.ofSeconds(30), Duration.ofMillis(2_500), 100L << 20, () -> {});

    static final Limits STOPPED =
        new Limits(Duration.ofSeconds(30), Duration.ofDays(1), 1 << 20, () -> {});
  }

  /** One file, the connection that holds its instant, and how it is journalled. */
  private record Reader(Path live, Path target, Connection connection, boolean wal)
      implements AutoCloseable {
    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }

  /**
   * @param targets by live file, in any order; none may exist. Forced to disk, as are their
   *     directories
   * @throws RefusedException {@link Reason#DATABASE_LOCKED} when no instant can be had, {@link
   *     Reason#UNSUPPORTED_DATABASE} when a file's writers would wait too long
   */
  public static void copy(Map<Path, Path> targets) throws IOException {
    copy(targets, Limits.DEFAULT);
  }

  /** The same where the application is stopped, so that nobody waits. */
  public static void copyStopped(Map<Path, Path> targets) throws IOException {
    copy(targets, Limits.STOPPED);
  }

  static void copy(Map<Path, Path> targets, Limits limits) throws IOException {
    if (targets.size() == 1) {
      Map.Entry<Path, Path> only = targets.entrySet().iterator().next();
      LiveCopy.copy(only.getKey(), only.getValue());
      return;
    }
    List<Reader> readers = new ArrayList<>();
    try {
      for (Map.Entry<Path, Path> file : targets.entrySet()) {
        readers.add(open(file.getKey(), file.getValue(), limits));
      }
      begin(readers, limits);
      // Those first whose writers wait for it.
      readers.sort((a, b) -> Boolean.compare(a.wal(), b.wal()));
      for (Reader reader : readers) {
        backUp(reader);
        reader.close();
      }
    } catch (SQLException e) {
      remove(targets.values());
      throw SqliteErrors.refusal(
          e, Reason.DATABASE_LOCKED, "The databases could not be copied as of one instant");
    } catch (IOException | RuntimeException e) {
      remove(targets.values());
      throw e;
    } finally {
      close(readers);
    }
  }

  private static Reader open(Path live, Path target, Limits limits)
      throws SQLException, IOException {
    LiveCopy.requirePlaces(live, target);
    // Plain I/O on the file happens in here, before anything holds a lock on it.
    Connection connection = LiveCopy.openLive(live, Sqlite.PATIENCE);
    try {
      boolean wal =
          Sqlite.queryString(connection, "PRAGMA main.journal_mode").equalsIgnoreCase("wal");
      requireShort(live, wal, limits);
      Sqlite.execute(connection, "PRAGMA busy_timeout=0");
      return new Reader(live, target, connection, wal);
    } catch (SQLException | IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private static void requireShort(Path live, boolean wal, Limits limits) throws IOException {
    long millis = Files.size(live) * 1000 / limits.bytesPerSecond();
    if (!wal && millis > limits.longestHold().toMillis()) {
      throw new RefusedException(
          Reason.UNSUPPORTED_DATABASE,
          "%s is in rollback journal mode and of %d MiB: its writers would wait about %d s while it is copied at the same instant as the other files. Nothing was changed. Let the application use WAL (PRAGMA journal_mode=WAL), or stop it first."
              .formatted(live, Files.size(live) >> 20, (millis + 999) / 1000));
    }
  }

  /** Leaves every reader in a transaction, all of them of one instant. */
  private static void begin(List<Reader> readers, Limits limits) throws SQLException {
    List<Connection> writers = new ArrayList<>();
    try {
      for (Reader reader : readers) {
        Connection writer = Sqlite.openReadWrite(reader.live());
        writers.add(writer);
        Sqlite.execute(writer, "PRAGMA busy_timeout=0");
      }
      long deadline = System.nanoTime() + limits.patience().toNanos();
      while (!tryBegin(readers, writers, limits.betweenFiles())) {
        if (System.nanoTime() > deadline) {
          throw new RefusedException(
              Reason.DATABASE_LOCKED,
              "For %d seconds there was no instant at which none of the files was being written: %s. Try again when there is less to do, or stop the application."
                  .formatted(
                      limits.patience().toSeconds(),
                      String.join(", ", readers.stream().map(r -> r.live().toString()).toList())));
        }
        pause();
      }
    } finally {
      for (Connection writer : writers) {
        writer.close();
      }
    }
  }

  /** Never waits while it has one of the locks: the application may want them in another order. */
  private static boolean tryBegin(
      List<Reader> readers, List<Connection> writers, Runnable betweenFiles) throws SQLException {
    boolean all = false;
    try {
      for (Connection writer : writers) {
        Sqlite.execute(writer, "BEGIN IMMEDIATE");
      }
      for (Reader reader : readers) {
        Sqlite.execute(reader.connection(), "BEGIN");
        // BEGIN alone reads nothing yet.
        Sqlite.queryLong(reader.connection(), "SELECT count(*) FROM main.sqlite_schema");
        betweenFiles.run();
      }
      all = true;
      return true;
    } catch (SQLException e) {
      if (SqliteErrors.reason(e, Reason.INTERNAL_ERROR) != Reason.DATABASE_LOCKED) {
        throw e;
      }
      return false;
    } finally {
      writers.forEach(LiveCut::rollBack);
      if (!all) {
        readers.forEach(reader -> rollBack(reader.connection()));
      }
    }
  }

  private static void rollBack(Connection connection) {
    try {
      Sqlite.execute(connection, "ROLLBACK");
    } catch (SQLException e) {
      // It had not begun.
    }
  }

  private static void backUp(Reader reader) throws SQLException, IOException {
    LiveCopy.copySnapshot(reader.connection(), reader.target());
    rollBack(reader.connection());
  }

  private static void pause() {
    try {
      TimeUnit.MICROSECONDS.sleep(ThreadLocalRandom.current().nextInt(500, 20_000));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException(Reason.INTERRUPTED, "The copying was interrupted.");
    }
  }

  private static void remove(Iterable<Path> targets) throws IOException {
    for (Path target : targets) {
      Files.deleteIfExists(target);
    }
  }

  private static void close(List<Reader> readers) throws IOException {
    for (Reader reader : readers) {
      try {
        reader.close();
      } catch (SQLException e) {
        throw new IOException(e);
      }
    }
  }
}
