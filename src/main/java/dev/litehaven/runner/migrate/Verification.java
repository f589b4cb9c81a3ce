package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.protocol.VerifyRules.Assertion;
import dev.litehaven.runner.sqlite.Integrity;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.Sqlite;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** What must hold on the migrated copy before it may replace anything. */
final class Verification {
  private final Connection copy;
  private final VerifyRules rules;

  Verification(Connection copy, VerifyRules rules) {
    this.copy = copy;
    this.rules = rules;
  }

  /**
   * @throws RefusedException {@link Reason#INTEGRITY_FAILED}, or {@link Reason#CORRUPT} where the
   *     pristine copy has problems too
   */
  void requireIntegrity(Path pristine) throws SQLException {
    List<String> problems = Integrity.problems(copy, rules.fullIntegrity());
    if (problems.isEmpty()) {
      return;
    }
    List<String> earlier;
    try (Connection connection = Sqlite.openImmutable(pristine)) {
      earlier = Integrity.problems(connection, rules.fullIntegrity());
    }
    if (!earlier.isEmpty()) {
      throw new RefusedException(
          Reason.CORRUPT,
          "The database was damaged already before the migration: "
              + String.join("; ", earlier)
              + ". Nothing was changed. Restore the newest verified backup, or repair the file.");
    }
    throw new RefusedException(
        Reason.INTEGRITY_FAILED,
        "The migrated copy fails SQLite's check: "
            + String.join("; ", problems)
            + ". Nothing was changed. Correct the script; rows that break a NOT NULL or CHECK that it"
            + " adds show up here.");
  }

  void requireStructure(Schema schema) {
    for (String table : rules.requiredTables()) {
      if (!has(schema, table)) {
        throw missing("table " + table);
      }
    }
    for (String column : rules.requiredColumns()) {
      if (!hasColumn(schema, column)) {
        throw missing("column " + column);
      }
    }
  }

  /** Whether there is a table or view of that name. */
  static boolean has(Schema schema, String table) {
    return schema.table(table).isPresent()
        || schema.views().stream().anyMatch(view -> view.name().equalsIgnoreCase(table));
  }

  /**
   * @param column as {@code table.column}
   */
  static boolean hasColumn(Schema schema, String column) {
    int dot = column.lastIndexOf('.');
    return dot > 0
        && schema
            .table(column.substring(0, dot))
            .flatMap(table -> table.column(column.substring(dot + 1)))
            .isPresent();
  }

  void require(Assertion assertion, ScriptRunner runner) {
    if (!runner.isTrue("Assertion " + assertion.name(), assertion.sql())) {
      throw new RefusedException(
          Reason.VERIFICATION_FAILED,
          "The assertion "
              + assertion.name()
              + " is not true on the migrated copy. Nothing was changed. Correct the migration or the"
              + " assertion.");
    }
  }

  private static RefusedException missing(String what) {
    return new RefusedException(
        Reason.VERIFICATION_FAILED,
        "The migrated copy lacks the required "
            + what
            + ". Nothing was changed. Correct the migration or the requirement.");
  }
}
