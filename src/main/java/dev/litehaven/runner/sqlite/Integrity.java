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
   * Of all tables of one database. Enforcement being on or off does not matter.
   *
   * @param schema {@code main}, or the name of an attached database
   * @throws SQLException also where a foreign key names a parent column that is not unique
   */
  public static List<Violation> foreignKeyViolations(Connection connection, String schema)
      throws SQLException {
    return violations(
        connection,
        "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check(NULL, %s)"
            .formatted(Sqlite.literal(schema)));
  }

  /**
   * Violations in the changed database that were not yet there in the pristine one.
   *
   * @param connection from {@link Pair#open}
   */
  public static List<Violation> newForeignKeyViolations(Connection connection) throws SQLException {
    String check = "SELECT \"table\", rowid, parent FROM pragma_foreign_key_check(NULL, '%s')";
    return violations(
        connection,
        "SELECT \"table\", parent, count(*) FROM (%s EXCEPT %s)"
            .formatted(check.formatted(Pair.NOW), check.formatted(Pair.BEFORE)));
  }

  private static List<Violation> violations(Connection connection, String sql) throws SQLException {
    List<Violation> violations = new ArrayList<>();
    try (PreparedStatement statement =
            connection.prepareStatement(sql + " GROUP BY 1, 2 ORDER BY 1, 2");
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        violations.add(new Violation(rows.getString(1), rows.getString(2), rows.getLong(3)));
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
