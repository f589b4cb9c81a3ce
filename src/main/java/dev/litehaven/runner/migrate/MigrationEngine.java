package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.VerifyRules.Assertion;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.SchemaReader;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.SqliteErrors;
import dev.litehaven.runner.sqlite.SupportedDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteLimits;

/**
 * Applies what is pending to a private copy and says what it did to schema and rows, compared with
 * the pristine copy. All pending migrations are one transaction; a refusal leaves the copy in a
 * state that is good for nothing but being thrown away.
 *
 * <p>One engine does one thing at a time; only {@link #cancel} may come from another thread.
 */
public final class MigrationEngine {
  private final Clock clock;
  private final Consumer<String> progress;
  private final Cancellation cancellation = new Cancellation();

  /**
   * What was applied.
   *
   * @param plan what was done, with its findings
   * @param nothingToDo whether nothing was pending; the copy is unchanged then
   */
  public record Applied(PlanReport plan, boolean nothingToDo) {}

  /**
   * @param clock for the times that the history keeps
   * @param progress told in a few words what begins
   */
  public MigrationEngine(Clock clock, Consumer<String> progress) {
    this.clock = clock;
    this.progress = progress;
  }

  /**
   * Applies, verifies and measures. When it returns, the copy is complete, verified, closed,
   * without sidecars and in the journal mode it came in, but not yet forced to disk.
   *
   * @param workCopy private; changed
   * @param pristine the same content, private, closed, without sidecars; only read
   * @param databaseIdentity part of the plan's hash
   * @throws PlanRefusedException where the policy forbids what the migrations do
   * @throws RefusedException otherwise
   */
  public Applied apply(
      Path workCopy, Path pristine, String databaseIdentity, RunRef run, MigrationWork work)
      throws IOException {
    List<MigrationScript> scripts = scripts(work);
    Sidecars.requireNone(pristine);
    Measurement measurement = new Measurement(workCopy, pristine, databaseIdentity, work);
    try (Connection connection = Sqlite.openPrivate(workCopy);
        Cancellation.Scope scope = cancellation.covers(connection)) {
      scope.check();
      progress.accept("reading the schema");
      Schema before = SchemaReader.read(connection);
      SupportedDatabase.require(workCopy, connection, before);
      List<HistoryEntry> history = HistoryTable.applied(connection, work.stream());
      List<PlannedStep> steps = MigrationPlanner.plan(history, scripts, work.targetVersion());
      if (steps.isEmpty()) {
        return new Applied(measurement.unchanged(before, history), true);
      }
      steps.forEach(ScriptRunner::check);
      work.verify().assertions().forEach(ScriptRunner::check);
      String journalMode = Sqlite.queryString(connection, "PRAGMA main.journal_mode");
      forgoSafety(connection);
      List<PlanReport.Step> done = migrate(connection, scope, steps, run, work);
      Verification verification = new Verification(connection, work.verify());
      progress.accept("checking integrity");
      verification.requireIntegrity(pristine);
      verification.requireStructure(SchemaReader.read(connection));
      ScriptRunner runner = new ScriptRunner(connection);
      for (Assertion assertion : work.verify().assertions()) {
        progress.accept("assertion " + assertion.name());
        verification.require(assertion, runner);
      }
      measurement.applied(
          before,
          SchemaReader.read(connection),
          history,
          HistoryTable.applied(connection, work.stream()),
          done);
      Sqlite.execute(connection, "PRAGMA main.journal_mode=" + journalMode);
    } catch (SQLException e) {
      throw SqliteErrors.refusal(e, Reason.SCRIPT_FAILED, "The copy could not be migrated");
    }
    Sidecars.requireNone(workCopy);
    progress.accept("comparing rows");
    return new Applied(measurement.report(cancellation), false);
  }

  /** Makes what runs now, and whatever is started after, fail with INTERRUPTED. Any thread. */
  public void cancel() {
    cancellation.cancel();
  }

  private List<PlanReport.Step> migrate(
      Connection connection,
      Cancellation.Scope scope,
      List<PlannedStep> steps,
      RunRef run,
      MigrationWork work)
      throws SQLException {
    // Only outside a transaction: inside, SQLite ignores it, and a rebuild would cascade.
    Sqlite.execute(connection, "PRAGMA foreign_keys=OFF");
    connection.unwrap(SQLiteConnection.class).setLimit(SQLiteLimits.SQLITE_LIMIT_ATTACHED, 0);
    Sqlite.execute(connection, "BEGIN IMMEDIATE");
    HistoryTable.create(connection);
    List<PlanReport.Step> done = new ArrayList<>();
    for (PlannedStep step : steps) {
      scope.check();
      progress.accept(step.direction().name().toLowerCase(Locale.ROOT) + " " + step.version());
      done.add(carryOut(connection, step, run, work.stream()));
    }
    Sqlite.execute(connection, "COMMIT");
    return done;
  }

  private PlanReport.Step carryOut(
      Connection connection, PlannedStep step, RunRef run, String stream) throws SQLException {
    long started = System.nanoTime();
    ScriptRunner runner = new ScriptRunner(connection);
    String action =
        switch (step.direction()) {
          case UP -> up(connection, runner, step);
          case DOWN -> {
            runner.run(step);
            yield "down";
          }
          case FORGET -> "skip";
        };
    long millis = (System.nanoTime() - started) / 1_000_000;
    HistoryTable.record(
        connection,
        stream,
        step,
        new HistoryTable.Done(action, clock.instant().toString(), run.runId(), millis),
        step.direction() != PlannedStep.Direction.UP);
    return new PlanReport.Step(
        step.version().text(), step.description(), step.checksum(), action, millis);
  }

  private static String up(Connection connection, ScriptRunner runner, PlannedStep step)
      throws SQLException {
    if (step.when() != null
        && !runner.isTrue("Version " + step.version() + ", when", step.when())) {
      return "skip";
    }
    if (step.ensure() != null) {
      runner.ensure(step, SchemaReader.read(connection));
    }
    runner.run(step);
    return "up";
  }

  // The copy is thrown away when anything fails, so no journal is needed to take anything back.
  private static void forgoSafety(Connection connection) throws SQLException {
    Sqlite.execute(connection, "PRAGMA main.journal_mode=OFF");
  }

  private static List<MigrationScript> scripts(MigrationWork work) {
    List<MigrationScript> scripts = new ArrayList<>(work.scripts());
    scripts.addAll(MigrationFiles.parse(work.files()));
    return scripts;
  }

  /** What no comparison looks at, in lower case. */
  static final Set<String> OWN_TABLES = Set.of(HistoryTable.NAME);
}
