package dev.litehaven.runner.sqlite;

import dev.litehaven.runner.sqlite.LiveCopy.Limits;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.sqlite.core.Codes;
import org.sqlite.core.DB;

/**
 * Watches the steps of a copy. A writer makes SQLite start again, which shows as no fewer pages
 * remaining than before; a busy one would do so for ever.
 */
final class CopyProgress implements DB.ProgressObserver {
  private final Connection connection;
  private final Limits limits;
  private final CompletableFuture<Integer> result = new CompletableFuture<>();
  private final long started = System.nanoTime();
  private int remaining = Integer.MAX_VALUE;
  private int pages;
  private long copied;
  private int restarts;
  private boolean holding;
  private volatile boolean threadEnded;

  CopyProgress(Connection connection, Limits limits) {
    this.connection = connection;
    this.limits = limits;
  }

  /**
   * Runs the copy in a thread of its own. The driver's loop cannot be left from within: where there
   * will be no copy, that thread stays behind between two steps, with neither locks nor work.
   *
   * @throws SQLException SQLITE_BUSY when given up; the connection must then not be touched again
   */
  int await(Callable<Integer> copy) throws SQLException {
    Thread.ofPlatform()
        .daemon()
        .name("copy")
        .start(
            () -> {
              try {
                int code = copy.call();
                threadEnded = true;
                result.complete(code);
              } catch (Exception e) {
                threadEnded = true;
                result.completeExceptionally(e);
              }
            });
    try {
      return result.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SQLException sql) {
        throw sql;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw DB.newSQLException(Codes.SQLITE_INTERRUPT, "the copy was interrupted");
    }
  }

  @Override
  public void progress(int nowRemaining, int pageCount) {
    if (nowRemaining >= remaining) {
      restarts++;
    }
    copied += Math.min(limits.pagesPerStep(), pageCount);
    remaining = nowRemaining;
    pages = pageCount;
    if (remaining == 0 || holding) {
      return;
    }
    if (restarts >= limits.restartsBeforeGivingUp()) {
      giveUp();
    } else if (restarts >= limits.restartsBeforeHolding()
        && estimatedNanos() < limits.longestHold().toNanos()) {
      hold();
    }
  }

  boolean complete() {
    return remaining == 0;
  }

  /** Whether the connection is the caller's again. */
  boolean threadEnded() {
    return threadEnded;
  }

  int restarts() {
    return restarts;
  }

  void release() throws SQLException {
    if (holding) {
      Sqlite.execute(connection, "ROLLBACK");
    }
  }

  private long estimatedNanos() {
    return (System.nanoTime() - started) / copied * pages;
  }

  // A read transaction of our own keeps writers out until the copy is complete.
  private void hold() {
    try {
      Sqlite.execute(connection, "BEGIN");
      Sqlite.queryLong(connection, "SELECT count(*) FROM main.sqlite_schema");
      holding = true;
    } catch (SQLException e) {
      // A writer has the database just now; the next restart tries again.
      endTransaction();
    }
  }

  private void endTransaction() {
    try {
      Sqlite.execute(connection, "ROLLBACK");
    } catch (SQLException e) {
      holding = false;
    }
  }

  private void giveUp() {
    result.completeExceptionally(
        DB.newSQLException(
            Codes.SQLITE_BUSY, "it was written " + restarts + " times while it was copied"));
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
