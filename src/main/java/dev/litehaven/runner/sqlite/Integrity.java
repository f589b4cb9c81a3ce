package dev.litehaven.runner.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** SQLite's own checks, with answers of bounded length. */
public final class Integrity {
  /** How many problems a check names; there may be more. */
  public static final int MAX_PROBLEMS = 10;

  private Integrity() {}

  /**
   * Runs one of SQLite's checks.
   *
   * @param full {@code integrity_check}, O(N log N), also index content and UNIQUE; otherwise
   *     {@code quick_check}, O(N)
   * @return problems in SQLite's words; empty when there are none
   */
  public static List<String> problems(Connection connection, boolean full) throws SQLException {
    String check = full ? "integrity_check" : "quick_check";
    List<String> answers =
        Sqlite.queryStrings(connection, "PRAGMA main." + check + "(" + MAX_PROBLEMS + ")");
    return answers.equals(List.of("ok")) ? List.of() : bounded(answers);
  }

  /**
   * Rows whose parent is missing, by table.
   *
   * @param rows how many rows
   */
  public record Violation(String table, String parent, long rows) {}

  /**
   * Of all tables of the main database. Enforcement being on or off does not matter.
   *
   * @throws SQLException also where a foreign key names a parent column that is not unique
   */
  public static List<Violation> foreignKeyViolations(Connection connection) throws SQLException {
    return violations(connection, "SELECT \"table\", parent FROM pragma_foreign_key_check");
  }

  /** As {@link #foreignKeyViolations}, but of one table in either database of a pair. */
  public static List<Violation> foreignKeyViolations(Pair pair, String schema, String table)
      throws SQLException {
    return violations(
        pair.connection(), "SELECT \"table\", parent FROM " + foreignKeyCheck(table, schema));
  }

  /** Violations in one table of the changed database that were not there in the pristine one. */
  public static List<Violation> newForeignKeyViolations(Pair pair, String table)
      throws SQLException {
    String rows = "SELECT \"table\", rowid, parent FROM ";
    return violations(
        pair.connection(),
        "SELECT * FROM ("
            + rows
            + foreignKeyCheck(table, Pair.NOW)
            + " EXCEPT "
            + rows
            + foreignKeyCheck(table, Pair.BEFORE)
            + ")");
  }

  private static String foreignKeyCheck(String table, String schema) {
    return "pragma_foreign_key_check(%s, %s)"
        .formatted(Sqlite.literal(table), Sqlite.literal(schema));
  }

  private static List<Violation> violations(Connection connection, String rows)
      throws SQLException {
    List<Violation> violations = new ArrayList<>();
    String sql =
        "SELECT \"table\", parent, count(*) FROM (" + rows + ") GROUP BY 1, 2 ORDER BY 1, 2";
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet found = statement.executeQuery()) {
      while (found.next()) {
        violations.add(new Violation(found.getString(1), found.getString(2), found.getLong(3)));
      }
    }
    return violations;
  }

  private static List<String> bounded(List<String> answers) {
    return answers.stream()
        .limit(MAX_PROBLEMS)
        .map(text -> text.length() > 200 ? text.substring(0, 200) + "..." : text)
        .toList();
  }
}
