package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.VerifyRules.Assertion;
import dev.litehaven.runner.migrate.FileSet.Member;
import dev.litehaven.runner.sqlite.Integrity;
import dev.litehaven.runner.sqlite.Pair;
import dev.litehaven.runner.sqlite.SchemaReader;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.SqliteErrors;
import dev.litehaven.runner.sqlite.SupportedDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * SQL that is run on the private copies of a database before they are used: each script in a
 * transaction of its own, with the first file as {@code main} and the others under their names. It
 * leaves no trace in any history.
 *
 * <p>One does one thing at a time; only {@link #cancel} may come from another thread.
 */
public final class Transform {
  private final Consumer<String> progress;
  private final Cancellation cancellation = new Cancellation();

  /**
   * @param progress told in a few words what begins
   */
  public Transform(Consumer<String> progress) {
    this.progress = progress;
  }

  /** Makes what runs now, and whatever is started after, fail with INTERRUPTED. Any thread. */
  public void cancel() {
    cancellation.cancel();
  }

  /**
   * @param files the copies to change, closed, each with what it was as the pristine one
   * @param scripts in their order
   * @param assertions that must be true afterwards
   * @throws RefusedException STATEMENT_REFUSED, SCRIPT_FAILED, FOREIGN_KEYS_VIOLATED,
   *     INTEGRITY_FAILED, VERIFICATION_FAILED; the copies are good for nothing then
   */
  public void run(FileSet files, List<String> scripts, List<Assertion> assertions)
      throws IOException {
    for (int i = 0; i < scripts.size(); i++) {
      ScriptRunner.check(name(i), scripts.get(i));
    }
    assertions.forEach(ScriptRunner::check);
    try {
      if (!scripts.isEmpty()) {
        for (Member file : files.members()) {
          requireSupported(file);
        }
        for (int i = 0; i < scripts.size(); i++) {
          run(files, name(i), scripts.get(i));
        }
        for (Member file : files.members()) {
          verify(files, file);
        }
      }
      if (!assertions.isEmpty()) {
        requireTrue(files, assertions);
      }
    } catch (SQLException e) {
      throw SqliteErrors.refusal(e, Reason.SCRIPT_FAILED, "The copy could not be transformed");
    }
  }

  private static String name(int index) {
    return "Transformation " + (index + 1);
  }

  private void requireSupported(Member file) throws SQLException, IOException {
    try (Connection connection = Sqlite.openPrivate(file.copy());
        Cancellation.Scope scope = cancellation.covers(connection)) {
      scope.check();
      SupportedDatabase.require(file.copy(), connection, SchemaReader.read(connection));
    }
  }

  private void run(FileSet files, String name, String script) throws SQLException {
    List<String> others =
        files.members().subList(1, files.members().size()).stream().map(Member::name).toList();
    try (Connection connection =
            ScopeConnection.open(files, new FileScope(null, others, List.of()));
        Cancellation.Scope scope = cancellation.covers(connection)) {
      scope.check();
      progress.accept(name);
      Sqlite.execute(connection, "BEGIN IMMEDIATE");
      new ScriptRunner(connection).run(name, script);
      Sqlite.execute(connection, "COMMIT");
    }
  }

  private void verify(FileSet files, Member file) throws SQLException, IOException {
    try (Connection connection = Sqlite.openImmutable(file.copy());
        Cancellation.Scope scope = cancellation.covers(connection)) {
      scope.check();
      List<String> problems = Integrity.problems(connection, true);
      if (!problems.isEmpty()) {
        throw new RefusedException(
            Reason.INTEGRITY_FAILED,
            "The transformed copy"
                + files.ofFile(file)
                + " fails SQLite's check: "
                + String.join("; ", problems)
                + ". Nothing was changed. Correct the script.");
      }
    }
    try (Pair pair = Pair.open(file.pristine(), file.copy(), Set.of());
        Cancellation.Scope scope = cancellation.covers(pair.connection())) {
      scope.check();
      ForeignKeys.requireNoNewViolations(
          pair,
          files.prefix(file),
          "After the transformation",
          "Correct the script so that children and parents fit.");
    }
  }

  private void requireTrue(FileSet files, List<Assertion> assertions) throws SQLException {
    try (Connection connection = ScopeConnection.openAll(files);
        Cancellation.Scope scope = cancellation.covers(connection)) {
      var runner = new ScriptRunner(connection);
      for (Assertion assertion : assertions) {
        scope.check();
        progress.accept("assertion " + assertion.name());
        if (!runner.isTrue("Assertion " + assertion.name(), assertion.sql())) {
          throw new RefusedException(
              Reason.VERIFICATION_FAILED,
              "The assertion "
                  + assertion.name()
                  + " is not true on the restored copy. Nothing was changed. Correct the script or"
                  + " the assertion, or choose another backup.");
        }
      }
    }
  }
}
