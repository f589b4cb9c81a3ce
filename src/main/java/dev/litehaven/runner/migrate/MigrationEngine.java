package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.VerifyRules.Assertion;
import dev.litehaven.runner.migrate.FileSet.Member;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.SchemaReader;
import dev.litehaven.runner.sqlite.Sidecars;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.SqliteErrors;
import dev.litehaven.runner.sqlite.SupportedDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Applies what is pending to private copies of a database's files and says what it did to schema
 * and rows, compared with the pristine ones. A refusal leaves the copies in a state that is good
 * for nothing but being thrown away, which is what makes all pending migrations one step, whatever
 * files they are about.
 *
 * <p>One engine does one thing at a time; only {@link #cancel} may come from another thread.
 */
public final class MigrationEngine {
  /** What no comparison looks at, in lower case. */
  /** What Litehaven itself keeps in a database. */
  public static final Set<String> OWN_TABLES = Set.of(HistoryTable.NAME);

  private final Clock clock;
  private final Consumer<String> progress;
  private final Cancellation cancellation = new Cancellation();

  /**
   * What was applied.
   *
   * @param plan what was done, with its findings
   * @param nothingToDo whether nothing was pending; the copies are unchanged then
   */
  public record Applied(PlanReport plan, boolean nothingToDo) {}

  /** A file before anything was done to it. */
  private record Before(Map<String, Schema> schemas, Map<String, String> journalModes) {}

  /** A step that was carried out, as the history is to have it. */
  private record Carried(PlannedStep step, HistoryTable.Done done) {}

  /**
   * @param clock for the times that the history keeps
   * @param progress told in a few words what begins
   */
  public MigrationEngine(Clock clock, Consumer<String> progress) {
    this.clock = clock;
    this.progress = progress;
  }

  /**
   * Applies, verifies and measures. When it returns, the copies are complete, verified, closed,
   * without sidecars and in the journal mode they came in, but not yet forced to disk.
   *
   * @param databaseIdentity part of the plan's hash
   * @throws PlanRefusedException where the policy forbids what the migrations do
   * @throws RefusedException otherwise
   */
  public Applied apply(FileSet files, String databaseIdentity, RunRef run, MigrationWork work)
      throws IOException {
    List<MigrationScript> scripts = scripts(files.first().name(), work);
    for (Member file : files.members()) {
      Sidecars.requireNone(file.pristine());
    }
    Measurement measurement = new Measurement(files, databaseIdentity, work);
    try {
      progress.accept("reading the schema");
      Before before = read(files);
      List<HistoryEntry> history = history(files, work.stream());
      List<PlannedStep> steps = MigrationPlanner.plan(history, scripts, work.targetVersion());
      if (steps.isEmpty()) {
        return new Applied(measurement.unchanged(before.schemas(), history), true);
      }
      steps.forEach(files::require);
      steps.forEach(ScriptRunner::check);
      work.verify().assertions().forEach(ScriptRunner::check);
      List<Carried> carried = migrate(files, steps, run);
      remember(files, carried, work.stream());
      Map<String, Schema> after = verify(files, before, work);
      measurement.applied(
          before.schemas(),
          after,
          history,
          history(files, work.stream()),
          carried.stream().map(MigrationEngine::reported).toList(),
          carried.stream()
              .filter(step -> !step.done().action().equals("skip"))
              .map(step -> step.step().scope())
              .toList());
    } catch (SQLException e) {
      throw SqliteErrors.refusal(e, Reason.SCRIPT_FAILED, "The copy could not be migrated");
    }
    progress.accept("comparing rows");
    return new Applied(measurement.report(cancellation), false);
  }

  /**
   * Whether the history alone says that there is nothing to do.
   *
   * @param first connection to the database's first file
   * @param name of that file
   */
  public static boolean nothingPending(Connection first, String name, MigrationWork work)
      throws SQLException {
    return MigrationPlanner.plan(
            HistoryTable.applied(first, work.stream()), scripts(name, work), work.targetVersion())
        .isEmpty();
  }

  /** Makes what runs now, and whatever is started after, fail with INTERRUPTED. Any thread. */
  public void cancel() {
    cancellation.cancel();
  }

  private Before read(FileSet files) throws SQLException, IOException {
    Map<String, Schema> schemas = new HashMap<>();
    Map<String, String> journalModes = new HashMap<>();
    for (Member file : files.members()) {
      try (Connection connection = Sqlite.openPrivate(file.copy());
          Cancellation.Scope scope = cancellation.covers(connection)) {
        scope.check();
        Schema schema = SchemaReader.read(connection);
        SupportedDatabase.require(file.copy(), connection, schema);
        schemas.put(file.name(), schema);
        journalModes.put(file.name(), Sqlite.queryString(connection, "PRAGMA main.journal_mode"));
      }
    }
    requireHistoryFirst(files, schemas);
    return new Before(schemas, journalModes);
  }

  /** Files in another order would have everything applied once more. */
  private static void requireHistoryFirst(FileSet files, Map<String, Schema> schemas) {
    if (schemas.get(files.first().name()).table(HistoryTable.NAME).isPresent()) {
      return;
    }
    for (Member file : files.members()) {
      if (schemas.get(file.name()).table(HistoryTable.NAME).isPresent()) {
        throw new RefusedException(
            Reason.INVALID_REQUEST,
            "The history of applied versions is in the file %s, and %s is named first. Nothing was changed. Name %s first: the first file has the history of all."
                .formatted(file.name(), files.first().name(), file.name()));
      }
    }
  }

  private static List<HistoryEntry> history(FileSet files, String stream) throws SQLException {
    try (Connection connection = Sqlite.openImmutable(files.first().copy())) {
      return HistoryTable.applied(connection, stream);
    }
  }

  /** Steps that see the same files share a transaction. */
  private List<Carried> migrate(FileSet files, List<PlannedStep> steps, RunRef run)
      throws SQLException {
    List<Carried> carried = new ArrayList<>();
    while (carried.size() < steps.size()) {
      FileScope seen = steps.get(carried.size()).scope();
      try (Connection connection = ScopeConnection.open(files, seen);
          Cancellation.Scope scope = cancellation.covers(connection)) {
        scope.check();
        Sqlite.execute(connection, "BEGIN IMMEDIATE");
        while (carried.size() < steps.size() && steps.get(carried.size()).scope().seesAs(seen)) {
          PlannedStep step = steps.get(carried.size());
          scope.check();
          progress.accept(step.direction().name().toLowerCase(Locale.ROOT) + " " + step.version());
          carried.add(carryOut(connection, step, run));
        }
        Sqlite.execute(connection, "COMMIT");
      }
    }
    return carried;
  }

  private Carried carryOut(Connection connection, PlannedStep step, RunRef run)
      throws SQLException {
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
    return new Carried(
        step, new HistoryTable.Done(action, clock.instant().toString(), run.runId(), millis));
  }

  private static PlanReport.Step reported(Carried carried) {
    PlannedStep step = carried.step();
    return new PlanReport.Step(
        step.version().text(),
        step.description(),
        step.checksum(),
        carried.done().action(),
        carried.done().millis());
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

  private static void remember(FileSet files, List<Carried> carried, String stream)
      throws SQLException {
    try (Connection connection = ScopeConnection.open(files, FileScope.FIRST)) {
      Sqlite.execute(connection, "BEGIN IMMEDIATE");
      HistoryTable.create(connection);
      for (Carried step : carried) {
        boolean undoing = step.step().direction() != PlannedStep.Direction.UP;
        HistoryTable.record(connection, stream, step.step(), step.done(), undoing);
      }
      Sqlite.execute(connection, "COMMIT");
    }
  }

  /** Leaves the copies verified, in their own journal modes and without sidecars. */
  private Map<String, Schema> verify(FileSet files, Before before, MigrationWork work)
      throws SQLException, IOException {
    Verification verification = new Verification(files, work.verify());
    progress.accept("checking integrity");
    Map<String, Schema> after = new HashMap<>();
    for (Member file : files.members()) {
      try (Connection connection = Sqlite.openPrivate(file.copy());
          Cancellation.Scope scope = cancellation.covers(connection)) {
        scope.check();
        verification.requireIntegrity(file, connection);
        after.put(file.name(), SchemaReader.read(connection));
        Sqlite.execute(
            connection, "PRAGMA main.journal_mode=" + before.journalModes().get(file.name()));
      }
      Sidecars.requireNone(file.copy());
    }
    verification.requireStructure(after);
    if (!work.verify().assertions().isEmpty()) {
      try (Connection connection = ScopeConnection.openAll(files);
          Cancellation.Scope scope = cancellation.covers(connection)) {
        ScriptRunner runner = new ScriptRunner(connection);
        for (Assertion assertion : work.verify().assertions()) {
          scope.check();
          progress.accept("assertion " + assertion.name());
          Verification.require(assertion, runner);
        }
      }
    }
    return after;
  }

  private static List<MigrationScript> scripts(String first, MigrationWork work) {
    List<MigrationScript> scripts = new ArrayList<>(work.scripts());
    scripts.addAll(MigrationFiles.parse(work.files()));
    return scripts.stream().map(script -> FileSet.normal(first, script)).toList();
  }
}
