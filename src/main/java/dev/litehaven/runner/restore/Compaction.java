package dev.litehaven.runner.restore;

import dev.litehaven.protocol.Reason;
import dev.litehaven.runner.sqlite.Schema.Table;
import dev.litehaven.runner.sqlite.SchemaReader;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.SqliteErrors;
import dev.litehaven.runner.sqlite.VirtualTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Removes from a private copy what is no row any more: free pages, what pages hold beside their
 * rows, terms of deleted rows in full-text indexes, sampled values in statistics. Rows keep their
 * rowids.
 */
final class Compaction {
  private Compaction() {}

  /**
   * @param copy closed, without sidecars; stays the inode that it is
   * @param scratch a name for a moment, on which nothing is
   * @param journalMode that the copy has afterwards
   */
  static void compact(Path copy, Path scratch, String journalMode) throws IOException {
    try (Connection connection = Sqlite.openPrivate(copy)) {
      Sqlite.execute(connection, "PRAGMA main.journal_mode=OFF");
      for (Table table : SchemaReader.read(connection).tables()) {
        if (VirtualTables.isFullText(table)) {
          String name = Sqlite.quote(table.name());
          // Merges all there is of the index, and leaves out what was deleted.
          Sqlite.execute(
              connection, "INSERT INTO main.%1$s (%1$s) VALUES ('optimize')".formatted(name));
        }
      }
      if (Sqlite.hasTable(connection, "sqlite_stat4")) {
        Sqlite.execute(connection, "DELETE FROM sqlite_stat4");
      }
      // Not in place: that numbers the rows of tables without a key anew.
      Sqlite.execute(connection, "VACUUM main INTO " + Sqlite.literal(scratch.toString()));
    } catch (SQLException e) {
      throw SqliteErrors.refusal(e, Reason.SCRIPT_FAILED, "The copy could not be compacted");
    }
    FileContent.replace(scratch, copy);
    Files.delete(scratch);
    try (Connection connection = Sqlite.openPrivate(copy)) {
      Sqlite.execute(connection, "PRAGMA main.journal_mode=" + journalMode);
    } catch (SQLException e) {
      throw SqliteErrors.refusal(e, Reason.CORRUPT, "The compacted copy cannot be used");
    }
  }
}
