package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.protocol.VerifyRules.Assertion;
import dev.litehaven.runner.migrate.FileSet.Member;
import dev.litehaven.runner.sqlite.Integrity;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.SchemaReader;
import dev.litehaven.runner.sqlite.Sqlite;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether a database, as it is, with all its files, keeps the rules that a migration would be
 * measured by.
 */
public final class DatabaseCheck {
  private DatabaseCheck() {}

  /**
   * Checks integrity, foreign keys, required structure and assertions.
   *
   * @param files their copies, closed; only read
   * @return what is wrong, in sentences; empty when nothing is
   * @throws RefusedException when an assertion is no query
   * @throws SQLException when a file cannot be read at all
   */
  public static List<String> problems(FileSet files, VerifyRules rules) throws SQLException {
    rules.assertions().forEach(ScriptRunner::check);
    List<String> problems = new ArrayList<>();
    Map<String, Schema> schemas = new HashMap<>();
    for (Member file : files.members()) {
      try (Connection connection = Sqlite.openImmutable(file.copy())) {
        Integrity.problems(connection, rules.fullIntegrity())
            .forEach(
                problem ->
                    problems.add(
                        "SQLite's check" + files.ofFile(file) + " says: " + problem + "."));
        for (Integrity.Violation violation : Integrity.foreignKeyViolations(connection)) {
          problems.add(
              "%d rows of %s have no parent in %s."
                  .formatted(
                      violation.rows(),
                      files.qualified(file, violation.table()),
                      files.qualified(file, violation.parent())));
        }
        schemas.put(file.name(), SchemaReader.read(connection));
      }
    }
    Verification.missing(files, schemas, rules)
        .forEach(missing -> problems.add("The " + missing + " is missing."));
    if (!rules.assertions().isEmpty()) {
      try (Connection connection = ScopeConnection.openAll(files)) {
        assertions(new ScriptRunner(connection), rules, problems);
      }
    }
    return problems;
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
