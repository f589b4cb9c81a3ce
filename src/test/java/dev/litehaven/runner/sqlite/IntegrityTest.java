package dev.litehaven.runner.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IntegrityTest {
  @TempDir Path directory;

  @Test
  void findsNothingInASoundDatabase() throws Exception {
    assertThat(problems(filled(), true)).isEmpty();
    assertThat(problems(filled(), false)).isEmpty();
  }

  @Test
  void findsADamagedPageInBoundedWords() throws Exception {
    Path database = filled();
    try (RandomAccessFile file = new RandomAccessFile(database.toFile(), "rw")) {
      for (int page = 2; page < 40; page++) {
        file.seek(page * 4096L + 8);
        file.write(new byte[64]);
      }
    }
    assertThat(problems(database, false))
        .isNotEmpty()
        .hasSizeLessThanOrEqualTo(Integrity.MAX_PROBLEMS)
        .allSatisfy(problem -> assertThat(problem).hasSizeLessThanOrEqualTo(203));
  }

  @Test
  void onlyTheFullCheckComparesIndexes() throws Exception {
    Path database =
        TestDatabase.create(
            directory,
            "i.db",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
            "CREATE INDEX i ON t (a)",
            "INSERT INTO t VALUES (1, 'x'), (2, 'y')",
            "PRAGMA writable_schema=1",
            "UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON t (a DESC)' WHERE name = 'i'");
    assertThat(problems(database, false)).isEmpty();
    assertThat(problems(database, true)).isNotEmpty();
  }

  private Path filled() throws Exception {
    Path database = directory.resolve("filled.db");
    if (java.nio.file.Files.notExists(database)) {
      TestDatabase.run(
          database,
          "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
          "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
              + " INSERT INTO t SELECT i, hex(zeroblob(40)) FROM n");
    }
    return database;
  }

  private static java.util.List<String> problems(Path database, boolean full) throws Exception {
    try (var connection = Sqlite.openImmutable(database)) {
      return Integrity.problems(connection, full);
    }
  }
}
