package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Finding;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.runner.migrate.FileSet;
import dev.litehaven.runner.migrate.MigrationEngine;
import dev.litehaven.runner.migrate.MigrationEngine.Applied;
import dev.litehaven.runner.migrate.PlanRefusedException;
import dev.litehaven.runner.sqlite.LiveConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The migration engine as steps use it: what it says becomes progress lines and times by phase, an
 * interruption reaches the statement that runs, and a plan that is refused is in the report.
 */
final class Engine {
  private final StepContext context;
  private final MigrationEngine engine;
  private String phase;
  private long phaseStarted;

  Engine(StepContext context) {
    this.context = context;
    this.engine = new MigrationEngine(context.clock(), this::told);
    context.interruption().onRequest(engine::cancel);
  }

  /**
   * By the history alone; nothing is copied or checked for it.
   *
   * @param live the first file
   */
  boolean nothingPending(Path live) throws SQLException, IOException {
    try (Connection connection = LiveConnection.open(live)) {
      return MigrationEngine.nothingPending(
          connection, context.firstFile().name(), context.migration());
    }
  }

  /**
   * @param copies private, by the names of their files; migrated
   * @param pristine the same content; only read
   */
  Applied apply(Map<String, Path> copies, Map<String, Path> pristine) throws IOException {
    MigrationWork work = context.migration();
    try {
      var files =
          new FileSet(
              context.files().stream()
                  .map(DatabaseFile::name)
                  .map(name -> new FileSet.Member(name, copies.get(name), pristine.get(name)))
                  .toList());
      Applied applied = engine.apply(files, context.run().databaseIdentity(), context.run(), work);
      context.found(applied.plan());
      return applied;
    } catch (PlanRefusedException e) {
      context.found(e.plan());
      throw e;
    } finally {
      begin(null);
    }
  }

  static boolean destructive(PlanReport plan) {
    return plan.findings().stream().anyMatch(Finding::destructive);
  }

  private void told(String what) {
    context.say("Migrating the copy: " + what);
    begin(
        switch (what) {
          case "reading the schema" -> "read";
          case "checking integrity" -> "check";
          case "comparing rows" -> "compare";
          default -> what.startsWith("assertion ") ? "assert" : "script";
        });
  }

  private void begin(String next) {
    long now = System.nanoTime();
    if (phase != null) {
      context.timings().add(phase, TimeUnit.NANOSECONDS.toMillis(now - phaseStarted));
    }
    phase = next;
    phaseStarted = now;
  }
}
