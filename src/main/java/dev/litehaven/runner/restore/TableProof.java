package dev.litehaven.runner.restore;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.backup.BackupManifest.Table;
import dev.litehaven.runner.migrate.ForeignKeys;
import dev.litehaven.runner.restore.TableSelection.OfFile;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.sqlite.ContentHash.DatabaseHash;
import dev.litehaven.runner.sqlite.ContentHash.TableHash;
import dev.litehaven.runner.sqlite.Integrity;
import dev.litehaven.runner.sqlite.Pair;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.SchemaReader;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.VirtualTables;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * That a selective restore did what it should and nothing else: the selected tables are the
 * backup's, to the byte of their definitions, triggers and content; everything else is what it was.
 */
final class TableProof {
  private final String file;
  private final OfFile selected;

  /**
   * @param file what stands before the names of its tables
   */
  TableProof(String file, OfFile selected) {
    this.file = file;
    this.selected = selected;
  }

  /**
   * @param pristine what was live, at rest
   * @param backup what was fetched, at rest
   * @param copy what is to be live, closed
   * @param before rows and hashes of the pristine one
   * @param backedUp rows and hashes of the backup
   * @return what is in the copy
   * @throws RefusedException VERIFICATION_FAILED, INTEGRITY_FAILED, FOREIGN_KEYS_VIOLATED
   */
  DatabaseHash require(
      Path pristine, Path backup, Path copy, List<Table> before, List<Table> backedUp)
      throws SQLException, IOException {
    DatabaseHash content;
    try (Connection was = Sqlite.openImmutable(pristine);
        Connection then = Sqlite.openImmutable(backup);
        Connection now = Sqlite.openImmutable(copy)) {
      Schema live = SchemaReader.read(was);
      Schema old = SchemaReader.read(then);
      Predicate<String> touchedLive = table -> touches(table, live);
      Predicate<String> touchedOld = table -> touches(table, old);
      requireSame(
          "definitions",
          expected(definitions(was), touchedLive, definitions(then), touchedOld),
          definitions(now));
      requireSame(
          "AUTOINCREMENT counters",
          expected(sequences(was), touchedLive, sequences(then), touchedOld),
          sequences(now));
      content = ContentHash.ofDatabase(now);
      requireSame(
          "content",
          expected(hashes(before), touchedLive, hashes(backedUp), touchedOld),
          hashes(content));
      List<String> problems = new ArrayList<>(Integrity.problems(now, false));
      if (!problems.isEmpty()) {
        // Such as rows that are older than a CHECK: they are what was backed up, or what is live.
        problems.removeAll(Integrity.problems(was, false));
        problems.removeAll(Integrity.problems(then, false));
      }
      if (!problems.isEmpty()) {
        throw new RefusedException(
            Reason.INTEGRITY_FAILED,
            "The copy with the restored tables fails SQLite's check: "
                + String.join("; ", problems)
                + ". Nothing was changed. Restore the whole database.");
      }
    }
    try (Pair pair = Pair.open(pristine, copy, Set.of())) {
      ForeignKeys.requireNoNewViolations(
          pair,
          file,
          "With these tables restored",
          "Restore the tables that belong together, or the whole database.");
    }
    return content;
  }

  private boolean touches(String table, Schema schema) {
    return selected.touches(table)
        || schema.shadowTables().contains(table)
            && VirtualTables.owner(table, schema.tables())
                .filter(owner -> selected.touches(owner.name()))
                .isPresent();
  }

  /** Entries are keyed {@code table}, a NUL, and what of it. */
  private static Map<String, String> expected(
      Map<String, String> was,
      Predicate<String> touchedLive,
      Map<String, String> then,
      Predicate<String> touchedOld) {
    Map<String, String> expected = new TreeMap<>();
    was.forEach(
        (key, value) -> {
          if (!touchedLive.test(table(key))) {
            expected.put(key, value);
          }
        });
    then.forEach(
        (key, value) -> {
          if (touchedOld.test(table(key))) {
            expected.put(key, value);
          }
        });
    return expected;
  }

  private static String table(String key) {
    return key.substring(0, key.indexOf('\0'));
  }

  private void requireSame(String what, Map<String, String> expected, Map<String, String> found) {
    if (expected.equals(found)) {
      return;
    }
    Set<String> tables = new java.util.TreeSet<>();
    for (Map<String, String> one : List.of(expected, found)) {
      one.forEach(
          (key, value) -> {
            if (!value.equals(expected.get(key)) || !value.equals(found.get(key))) {
              tables.add(file + table(key));
            }
          });
    }
    throw new RefusedException(
        Reason.VERIFICATION_FAILED,
        "After the selected tables were restored in the copy, the "
            + what
            + " of "
            + String.join(", ", tables)
            + " are not what they should be. Nothing was changed. Restore the whole database, or"
            + " into a new one, and move the rows with the application.");
  }

  private static Map<String, String> definitions(Connection connection) throws SQLException {
    return read(
        connection,
        "SELECT tbl_name, type || ' ' || name, coalesce(sql, '') FROM sqlite_schema"
            + " WHERE name NOT LIKE 'sqlite\\_s%' ESCAPE '\\'");
  }

  private static Map<String, String> sequences(Connection connection) throws SQLException {
    return Sqlite.hasTable(connection, "sqlite_sequence")
        ? read(connection, "SELECT name, 'sequence', seq FROM sqlite_sequence")
        : Map.of();
  }

  private static Map<String, String> hashes(List<Table> tables) {
    Map<String, String> hashes = new TreeMap<>();
    tables.forEach(t -> hashes.put(t.name() + '\0', t.rows() + " " + t.contentHash()));
    return hashes;
  }

  private static Map<String, String> hashes(DatabaseHash database) {
    Map<String, String> hashes = new TreeMap<>();
    for (TableHash table : database.tables()) {
      hashes.put(table.table() + '\0', table.rows() + " " + table.hash());
    }
    return hashes;
  }

  private static Map<String, String> read(Connection connection, String sql) throws SQLException {
    Map<String, String> read = new TreeMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        read.put(rows.getString(1) + '\0' + rows.getString(2), rows.getString(3));
      }
    }
    return read;
  }
}
