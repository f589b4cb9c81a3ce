package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.Ensure;
import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.runner.migrate.MigrationEngine.Applied;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;

/** Runs migrations on a copy beside the database, as tests want it. */
final class Rehearsal {
  static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
  static final RunRef RUN = new RunRef("run-1", "shop/main", "uid-1", 1, "test");

  private final Path database;

  Rehearsal(Path database) {
    this.database = database;
  }

  Path copy() {
    return database.resolveSibling("work.db");
  }

  Applied apply(MigrationWork work) throws IOException {
    Files.copy(database, copy(), StandardCopyOption.REPLACE_EXISTING);
    return new MigrationEngine(CLOCK, step -> {})
        .apply(FileSet.of(copy(), database), RUN.databaseIdentity(), RUN, work);
  }

  /** Applies and makes the copy the database, as a swap would. */
  Applied migrate(MigrationWork work) throws IOException {
    Applied applied = apply(work);
    Files.move(copy(), database, StandardCopyOption.REPLACE_EXISTING);
    return applied;
  }

  static MigrationScript up(String version, String sql) {
    return new MigrationScript(version, "test " + version, sql, null, null, null);
  }

  static MigrationScript upDown(String version, String up, String down) {
    return new MigrationScript(version, "test " + version, up, down, null, null);
  }

  static MigrationScript when(String version, String when, String up) {
    return new MigrationScript(version, "test " + version, up, null, when, null);
  }

  static MigrationScript ensure(String version, Ensure ensure) {
    return new MigrationScript(version, "test " + version, "", null, null, ensure);
  }

  static MigrationWork work(MigrationScript... scripts) {
    return work(Destructive.FORBID, List.of(), scripts);
  }

  static MigrationWork work(
      Destructive destructive, List<String> allowedChanges, MigrationScript... scripts) {
    return new MigrationWork(null, List.of(scripts), null, destructive, allowedChanges, null, null);
  }

  static MigrationWork to(String target, Destructive destructive, MigrationScript... scripts) {
    return new MigrationWork(null, List.of(scripts), target, destructive, null, null, null);
  }

  static MigrationWork verified(VerifyRules rules, MigrationScript... scripts) {
    return new MigrationWork(null, List.of(scripts), null, null, null, rules, null);
  }
}
