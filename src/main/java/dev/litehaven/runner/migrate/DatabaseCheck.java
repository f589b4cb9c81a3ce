package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.protocol.VerifyRules.Assertion;
import dev.litehaven.runner.sqlite.Integrity;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.SchemaReader;
import dev.litehaven.runner.sqlite.Sqlite;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Whether a database, as it is, keeps the rules that a migration would be measured by. */
public final class DatabaseCheck {
  private DatabaseCheck() {}

  /**
   * Checks integrity, foreign keys, required structure and assertions.
   *
   * @param copy private and closed; only read
   * @return what is wrong, in sentences; empty when nothing is
   * @throws RefusedException when an assertion is no query
   * @throws SQLException when the file cannot be read at all
   */
  public static List<String> problems(Path copy, VerifyRules rules) throws SQLException {
    rules.assertions().forEach(ScriptRunner::check);
    List<String> problems = new ArrayList<>();
    try (Connection connection = Sqlite.openImmutable(copy)) {
      Integrity.problems(connection, rules.fullIntegrity())
          .forEach(problem -> problems.add("SQLite's check says: " + problem + "."));
      for (Integrity.Violation violation : Integrity.foreignKeyViolations(connection)) {
        problems.add(
            "%d rows of %s have no parent in %s."
                .formatted(violation.rows(), violation.table(), violation.parent()));
      }
      structure(SchemaReader.read(connection), rules, problems);
      assertions(new ScriptRunner(connection), rules, problems);
    }
    return problems;
  }

  private static void structure(Schema schema, VerifyRules rules, List<String> problems) {
    for (String table : rules.requiredTables()) {
      if (!Verification.has(schema, table)) {
        problems.add("The table " + table + " is missing.");
      }
    }
    for (String column : rules.requiredColumns()) {
      if (!Verification.hasColumn(schema, column)) {
        problems.add("The column " + column + " is missing.");
      }
    }
  }

  private static void assertions(ScriptRunner runner, VerifyRules rules, List<String> problems) {
    for (Assertion assertion : rules.assertions()) {
      try {
        if (!runner.isTrue("Assertion " + assertion.name(), assertion.sql())) {
          problems.add("The assertion " + assertion.name() + " is not true.");
        }
      } catch (RefusedException e) {
        problems.add(e.getMessage());
      }
    }
  }
}
