package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.Integrity;
import dev.litehaven.runner.sqlite.Integrity.Violation;
import dev.litehaven.runner.sqlite.Pair;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.Schema.Index;
import dev.litehaven.runner.sqlite.Schema.Table;
import dev.litehaven.runner.sqlite.SqliteErrors;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Changes are made with foreign keys off, so every one of them is checked afterwards. */
public final class ForeignKeys {
  private static final int MAX_NAMED = 10;

  private ForeignKeys() {}

  /**
   * Violations that the database had before are none of the change's business; neither are tables
   * that it touched neither themselves nor in their parents.
   *
   * @param file what stands before the names of its tables
   * @param when for the message: {@code After the migration}
   * @param advice for the message: what to do, as a sentence
   * @throws RefusedException {@link Reason#FOREIGN_KEYS_VIOLATED}, with the number of rows
   */
  public static void requireNoNewViolations(Pair pair, String file, String when, String advice)
      throws SQLException {
    try {
      requireNoNewViolations(pair, file);
    } catch (Violated e) {
      throw new RefusedException(
          Reason.FOREIGN_KEYS_VIOLATED,
          when
              + " foreign keys do not hold: "
              + e.getMessage()
              + ". Nothing was changed. "
              + advice,
          e.getCause());
    }
  }

  private static void requireNoNewViolations(Pair pair, String file) throws SQLException {
    List<Violation> violations = new ArrayList<>();
    for (Table table : pair.now().tables()) {
      if (!table.foreignKeys().isEmpty() && !isUntouched(pair, table)) {
        violations.addAll(newViolations(pair, table.name(), file));
      }
    }
    if (!violations.isEmpty()) {
      throw violated(
          violations.stream()
              .limit(MAX_NAMED)
              .map(
                  violation ->
                      "%s of %s without their row in %s"
                          .formatted(
                              PlanFindings.count(violation.rows(), "row"),
                              file + violation.table(),
                              file + violation.parent()))
              .collect(Collectors.joining("; ")),
          null);
    }
  }

  private static boolean isUntouched(Pair pair, Table table) {
    boolean same =
        pair.isUntouched(table.name())
            && pair.before()
                .table(table.name())
                .filter(old -> old.foreignKeys().equals(table.foreignKeys()))
                .isPresent();
    return same
        && table.foreignKeys().stream()
            .allMatch(
                key ->
                    pair.isUntouched(key.parent())
                        && indexes(pair.before(), key.parent())
                            .equals(indexes(pair.now(), key.parent())));
  }

  // What makes the parent's columns unique may be an index.
  private static List<Index> indexes(Schema schema, String table) {
    return schema.indexes().stream().filter(i -> i.table().equalsIgnoreCase(table)).toList();
  }

  private static List<Violation> newViolations(Pair pair, String table, String file)
      throws SQLException {
    List<Violation> now;
    try {
      now = Integrity.foreignKeyViolations(pair, Pair.NOW, table);
    } catch (SQLException e) {
      requireMismatchBefore(pair, table, file, e);
      return List.of();
    }
    if (now.isEmpty() || pair.before().table(table).isEmpty()) {
      return now;
    }
    try {
      return Integrity.newForeignKeyViolations(pair, table);
    } catch (SQLException e) {
      if (isMismatch(e)) {
        // The pristine one cannot be checked, so all that can be said is what is there now.
        return now;
      }
      throw e;
    }
  }

  // SQLite cannot check a key whose parent columns are not unique. An application that lives with
  // such a key may go on doing so.
  private static void requireMismatchBefore(Pair pair, String table, String file, SQLException now)
      throws SQLException {
    if (!isMismatch(now)) {
      throw now;
    }
    if (pair.before().table(table).isEmpty()) {
      throw violated(file + table + ": " + SqliteErrors.message(now), now);
    }
    try {
      Integrity.foreignKeyViolations(pair, Pair.BEFORE, table);
    } catch (SQLException e) {
      if (isMismatch(e)) {
        return;
      }
      throw e;
    }
    throw violated(file + table + ": " + SqliteErrors.message(now), now);
  }

  private static boolean isMismatch(SQLException e) {
    return SqliteErrors.message(e).toLowerCase(Locale.ROOT).contains("foreign key mismatch");
  }

  private static Violated violated(String what, Throwable cause) {
    return new Violated(what, cause);
  }

  private static final class Violated extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violated(String what, Throwable cause) {
      super(what, cause);
    }
  }
}
