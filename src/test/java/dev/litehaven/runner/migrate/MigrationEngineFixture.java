package dev.litehaven.runner.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A small shop, and migrations rehearsed on a copy of it. */
abstract class MigrationEngineFixture {
  @TempDir Path directory;
  Path database;
  Rehearsal rehearsal;

  @BeforeEach
  void makeDatabase() throws Exception {
    database =
        TestDatabase.create(
            directory,
            "shop.db",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT)",
            "INSERT INTO users VALUES (1, 'Ada', 'ada@example.org'), (2, 'Bo', NULL),"
                + " (3, 'Cy', 'cy@example.org')",
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)",
            "INSERT INTO notes VALUES (1, 'one'), (2, 'two')");
    rehearsal = new Rehearsal(database);
  }

  static void refused(Reason reason, String text, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(text);
  }
}
