package dev.litehaven.runner.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Reason;
import dev.litehaven.runner.sqlite.Integrity;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** INSERT ... SELECT * into a table whose columns stand in another order swaps them silently. */
class SwappedColumnsTest {
  @TempDir Path directory;

  @Test
  void isFoundWhereCountsIntegrityAndForeignKeysSeeNothing() throws Exception {
    Path database =
        TestDatabase.create(
            directory,
            "shop.db",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT)",
            "INSERT INTO users VALUES (1, 'Ada', 'ada@example.org'), (2, 'Bo', 'bo@example.org'),"
                + " (3, 'same', 'same')");
    String swap =
        """
        CREATE TABLE users_new (id INTEGER PRIMARY KEY, email TEXT, name TEXT);
        INSERT INTO users_new SELECT * FROM users;
        DROP TABLE users;
        ALTER TABLE users_new RENAME TO users;
        """;
    Rehearsal rehearsal = new Rehearsal(database);

    assertThatThrownBy(() -> rehearsal.apply(Rehearsal.work(Rehearsal.up("1", swap))))
        .isInstanceOfSatisfying(
            PlanRefusedException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.VALUES_CHANGED);
              assertThat(e.plan().findings())
                  .extracting(finding -> finding.key() + " " + finding.rows())
                  .containsExactly("LH102:users.email 2", "LH102:users.name 2");
              assertThat(e.plan().tables())
                  .allSatisfy(table -> assertThat(table.after()).isEqualTo(table.before()));
            })
        .hasMessageContaining("INSERT ... SELECT *");

    // The copy was really migrated, and nothing but the values shows it.
    assertThat(Files.exists(rehearsal.copy())).isTrue();
    assertThat(TestDatabase.query(rehearsal.copy(), "SELECT email FROM users WHERE id = 1"))
        .isEqualTo(List.of("Ada"));
    try (var connection = Sqlite.openImmutable(rehearsal.copy())) {
      assertThat(Integrity.problems(connection, true)).isEmpty();
      assertThat(Integrity.foreignKeyViolations(connection)).isEmpty();
    }
  }
}
