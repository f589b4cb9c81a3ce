package dev.litehaven.runner.sqlite;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Set;

/** A pristine database and its changed copy, both at rest, behind one read-only connection. */
public final class Pair implements AutoCloseable {
  /** Schema name of the pristine one. */
  public static final String BEFORE = "main";

  /** Schema name of the changed one. */
  public static final String NOW = "litehaven_now";

  private final Connection connection;
  private final Schema before;
  private final Schema now;
  private final Set<String> untouched;

  private Pair(Connection connection, Path pristine, Path copy, Set<String> ignoredTables)
      throws SQLException, IOException {
    this.connection = connection;
    Sqlite.attachImmutable(connection, copy, NOW);
    this.before = SchemaReader.read(connection, BEFORE).without(ignoredTables);
    this.now = SchemaReader.read(connection, NOW).without(ignoredTables);
    this.untouched = UntouchedTables.find(connection, pristine, copy, before, now);
  }

  /**
   * Opens both, reads their schemas and finds the tables that nobody touched.
   *
   * @param pristine closed, without sidecars
   * @param copy closed, without sidecars
   * @param ignoredTables names in lower case that are nobody's data
   */
  public static Pair open(Path pristine, Path copy, Set<String> ignoredTables)
      throws SQLException, IOException {
    Connection connection = Sqlite.openImmutable(pristine);
    try {
      return new Pair(connection, pristine, copy, ignoredTables);
    } catch (SQLException | IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  public Connection connection() {
    return connection;
  }

  public Schema before() {
    return before;
  }

  public Schema now() {
    return now;
  }

  /** Whether both files hold the table with the same rows, by their pages. False: not known. */
  public boolean isUntouched(String table) {
    return untouched.contains(table.toLowerCase(Locale.ROOT));
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
