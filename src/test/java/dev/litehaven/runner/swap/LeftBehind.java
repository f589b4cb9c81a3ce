package dev.litehaven.runner.swap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.DatabaseFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** How an application left its databases: at rest, or as a killed process leaves them. */
enum LeftBehind {
  WAL_AT_REST,
  WAL_NOT_CHECKPOINTED,
  JOURNAL_AT_REST,
  HOT_JOURNAL;

  /** The files of a database of so many. */
  static List<DatabaseFile> files(int count) {
    return List.of(new DatabaseFile("main", "app/main.db"), new DatabaseFile("user", "user.db"))
        .subList(0, count);
  }

  /**
   * Makes them with ROWS committed rows; one more transaction half done where a journal is hot.
   *
   * @param temp for a source, which goes, and the volume
   */
  Path prepare(Path temp, int count) throws Exception {
    var source = temp.resolve("source");
    var pristine = temp.resolve("pristine");
    for (DatabaseFile file : files(count)) {
      var path = source.resolve(file.path());
      var target = pristine.resolve(file.path());
      Files.createDirectories(target.getParent());
      switch (this) {
        case WAL_AT_REST -> Databases.create(path, "wal");
        case JOURNAL_AT_REST -> Databases.create(path, "persist");
        case WAL_NOT_CHECKPOINTED, HOT_JOURNAL -> {
          boolean wal = this == WAL_NOT_CHECKPOINTED;
          Databases.create(path, wal ? "wal" : "delete");
          Databases.update(path, "DELETE FROM t WHERE id > 100");
          try (var c = Databases.open(path);
              var s = c.createStatement()) {
            if (wal) {
              s.execute("PRAGMA wal_autocheckpoint=0");
              Databases.insert(c, 101, Databases.ROWS);
            } else {
              Databases.insert(c, 101, Databases.ROWS);
              s.execute("PRAGMA cache_size=1"); // spills into the file before the commit
              c.setAutoCommit(false);
              s.executeUpdate("UPDATE t SET v = v || 'half done'");
              s.executeUpdate("DELETE FROM t WHERE id % 3 = 0");
            }
            // What a kill would leave: copied while the connection is open.
            Databases.copyTree(path.getParent(), target.getParent());
            c.setAutoCommit(true);
          }
        }
      }
      if (this == WAL_AT_REST || this == JOURNAL_AT_REST) {
        Databases.copyTree(path.getParent(), target.getParent());
      }
      removeTree(source);
    }
    if (this == WAL_NOT_CHECKPOINTED) {
      assertThat(Files.size(pristine.resolve("app/main.db-wal"))).isGreaterThan(10_000);
    }
    if (this == HOT_JOURNAL) {
      assertThat(Files.size(pristine.resolve("app/main.db-journal"))).isGreaterThan(10_000);
    }
    return pristine;
  }

  static void removeTree(Path root) throws IOException {
    try (var all = Files.walk(root)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
  }
}
