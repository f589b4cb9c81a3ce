package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.VerifyRules.Assertion;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.ScriptSplitter;
import dev.litehaven.runner.sqlite.SqlStatement;
import dev.litehaven.runner.sqlite.SqlSyntaxException;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.SqliteErrors;
import dev.litehaven.runner.sqlite.StatementGuard;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Checks and runs the SQL that users wrote. */
final class ScriptRunner {
  private static final StatementGuard GUARD = new StatementGuard(Set.of(HistoryTable.NAME));

  private final Connection connection;

  ScriptRunner(Connection connection) {
    this.connection = connection;
  }

  /**
   * Everything that can be said about a step before anything runs.
   *
   * @throws RefusedException {@link Reason#STATEMENT_REFUSED} or {@link Reason#SCRIPT_FAILED}
   */
  static void check(PlannedStep step) {
    String where = "Version " + step.version();
    check(where, step.sql());
    if (step.when() != null) {
      query(where + ", when", step.when());
    }
    if (step.ensure() != null) {
      checkEnsure(where, step.ensure());
    }
    if (step.down() != null) {
      // Kept for the way back: better refused now than when it is needed.
      check(where + ", down", step.down());
    }
  }

  /**
   * @param where names the script in messages
   */
  static void check(String where, String sql) {
    for (SqlStatement statement : split(where, sql)) {
      refuse(where, statement, GUARD.objection(statement));
    }
  }

  static void check(Assertion assertion) {
    query("Assertion " + assertion.name(), assertion.sql());
  }

  /** Runs all statements of a step; the caller holds the transaction. */
  void run(PlannedStep step) {
    run("Version " + step.version(), step.sql());
  }

  void run(String where, String sql) {
    for (SqlStatement statement : split(where, sql)) {
      try {
        Sqlite.execute(connection, statement.sql());
      } catch (SQLException e) {
        throw failed("%s, line %d (%s)".formatted(where, statement.line(), statement.kind()), e);
      }
    }
  }

  /** Adds what is missing of it. */
  void ensure(PlannedStep step, Schema schema) {
    for (String sql : EnsureStatements.missing(step.ensure(), schema)) {
      try {
        Sqlite.execute(connection, sql);
      } catch (SQLException e) {
        throw failed("Version %s, ensure: %s".formatted(step.version(), sql), e);
      }
    }
  }

  /** Whether the query's one row begins with something true. No row is not true. */
  boolean isTrue(String where, String sql) {
    SqlStatement statement = query(where, sql);
    try {
      Sqlite.execute(connection, "PRAGMA query_only=ON");
      try (PreparedStatement prepared = connection.prepareStatement(statement.sql());
          ResultSet rows = prepared.executeQuery()) {
        if (!rows.next()) {
          return false;
        }
        // As SQLite decides it: the numeric value, null and text without digits being 0.
        boolean result = rows.getDouble(1) != 0;
        if (rows.next()) {
          throw new RefusedException(
              Reason.SCRIPT_FAILED,
              where
                  + " gave more than one row. Write a query that gives one, for example SELECT"
                  + " EXISTS (...).");
        }
        return result;
      } finally {
        Sqlite.execute(connection, "PRAGMA query_only=OFF");
      }
    } catch (SQLException e) {
      if (SqliteErrors.reason(e, Reason.SCRIPT_FAILED) == Reason.READ_ONLY_VOLUME) {
        throw new RefusedException(
            Reason.STATEMENT_REFUSED, where + " would change the database. Write a query.", e);
      }
      throw failed(where, e);
    }
  }

  private static SqlStatement query(String where, String sql) {
    List<SqlStatement> statements = split(where, sql);
    if (statements.size() != 1) {
      throw new RefusedException(
          Reason.STATEMENT_REFUSED,
          where + " must be one query, but has " + statements.size() + " statements.");
    }
    refuse(where, statements.getFirst(), GUARD.objectionToQuery(statements.getFirst()));
    return statements.getFirst();
  }

  private static void checkEnsure(String where, Ensure ensure) {
    for (Ensure.Table table : ensure.tables()) {
      if (!table.definition().stripLeading().startsWith("(")) {
        throw new RefusedException(
            Reason.STATEMENT_REFUSED,
            where
                + ", ensure: the definition of table "
                + table.name()
                + " must start with the parenthesis of CREATE TABLE.");
      }
    }
    for (String sql : EnsureStatements.all(ensure)) {
      List<SqlStatement> statements = split(where + ", ensure", sql);
      if (statements.size() != 1) {
        throw new RefusedException(
            Reason.STATEMENT_REFUSED,
            where + ", ensure adds structure and nothing else, but has a second statement: " + sql);
      }
      refuse(where + ", ensure", statements.getFirst(), GUARD.objection(statements.getFirst()));
    }
  }

  private static List<SqlStatement> split(String where, String sql) {
    if (sql.indexOf('\0') >= 0) {
      throw new RefusedException(
          Reason.STATEMENT_REFUSED,
          where + " has a NUL character, after which SQLite would ignore the rest. Remove it.");
    }
    try {
      return ScriptSplitter.split(sql);
    } catch (SqlSyntaxException e) {
      throw new RefusedException(
          Reason.SCRIPT_FAILED,
          "%s, line %d: %s. Nothing was changed; correct the script."
              .formatted(where, e.line(), e.getMessage()),
          e);
    }
  }

  private static void refuse(String where, SqlStatement statement, Optional<String> objection) {
    if (objection.isPresent()) {
      throw new RefusedException(
          Reason.STATEMENT_REFUSED,
          "%s, line %d (%s) is refused: %s. Nothing was changed."
              .formatted(where, statement.line(), statement.kind(), objection.get()));
    }
  }

  private static RefusedException failed(String where, SQLException e) {
    String hint = hint(SqliteErrors.message(e).toLowerCase(Locale.ROOT));
    return SqliteErrors.refusal(e, Reason.SCRIPT_FAILED, where + " failed", hint);
  }

  private static String hint(String message) {
    if (message.contains("duplicate column name")) {
      return "The column is there already: write it under ensure, which adds it only where it is"
          + " missing.";
    }
    if (message.contains("already exists")) {
      return "It is there already: write it under ensure, or use IF NOT EXISTS.";
    }
    if (message.contains("no such table") || message.contains("no such column")) {
      return "Check the name, and that the version that makes it comes first; use when for databases"
          + " that lack it.";
    }
    if (message.contains("cannot add a not null column")) {
      return "Give the column a DEFAULT that is not NULL.";
    }
    if (message.contains("constraint failed")) {
      return "Rows that are there violate the constraint: correct them earlier in the script.";
    }
    return "Correct the script.";
  }
}
