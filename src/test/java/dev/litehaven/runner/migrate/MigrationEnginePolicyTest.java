package dev.litehaven.runner.migrate;

import static dev.litehaven.runner.migrate.Rehearsal.to;
import static dev.litehaven.runner.migrate.Rehearsal.up;
import static dev.litehaven.runner.migrate.Rehearsal.upDown;
import static dev.litehaven.runner.migrate.Rehearsal.work;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.Reason;
import dev.litehaven.runner.migrate.MigrationEngine.Applied;
import dev.litehaven.runner.sqlite.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a migration may do to data, and that it is the plan that was agreed to. */
class MigrationEnginePolicyTest extends MigrationEngineFixture {
  @Test
  void refusesADroppedColumnAndCountsItsValues() {
    assertThatThrownBy(() -> rehearsal.apply(work(up("1", "ALTER TABLE users DROP COLUMN email"))))
        .isInstanceOfSatisfying(
            PlanRefusedException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.DESTRUCTIVE_CHANGE);
              assertThat(e).hasMessageContaining("column users.email (2 values)");
              assertThat(e.plan().findings())
                  .singleElement()
                  .satisfies(
                      finding -> {
                        assertThat(finding.key()).isEqualTo("DS103:users.email");
                        assertThat(finding.rows()).isEqualTo(2);
                      });
            });
  }

  @Test
  void refusesADroppedTableAndCountsItsRows() {
    assertThatThrownBy(() -> rehearsal.apply(work(up("1", "DROP TABLE notes"))))
        .isInstanceOf(PlanRefusedException.class)
        .hasMessageContaining("table notes (2 rows)");
  }

  @Test
  void refusesLostRowsAndCountsThem() {
    assertThatThrownBy(
            () ->
                rehearsal.apply(
                    work(
                        up(
                            "1",
                            "DELETE FROM users WHERE id > 1;"
                                + " INSERT INTO users VALUES (10, 'new', NULL), (11, 'n', NULL)"))))
        .isInstanceOf(PlanRefusedException.class)
        .hasMessageContaining("2 rows of table users");
  }

  @Test
  void allowsWhatThePolicyAllowsAndStillReportsIt() throws Exception {
    Applied applied =
        rehearsal.apply(
            work(Destructive.ALLOW, List.of(), up("1", "DROP TABLE notes; DELETE FROM users")));

    assertThat(applied.plan().findings())
        .extracting(finding -> finding.key() + " " + finding.rows())
        .containsExactly("DS102:notes 2", "LH101:users 3");
  }

  @Test
  void refusesChangedValuesUnlessDeclared() throws Exception {
    String sql = "UPDATE users SET email = 'x' WHERE id = 1";

    assertThatThrownBy(() -> rehearsal.apply(work(up("1", sql))))
        .isInstanceOfSatisfying(
            PlanRefusedException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.VALUES_CHANGED))
        .hasMessageContaining("column users.email (values changed in 1 row)");

    Applied declared =
        rehearsal.apply(work(Destructive.FORBID, List.of("Users.Email"), up("1", sql)));
    assertThat(declared.plan().findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.key()).isEqualTo("LH103:users.email");
              assertThat(finding.destructive()).isFalse();
            });
  }

  @Test
  void goingDownOverDataIsDestructive() throws Exception {
    var one = upDown("1", "CREATE TABLE a (x)", "DROP TABLE a");
    rehearsal.migrate(work(one));
    TestDatabase.run(database, "INSERT INTO a VALUES (1)");

    assertThatThrownBy(() -> rehearsal.apply(to("0", Destructive.FORBID, one)))
        .hasMessageContaining("table a (1 row)");
  }

  @Test
  void planHashIsTheSameForEveryRehearsalAndOnlyForTheSameChange() throws Exception {
    MigrationWork work = work(up("1", "CREATE TABLE t (a)"));
    String hash = rehearsal.apply(work).plan().planHash();
    TestDatabase.run(database, "INSERT INTO users VALUES (77, 'late', NULL)");

    assertThat(rehearsal.apply(work).plan().planHash()).isEqualTo(hash);
    assertThat(rehearsal.apply(work(up("1", "CREATE TABLE t (b)"))).plan().planHash())
        .isNotEqualTo(hash);
    assertThat(rehearsal.apply(work(up("2", "CREATE TABLE t (a)"))).plan().planHash())
        .isNotEqualTo(hash);
    TestDatabase.run(database, "CREATE TABLE other (a)");
    assertThat(rehearsal.apply(work).plan().planHash()).isNotEqualTo(hash);
  }

  @Test
  void anotherPlanThanTheExpectedOneIsRefused() throws Exception {
    var script = up("1", "DROP TABLE notes");
    String hash = rehearsal.apply(work(Destructive.ALLOW, List.of(), script)).plan().planHash();
    MigrationWork expecting =
        new MigrationWork(null, List.of(script), null, Destructive.ALLOW, null, null, hash);
    assertThat(rehearsal.apply(expecting).plan().planHash()).isEqualTo(hash);

    TestDatabase.run(database, "ALTER TABLE notes ADD COLUMN author TEXT");
    refused(Reason.PLAN_CHANGED, hash, () -> rehearsal.apply(expecting));
  }
}
