package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.Integrity;
import dev.litehaven.runner.sqlite.Integrity.Violation;
import dev.litehaven.runner.sqlite.Pair;
import dev.litehaven.runner.sqlite.SqliteErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Migrations run with foreign keys off, so every one of them is checked afterwards. */
final class ForeignKeys {
  private static final int MAX_NAMED = 10;

  private ForeignKeys() {}

  /**
   * Violations that the database had before are none of the migration's business.
   *
   * @param connection from {@link Pair#open}
   * @throws RefusedException {@link Reason#FOREIGN_KEYS_VIOLATED}
   */
  static void requireNoNewViolations(Connection connection) throws SQLException {
    try {
      if (Integrity.foreignKeyViolations(connection, Pair.NOW).isEmpty()) {
        return;
      }
    } catch (SQLException e) {
      requireMismatchBefore(connection, e);
      return;
    }
    List<Violation> violations = newViolations(connection);
    if (!violations.isEmpty()) {
      throw violated(
          violations.stream()
              .limit(MAX_NAMED)
              .map(
                  violation ->
                      "%s of %s without their row in %s"
                          .formatted(
                              PlanFindings.count(violation.rows(), "row"),
                              violation.table(),
                              violation.parent()))
              .collect(Collectors.joining("; ")),
          null);
    }
  }

  private static List<Violation> newViolations(Connection connection) throws SQLException {
    try {
      return Integrity.newForeignKeyViolations(connection);
    } catch (SQLException e) {
      if (isMismatch(e)) {
        // The pristine one cannot be checked, so all that can be said is what is there now.
        return Integrity.foreignKeyViolations(connection, Pair.NOW);
      }
      throw e;
    }
  }

  // SQLite cannot check a key whose parent columns are not unique. An application that lives with
  // such a key may go on doing so.
  private static void requireMismatchBefore(Connection connection, SQLException now)
      throws SQLException {
    if (!isMismatch(now)) {
      throw now;
    }
    try {
      Integrity.foreignKeyViolations(connection, Pair.BEFORE);
    } catch (SQLException e) {
      if (isMismatch(e)) {
        return;
      }
      throw e;
    }
    throw violated(SqliteErrors.message(now), now);
  }

  private static boolean isMismatch(SQLException e) {
    return SqliteErrors.message(e).toLowerCase(Locale.ROOT).contains("foreign key mismatch");
  }

  private static RefusedException violated(String what, Throwable cause) {
    return new RefusedException(
        Reason.FOREIGN_KEYS_VIOLATED,
        "After the migration foreign keys do not hold: "
            + what
            + ". Nothing was changed. Correct the script so that children and parents fit.",
        cause);
  }
}
