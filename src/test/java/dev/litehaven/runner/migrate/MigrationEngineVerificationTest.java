package dev.litehaven.runner.migrate;

import static dev.litehaven.runner.migrate.Rehearsal.up;
import static dev.litehaven.runner.migrate.Rehearsal.verified;
import static dev.litehaven.runner.migrate.Rehearsal.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What must hold once everything is applied. */
class MigrationEngineVerificationTest extends MigrationEngineFixture {
  @Test
  void newForeignKeyViolationsAreRefusedAndOldOnesAreNot() throws Exception {
    TestDatabase.run(
        database,
        "CREATE TABLE likes (id INTEGER PRIMARY KEY, user INTEGER REFERENCES users (id))",
        "INSERT INTO likes VALUES (1, 1), (2, 99)");

    assertThat(rehearsal.apply(work(up("1", "CREATE TABLE t (a)"))).nothingToDo()).isFalse();
    refused(
        Reason.FOREIGN_KEYS_VIOLATED,
        "1 row of likes without their row in users",
        () -> rehearsal.apply(work(up("1", "INSERT INTO likes VALUES (3, 98)"))));
  }

  @Test
  void aMigrationThatLeavesAKeyThatCannotHoldIsRefused() {
    refused(
        Reason.FOREIGN_KEYS_VIOLATED,
        "foreign key mismatch",
        () ->
            rehearsal.apply(
                work(
                    up(
                        "1",
                        "CREATE TABLE likes (who TEXT REFERENCES users (name));"
                            + " INSERT INTO likes VALUES ('Ada')"))));
  }

  @Test
  void anIndexThatAKeyNeedsMayNotGo() throws Exception {
    TestDatabase.run(
        database,
        "CREATE UNIQUE INDEX names ON users (name)",
        "CREATE TABLE likes (who TEXT REFERENCES users (name))",
        "INSERT INTO likes VALUES ('Ada')");
    refused(
        Reason.FOREIGN_KEYS_VIOLATED,
        "foreign key mismatch",
        () -> rehearsal.apply(work(up("1", "DROP INDEX names"))));
  }

  @Test
  void aKeyThatNeverHeldIsTheApplicationsBusiness() throws Exception {
    TestDatabase.run(
        database,
        "CREATE TABLE likes (who TEXT REFERENCES users (name))",
        "INSERT INTO likes VALUES ('Ada')");
    assertThat(rehearsal.apply(work(up("1", "INSERT INTO likes VALUES ('Bo')"))).nothingToDo())
        .isFalse();
  }

  @Test
  void verifiesTablesColumnsAndAssertions() throws Exception {
    var script = up("1", "CREATE TABLE t (a)");
    assertThat(
            rehearsal
                .apply(
                    verified(
                        new VerifyRules(
                            true,
                            List.of("T", "users"),
                            List.of("users.email", "t.a"),
                            List.of(
                                new VerifyRules.Assertion(
                                    "users", "SELECT count(*) = 3 FROM users"))),
                        script))
                .nothingToDo())
        .isFalse();
    refused(
        Reason.VERIFICATION_FAILED,
        "required table gone",
        () ->
            rehearsal.apply(verified(new VerifyRules(false, List.of("gone"), null, null), script)));
    refused(
        Reason.VERIFICATION_FAILED,
        "required column users.age",
        () ->
            rehearsal.apply(
                verified(new VerifyRules(false, null, List.of("users.age"), null), script)));
    refused(
        Reason.VERIFICATION_FAILED,
        "assertion enough",
        () ->
            rehearsal.apply(
                verified(
                    new VerifyRules(
                        false,
                        null,
                        null,
                        List.of(
                            new VerifyRules.Assertion("enough", "SELECT count(*) > 3 FROM users"))),
                    script)));
  }
}
