package dev.litehaven.runner.sqlite;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The files that SQLite puts beside a database. */
public final class Sidecars {
  public static final List<String> SUFFIXES = List.of("-wal", "-shm", "-journal");

  private Sidecars() {}

  public static Path of(Path database, String suffix) {
    return database.resolveSibling(database.getFileName() + suffix);
  }

  /**
   * Takes what lies beside a database into it, as its application would when it starts: a hot
   * journal is rolled back, a write-ahead log replayed. It must be a private copy, which is thrown
   * away when this fails.
   *
   * @param what names the file in messages
   * @throws RefusedException {@link Reason#CORRUPT} when SQLite cannot read it
   */
  public static void absorb(Path copy, String what) throws IOException {
    try (Connection connection = Sqlite.openPrivate(copy)) {
      Sqlite.queryLong(connection, "SELECT count(*) FROM sqlite_schema");
      if (Sqlite.queryLong(connection, "PRAGMA wal_checkpoint(TRUNCATE)") != 0) {
        throw new IOException("the log beside " + copy + " could not be taken into it");
      }
    } catch (SQLException e) {
      throw SqliteErrors.refusal(e, Reason.CORRUPT, what + " cannot be read");
    }
    for (String suffix : SUFFIXES) {
      Files.deleteIfExists(of(copy, suffix));
    }
  }

  /**
   * @throws IllegalStateException a file beside the copy could hold content that the copy lacks: a
   *     mistake of whoever made the copy, not of the user
   */
  public static void requireNone(Path copy) throws IOException {
    for (String suffix : SUFFIXES) {
      Path sidecar = of(copy, suffix);
      if (Files.exists(sidecar) && Files.size(sidecar) > 0) {
        throw new IllegalStateException("a database at rest has no " + sidecar);
      }
    }
  }
}
