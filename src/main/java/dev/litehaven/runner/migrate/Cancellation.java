package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.Sqlite;
import java.sql.Connection;
import java.sql.SQLException;
import org.sqlite.ProgressHandler;

/** Lets another thread stop what one thread does with a connection. Once cancelled, always. */
final class Cancellation {
  // A fraction of a millisecond's work, so that asking costs nothing that can be measured.
  private static final int VM_STEPS_BETWEEN_ASKING = 20_000;

  private Connection covered;
  private volatile boolean cancelled;

  /**
   * While the scope is open, {@link #cancel} interrupts the connection: what runs, and what begins
   * later. {@code sqlite3_interrupt} alone does nothing for a statement that begins just after it,
   * so running statements ask for themselves as well.
   */
  synchronized Scope covers(Connection connection) throws SQLException {
    ProgressHandler.setHandler(
        connection,
        VM_STEPS_BETWEEN_ASKING,
        new ProgressHandler() {
          @Override
          protected int progress() {
            return cancelled ? 1 : 0;
          }
        });
    covered = connection;
    return new Scope(this);
  }

  synchronized void cancel() {
    cancelled = true;
    if (covered != null) {
      try {
        Sqlite.interrupt(covered);
      } catch (SQLException e) {
        throw new IllegalStateException("an open connection can be interrupted", e);
      }
    }
  }

  private synchronized void release() {
    covered = null;
  }

  private synchronized void check() {
    if (cancelled) {
      throw new RefusedException(
          Reason.INTERRUPTED, "The migration was interrupted. Nothing was changed; run it again.");
    }
  }

  /** Must be closed before the connection is. */
  record Scope(Cancellation cancellation) implements AutoCloseable {
    /**
     * @throws RefusedException {@link Reason#INTERRUPTED} once cancelled
     */
    void check() {
      cancellation.check();
    }

    @Override
    public void close() {
      cancellation.release();
    }
  }
}
