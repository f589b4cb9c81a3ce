package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.Sqlite;
import java.sql.Connection;
import java.sql.SQLException;

/** Lets another thread stop what one thread does with a connection. Once cancelled, always. */
final class Cancellation {
  private Connection covered;
  private boolean cancelled;

  /** While the scope is open, {@link #cancel} interrupts the connection. */
  synchronized Scope covers(Connection connection) {
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
