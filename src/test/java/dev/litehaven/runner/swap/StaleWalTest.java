package dev.litehaven.runner.swap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.DatabaseFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An application that was killed leaves rows in a {@code -wal}. Renaming a migrated copy over its
 * database lets SQLite replay them onto the wrong file, and integrity_check says ok.
 */
class StaleWalTest {
  private static final String COLUMN =
      "SELECT count(*) FROM pragma_table_info('t') WHERE name = 'risk'";

  @TempDir Path temp;
  private Path root;
  private Path live;

  @BeforeEach
  void killedApplication() throws Exception {
    var source = temp.resolve("source");
    root = temp.resolve("volume");
    Databases.create(source.resolve("app.db"), "wal");
    try (var c = Databases.open(source.resolve("app.db"));
        var s = c.createStatement()) {
      s.execute("PRAGMA wal_autocheckpoint=0");
      s.executeUpdate("UPDATE t SET v = 'written last'");
      s.execute("CREATE TABLE other(x)"); // so that the log holds the schema's page too
      Databases.copyTree(source, root);
    }
    live = root.resolve("app.db");
    assertThat(root.resolve("app.db-wal")).isNotEmptyFile();
  }

  @Test
  void aNaiveSwapLosesRowsWithoutAnError() throws Exception {
    var copy = temp.resolve("copy.db");
    Files.copy(live, copy);
    Databases.migrate(copy);
    Databases.insertOne(copy, 5000);
    try (var c = Databases.open(copy);
        var s = c.createStatement()) {
      s.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    Files.move(copy, live, StandardCopyOption.ATOMIC_MOVE);

    // The hazard itself: if SQLite ever stops doing this, the protection can be looked at again.
    assertThat(Databases.sql(live, "PRAGMA integrity_check")).isEqualTo("ok");
    assertThat(Databases.sql(live, COLUMN)).as("the migration is gone").isEqualTo("0");
    assertThat(Databases.sql(live, "SELECT count(*) FROM t WHERE id = 5000")).isEqualTo("0");
  }

  @Test
  void oursKeepsEveryRowOfTheLogAndTheMigration() throws Exception {
    try (var volume = SwapVolume.open(root, Databases.run("r1", 1));
        var session =
            SwapSession.begin(volume, "plan", List.of(new DatabaseFile("main", "app.db")))) {
      Databases.migrate(session.copyOf("main"));
      Databases.insertOne(session.copyOf("main"), 5000);
      session.commit();
    }
    assertThat(root.resolve("app.db-wal")).doesNotExist();
    assertThat(Databases.sql(live, "PRAGMA integrity_check")).isEqualTo("ok");
    assertThat(Databases.sql(live, "PRAGMA journal_mode")).isEqualTo("wal");
    assertThat(Databases.sql(live, COLUMN)).isEqualTo("1");
    assertThat(Databases.sql(live, "SELECT count(*) FROM t WHERE v = 'written last'"))
        .isEqualTo(Integer.toString(Databases.ROWS));
    assertThat(Databases.sql(live, "SELECT count(*) FROM t WHERE id = 5000")).isEqualTo("1");
  }
}
