package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.protocol.VerifyRules.Assertion;
import dev.litehaven.runner.migrate.FileSet.Located;
import dev.litehaven.runner.migrate.FileSet.Member;
import dev.litehaven.runner.sqlite.Integrity;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.Sqlite;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What must hold on the migrated copies before they may replace anything. */
final class Verification {
  private final FileSet files;
  private final VerifyRules rules;

  Verification(FileSet files, VerifyRules rules) {
    this.files = files;
    this.rules = rules;
  }

  /**
   * @param copy of the file, as it is after the migration
   * @throws RefusedException {@link Reason#INTEGRITY_FAILED}, or {@link Reason#CORRUPT} where the
   *     pristine copy has problems too
   */
  void requireIntegrity(Member file, Connection copy) throws SQLException {
    List<String> problems = Integrity.problems(copy, rules.fullIntegrity());
    if (problems.isEmpty()) {
      return;
    }
    List<String> earlier;
    try (Connection connection = Sqlite.openImmutable(file.pristine())) {
      earlier = Integrity.problems(connection, rules.fullIntegrity());
    }
    if (!earlier.isEmpty()) {
      throw new RefusedException(
          Reason.CORRUPT,
          "The database"
              + named(file)
              + " was damaged already before the migration: "
              + String.join("; ", earlier)
              + ". Nothing was changed. Restore the newest verified backup, or repair the file.");
    }
    throw new RefusedException(
        Reason.INTEGRITY_FAILED,
        "The migrated copy"
            + files.ofFile(file)
            + " fails SQLite's check: "
            + String.join("; ", problems)
            + ". Nothing was changed. Correct the script; rows that break a NOT NULL or CHECK that it"
            + " adds show up here.");
  }

  private String named(Member file) {
    return files.isSet() ? " " + file.name() : "";
  }

  /**
   * @param schemas of the copies, by the names of their files
   */
  void requireStructure(Map<String, Schema> schemas) {
    for (String missing : missing(files, schemas, rules)) {
      throw new RefusedException(
          Reason.VERIFICATION_FAILED,
          "The migrated copy lacks the required "
              + missing
              + ". Nothing was changed. Correct the migration or the requirement.");
    }
  }

  /** Tables and columns that the rules ask for and that are not there. */
  static List<String> missing(FileSet files, Map<String, Schema> schemas, VerifyRules rules) {
    List<String> missing = new ArrayList<>();
    for (String table : rules.requiredTables()) {
      Located at = files.table(table);
      if (!has(schemas.get(at.member().name()), at.object())) {
        missing.add("table " + table);
      }
    }
    for (String column : rules.requiredColumns()) {
      Located at = files.column(column);
      if (!hasColumn(schemas.get(at.member().name()), at.object())) {
        missing.add("column " + column);
      }
    }
    return missing;
  }

  /** Whether there is a table or view of that name. */
  private static boolean has(Schema schema, String table) {
    return schema.table(table).isPresent()
        || schema.views().stream().anyMatch(view -> view.name().equalsIgnoreCase(table));
  }

  /**
   * @param column as {@code table.column}
   */
  private static boolean hasColumn(Schema schema, String column) {
    int dot = column.lastIndexOf('.');
    return dot > 0
        && schema
            .table(column.substring(0, dot))
            .flatMap(table -> table.column(column.substring(dot + 1)))
            .isPresent();
  }

  static void require(Assertion assertion, ScriptRunner runner) {
    if (!runner.isTrue("Assertion " + assertion.name(), assertion.sql())) {
      throw new RefusedException(
          Reason.VERIFICATION_FAILED,
          "The assertion "
              + assertion.name()
              + " is not true on the migrated copy. Nothing was changed. Correct the migration or the"
              + " assertion.");
    }
  }
}
