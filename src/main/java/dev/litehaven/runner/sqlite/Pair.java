package dev.litehaven.runner.sqlite;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/** A pristine database and its changed copy, both at rest, behind one read-only connection. */
public final class Pair {
  /** Schema name of the pristine one. */
  public static final String BEFORE = "main";

  /** Schema name of the changed one. */
  public static final String NOW = "litehaven_now";

  private Pair() {}

  /**
   * @param pristine closed, without sidecars
   * @param copy closed, without sidecars
   */
  public static Connection open(Path pristine, Path copy) throws SQLException {
    Connection connection = Sqlite.openImmutable(pristine);
    try {
      Sqlite.attachImmutable(connection, copy, NOW);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }
}
