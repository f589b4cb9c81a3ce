package dev.litehaven.runner.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.Integrity;
import dev.litehaven.runner.sqlite.ScriptSplitter;
import dev.litehaven.runner.sqlite.SqlStatement;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table rebuild with foreign keys on empties the child tables, and every usual check says ok. */
class ForeignKeyCascadeTest {
  private static final String REBUILD =
      """
      CREATE TABLE users_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT '');
      INSERT INTO users_new SELECT id, name FROM users;
      DROP TABLE users;
      ALTER TABLE users_new RENAME TO users;
      """;

  @TempDir Path directory;
  private Path database;

  @BeforeEach
  void makeDatabase() throws Exception {
    database =
        TestDatabase.create(
            directory,
            "shop.db",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)",
            "CREATE TABLE orders (id INTEGER PRIMARY KEY,"
                + " user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE)",
            "INSERT INTO users VALUES (1, 'Ada'), (2, 'Bo')",
            "INSERT INTO orders VALUES (10, 1), (11, 1), (12, 2)");
  }

  @Test
  void theNaiveWayEmptiesTheChildTableAndEveryUsualCheckIsFine() throws Exception {
    Path naive = TestDatabase.copyOf(database);
    try (var connection = TestDatabase.open(naive);
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA foreign_keys=ON");
      statement.execute("BEGIN");
      // This is where it goes wrong: inside a transaction SQLite ignores it.
      statement.execute("PRAGMA foreign_keys=OFF");
      for (SqlStatement sql : ScriptSplitter.split(REBUILD)) {
        statement.execute(sql.sql());
      }
      statement.execute("COMMIT");
    }

    assertThat(TestDatabase.query(naive, "SELECT count(*) FROM orders")).containsExactly("0");
    try (var connection = Sqlite.openImmutable(naive)) {
      assertThat(Integrity.problems(connection, true)).isEmpty();
      assertThat(Integrity.foreignKeyViolations(connection)).isEmpty();
    }
  }

  @Test
  void aRebuildKeepsTheRowsOfTheChildTable() throws Exception {
    Rehearsal rehearsal = new Rehearsal(database);

    var applied = rehearsal.apply(Rehearsal.work(Rehearsal.up("1", REBUILD)));

    assertThat(TestDatabase.query(rehearsal.copy(), "SELECT id FROM orders"))
        .containsExactly("10", "11", "12");
    assertThat(applied.plan().findings())
        .extracting(finding -> finding.key())
        .containsExactly("LT101:users.name");
  }

  @Test
  void aDatabaseWhoseRowsWereCascadedAwayIsRefused() {
    // The same loss by another way: what is measured is the rows, not the statements.
    assertThatThrownBy(
            () ->
                new Rehearsal(database)
                    .apply(Rehearsal.work(Rehearsal.up("1", REBUILD + "DELETE FROM orders"))))
        .isInstanceOf(PlanRefusedException.class)
        .hasMessageContaining("3 rows of table orders");
  }

  @Test
  void scriptsMayNotSwitchForeignKeys() {
    for (String pragma : List.of("PRAGMA foreign_keys=ON", "pragma main.foreign_keys = off")) {
      assertThatThrownBy(
              () ->
                  new Rehearsal(database)
                      .apply(
                          Rehearsal.work(
                              Destructive.ALLOW,
                              List.of(),
                              Rehearsal.up("1", pragma + ";\n" + REBUILD))))
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.STATEMENT_REFUSED));
    }
  }
}
