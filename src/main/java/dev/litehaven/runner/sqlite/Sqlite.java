package dev.litehaven.runner.sqlite;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Opens databases. No connection from here ever creates a database, loads an extension, maps memory
 * or keeps temporary content on the heap; each keeps its page cache below {@link #CACHE_KIB}.
 */
public final class Sqlite {
  /** Page cache per connection and attached database, in KiB. */
  static final int CACHE_KIB = 16 * 1024;

  /** How long a connection waits for another's lock unless told otherwise. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private Sqlite() {}

  /**
   * Has the driver and its library loaded in a thread of their own, which takes as long as all that
   * a runner does before its first statement. Whoever opens a database waits for it.
   */
  public static void prepare() {
    Thread.ofPlatform().daemon().name("sqlite").start(Sqlite::load);
  }

  private static void load() {
    try {
      SQLiteJDBCLoader.initialize();
      JDBC.createConnection("jdbc:sqlite::memory:", new Properties()).close();
    } catch (Exception | LinkageError e) {
      // Whoever opens a database meets the same, and tells it.
    }
  }

  /** Reads a database that others may be using. Never checkpoints or recovers for them. */
  public static Connection openReadOnly(Path database) throws SQLException {
    return openReadOnly(database, PATIENCE);
  }

  static Connection openReadOnly(Path database, Duration patience) throws SQLException {
    return open(uri(database) + "?mode=ro", patience);
  }

  /** Reads and writes a database that others may be using; recovers it where that is due. */
  public static Connection openReadWrite(Path database) throws SQLException {
    return openReadWrite(database, PATIENCE);
  }

  static Connection openReadWrite(Path database, Duration patience) throws SQLException {
    return open(uri(database) + "?mode=rw", patience);
  }

  /**
   * Opens a copy that nobody else has and that is thrown away when anything fails. So it takes no
   * care for a crash: the caller must force the file to disk after closing.
   */
  public static Connection openPrivate(Path copy) throws SQLException {
    Connection connection = open(uri(copy) + "?mode=rw", PATIENCE);
    try {
      execute(connection, "PRAGMA locking_mode=EXCLUSIVE");
      execute(connection, "PRAGMA synchronous=OFF");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /**
   * Reads a private copy that nobody writes meanwhile, without locks and without sidecars. Never
   * for a database in use, and never where a WAL still holds content.
   */
  public static Connection openImmutable(Path copy) throws SQLException {
    return open(immutableUri(copy), PATIENCE);
  }

  /** Attaches a private copy under the same terms as {@link #openImmutable}. */
  public static void attachImmutable(Connection connection, Path copy, String schema)
      throws SQLException {
    execute(connection, "ATTACH " + literal(immutableUri(copy)) + " AS " + quote(schema));
    execute(connection, "PRAGMA " + quote(schema) + ".cache_size=-" + CACHE_KIB);
  }

  /**
   * Attaches a private copy to a connection from {@link #openPrivate} under the same terms, and
   * without a journal.
   */
  public static void attachPrivate(Connection connection, Path copy, String schema)
      throws SQLException {
    execute(connection, "ATTACH " + literal(uri(copy) + "?mode=rw") + " AS " + quote(schema));
    execute(connection, "PRAGMA " + quote(schema) + ".synchronous=OFF");
    execute(connection, "PRAGMA " + quote(schema) + ".journal_mode=OFF");
    execute(connection, "PRAGMA " + quote(schema) + ".cache_size=-" + CACHE_KIB);
  }

  /** Stops what the connection is doing from another thread; it fails with SQLITE_INTERRUPT. */
  public static void interrupt(Connection connection) throws SQLException {
    connection.unwrap(SQLiteConnection.class).getDatabase().interrupt();
  }

  /** The name as an SQL identifier, whatever it contains. */
  public static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** The text as an SQL string literal. */
  public static String literal(String text) {
    return '\'' + text.replace("'", "''") + '\'';
  }

  /** Runs one statement of our own and drops its rows. */
  public static void execute(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      if (statement.execute()) {
        try (ResultSet rows = statement.getResultSet()) {
          while (rows.next()) {
            // Some pragmas and INSERT ... RETURNING only finish when stepped to the end.
          }
        }
      }
    }
  }

  /** First column of the first row; 0 where there is none. */
  public static long queryLong(Connection connection, String sql, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = prepare(connection, sql, parameters);
        ResultSet rows = statement.executeQuery()) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }

  /** First column of the first row; null where there is none. */
  public static String queryString(Connection connection, String sql, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = prepare(connection, sql, parameters);
        ResultSet rows = statement.executeQuery()) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  /** First column of all rows. Only for results known to be small. */
  public static List<String> queryStrings(Connection connection, String sql, Object... parameters)
      throws SQLException {
    List<String> values = new ArrayList<>();
    try (PreparedStatement statement = prepare(connection, sql, parameters);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  /** Whether the main schema has a table or view of that name. */
  public static boolean hasTable(Connection connection, String name) throws SQLException {
    return queryLong(
            connection,
            "SELECT count(*) FROM main.sqlite_schema"
                + " WHERE type IN ('table', 'view') AND lower(name) = lower(?)",
            name)
        > 0;
  }

  private static PreparedStatement prepare(Connection connection, String sql, Object... parameters)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(i + 1, parameters[i]);
    }
    return statement;
  }

  private static Connection open(String uri, Duration patience) throws SQLException {
    // Not by DriverManager, which first looks into every jar for drivers.
    Connection connection = JDBC.createConnection("jdbc:sqlite:" + uri, new Properties());
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout=" + patience.toMillis());
      statement.execute("PRAGMA mmap_size=0");
      statement.execute("PRAGMA cache_size=-" + CACHE_KIB);
      statement.execute("PRAGMA temp_store=FILE");
      // A schema may come from anywhere: it must not call functions with side effects.
      statement.execute("PRAGMA trusted_schema=OFF");
      statement.execute("PRAGMA cell_size_check=ON");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  private static String immutableUri(Path copy) {
    return uri(copy) + "?mode=ro&immutable=1";
  }

  // SQLite decodes %HH as UTF-8; the driver takes everything after a '?' for parameters.
  private static String uri(Path database) {
    StringBuilder out = new StringBuilder("file://");
    String path = database.toAbsolutePath().normalize().toString();
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c == '/'
          || c == '.'
          || c == '-'
          || c == '_'
          || (c < 0x80 && Character.isLetterOrDigit(c))) {
        out.append(c);
      } else {
        out.append(String.format("%%%02X", (int) c));
      }
    }
    return URI.create(out.toString()).toString();
  }
}
