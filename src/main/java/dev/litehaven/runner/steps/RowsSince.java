package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.PlanReport.TableRows;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.migrate.MigrationEngine;
import dev.litehaven.runner.sqlite.LiveConnection;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.SchemaReader;
import dev.litehaven.runner.sqlite.Sqlite;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Rows that have come to a database, or gone from it, since a run put it in place: by the number of
 * rows of each table then and now. Values that changed in rows that were there are not counted.
 *
 * @param rows that came or went, over all tables
 * @param tables for a sentence, {@code journal +37, users -2}; empty when there are none
 */
record RowsSince(long rows, String tables) {
  private static final int MAX_NAMED = 5;

  /**
   * Empty when the run's report, which has the numbers of then, is gone, or a file cannot be read.
   *
   * @param files of the database, as the run named them
   */
  static Optional<RowsSince> count(Path root, String runId, List<DatabaseFile> files) {
    try {
      Optional<RunnerReport> migrated = new StoredReports(root).find(runId, RunnerStep.MIGRATE);
      return migrated.isEmpty() || migrated.get().plan() == null
          ? Optional.empty()
          : Optional.of(between(then(migrated.get()), now(live(root, files))));
    } catch (IOException | SQLException e) {
      return Optional.empty();
    }
  }

  /** The same from copies of the files, by their names. */
  static Optional<RowsSince> count(Path root, String runId, Map<String, Path> copies)
      throws IOException, SQLException {
    Optional<RunnerReport> migrated = new StoredReports(root).find(runId, RunnerStep.MIGRATE);
    return migrated.isEmpty() || migrated.get().plan() == null
        ? Optional.empty()
        : Optional.of(between(then(migrated.get()), now(copies)));
  }

  private static Map<String, Path> live(Path root, List<DatabaseFile> files) {
    Map<String, Path> live = new TreeMap<>();
    files.forEach(file -> live.put(file.name(), root.resolve(file.path())));
    return live;
  }

  private static Map<String, Long> then(RunnerReport migrated) {
    return migrated.plan().tables().stream()
        .filter(table -> table.after() >= 0)
        .collect(Collectors.toMap(TableRows::table, TableRows::after));
  }

  /**
   * @param counted rows by table
   * @param uncounted virtual tables
   */
  private record Now(Map<String, Long> counted, Set<String> uncounted) {}

  private static Now now(Map<String, Path> files) throws IOException, SQLException {
    var now = new Now(new TreeMap<>(), new HashSet<>());
    for (Map.Entry<String, Path> file : files.entrySet()) {
      String prefix = files.size() > 1 ? file.getKey() + "." : "";
      try (Connection connection = LiveConnection.open(file.getValue())) {
        for (Schema.Table table : SchemaReader.read(connection).tables()) {
          if (table.virtual() || MigrationEngine.OWN_TABLES.contains(table.name())) {
            now.uncounted().add(prefix + table.name());
          } else {
            now.counted()
                .put(
                    prefix + table.name(),
                    Sqlite.queryLong(
                        connection, "SELECT count(*) FROM " + Sqlite.quote(table.name())));
          }
        }
      }
    }
    return now;
  }

  private static RowsSince between(Map<String, Long> then, Now now) {
    Map<String, Long> changes = new TreeMap<>();
    now.counted().forEach((table, rows) -> changes.put(table, rows - then.getOrDefault(table, 0L)));
    then.forEach((table, rows) -> changes.putIfAbsent(table, -rows));
    now.uncounted().forEach(changes::remove);
    changes.values().removeIf(change -> change == 0);
    return new RowsSince(
        changes.values().stream().mapToLong(Math::abs).sum(),
        changes.entrySet().stream()
                .limit(MAX_NAMED)
                .map(change -> "%s %+d".formatted(change.getKey(), change.getValue()))
                .collect(Collectors.joining(", "))
            + (changes.size() > MAX_NAMED
                ? " and %d more tables".formatted(changes.size() - MAX_NAMED)
                : ""));
  }

  /** For a message about what a rollback would lose. */
  String sentence() {
    return rows == 0
        ? "No row came or went since, so what was written are values in rows that were there, or the schema."
        : "Rows that came or went since: %d (%s); changed values are not counted."
            .formatted(rows, tables);
  }
}
