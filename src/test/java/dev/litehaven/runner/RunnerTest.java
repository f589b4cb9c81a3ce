package dev.litehaven.runner;

import static dev.litehaven.runner.Volume.ADD_RISK;
import static dev.litehaven.runner.Volume.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.Finding;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.runner.restore.Fetched;
import dev.litehaven.runner.sqlite.TestDatabase;
import dev.litehaven.runner.steps.Interruption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunnerTest {
  @TempDir Path dir;
  private Volume volume;
  private Set<String> filesBefore;

  @BeforeEach
  void aVolume() throws Exception {
    volume = Volume.create(dir, "wal");
    filesBefore = volume.files();
  }

  private static void ended(RunnerReport report, Outcome outcome, Reason reason) {
    assertThat(report.reason()).as(report.message()).isEqualTo(reason);
    assertThat(report.outcome()).isEqualTo(outcome);
  }

  private void nothingHappened() throws Exception {
    assertThat(volume.state()).isEqualTo("old");
    assertThat(volume.files()).isEqualTo(filesBefore);
  }

  @ParameterizedTest
  @ValueSource(strings = {"wal", "delete", "persist"})
  void aMigrationIsPlannedCarriedOutAndSettled(String journalMode) throws Exception {
    Path root = Files.createDirectory(dir.resolve(journalMode));
    Volume own = Volume.create(root, journalMode);
    MigrationWork work = work(ADD_RISK, "CREATE INDEX users_age ON users (age)");

    RunnerReport plan = own.run(RunnerStep.PLAN, "r1", 1, work);
    ended(plan, Outcome.SUCCEEDED, Reason.SUCCEEDED);
    assertThat(plan.plan().versionAfter()).isEqualTo("2");
    assertThat(own.state()).isEqualTo("old");

    RunnerReport migrate =
        own.run(
            RunnerStep.MIGRATE,
            "r1",
            1,
            work(
                Destructive.FORBID,
                plan.plan().planHash(),
                ADD_RISK,
                "CREATE INDEX users_age ON users (age)"));
    ended(migrate, Outcome.SUCCEEDED, Reason.SUCCEEDED);
    assertThat(own.state()).isEqualTo("new");
    assertThat(migrate.plan().planHash()).isEqualTo(plan.plan().planHash());
    assertThat(migrate.swap().live()).isEqualTo("new");
    assertThat(own.query("PRAGMA journal_mode"))
        .isEqualTo(journalMode.equals("wal") ? "wal" : "delete");
    BackupRecord backup = migrate.backups().getFirst();
    assertThat(backup.verified()).isTrue();
    assertThat(backup.sameVolume()).isTrue();
    assertThat(backup.rows()).isEqualTo(Volume.ROWS);
    assertThat(root.resolve(".litehaven/backups").resolve(backup.manifestPath())).isRegularFile();
    assertThat(migrate.timingsMillis().keySet())
        .containsSubsequence(
            "lock", "quiesceAndCopy", "backup", "readBack", "script", "check", "compare", "swap");

    ended(own.run(RunnerStep.SETTLE, "r1", 1, null), Outcome.SUCCEEDED, Reason.SUCCEEDED);
    assertThat(own.files()).noneMatch(name -> name.contains(".lh-"));
    assertThat(own.state()).isEqualTo("new");
  }

  @Test
  void whatAnEarlierRunCouldNotClearUpGoesWithTheNextOne() throws Exception {
    ended(
        volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK)),
        Outcome.SUCCEEDED,
        Reason.SUCCEEDED);
    assertThat(volume.files()).anyMatch(name -> name.contains(".lh-r1"));

    ended(
        volume.run(
            RunnerStep.MIGRATE, "r2", 2, work(ADD_RISK, "CREATE INDEX users_age ON users (age)")),
        Outcome.SUCCEEDED,
        Reason.SUCCEEDED);

    assertThat(volume.files()).noneMatch(name -> name.contains(".lh-r1"));
    assertThat(volume.files()).anyMatch(name -> name.contains(".lh-r2"));
  }

  @Test
  void nothingPendingChangesNothing() throws Exception {
    volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
    Set<String> files = volume.files();
    Object inode = volume.inode();
    ended(
        volume.run(RunnerStep.MIGRATE, "r2", 2, work(ADD_RISK)),
        Outcome.SUCCEEDED,
        Reason.UP_TO_DATE);
    ended(
        volume.run(RunnerStep.PLAN, "r3", 3, work(ADD_RISK)), Outcome.SUCCEEDED, Reason.UP_TO_DATE);
    assertThat(volume.inode()).isEqualTo(inode);
    assertThat(volume.files()).isEqualTo(files);
  }

  @Test
  void aRunThatIsDoneIsReportedAgainAndNotDoneAgain() throws Exception {
    RunnerReport first = volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
    Object inode = volume.inode();
    for (RunnerStep step : new RunnerStep[] {RunnerStep.MIGRATE, RunnerStep.REPORT}) {
      RunnerReport again = volume.run(step, "r1", 5, work(ADD_RISK));
      assertThat(again.plan()).isEqualTo(first.plan());
      assertThat(again.backups()).isEqualTo(first.backups());
      assertThat(again.message()).isEqualTo(first.message());
      assertThat(again.epoch()).isEqualTo(5);
      assertThat(again.step()).isEqualTo(RunnerStep.MIGRATE);
    }
    assertThat(volume.inode()).isEqualTo(inode);
  }

  @Test
  void aRunWhoseReportIsLostIsReportedFromTheJournal() throws Exception {
    volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
    Files.delete(dir.resolve(".litehaven/reports/r1-migrate.json"));
    RunnerReport report = volume.run(RunnerStep.REPORT, "r1", 2, null);
    ended(report, Outcome.SUCCEEDED, Reason.SUCCEEDED);
    assertThat(report.swap().state()).isEqualTo("DONE");
    ended(
        volume.run(RunnerStep.REPORT, "unknown", 3, null), Outcome.REFUSED, Reason.INVALID_REQUEST);
  }

  @Test
  void aDroppedColumnIsRefusedWithWhatItWouldLose() throws Exception {
    MigrationWork work = work("ALTER TABLE users DROP COLUMN age");
    for (RunnerStep step : new RunnerStep[] {RunnerStep.PLAN, RunnerStep.MIGRATE}) {
      RunnerReport report = volume.run(step, "r1", 1, work);
      ended(report, Outcome.REFUSED, Reason.DESTRUCTIVE_CHANGE);
      assertThat(report.plan().findings())
          .filteredOn(Finding::destructive)
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.object()).isEqualTo("users.age");
                assertThat(finding.rows()).isEqualTo(Volume.ROWS);
              });
      assertThat(report.backups()).isEmpty();
      nothingHappened();
    }
  }

  @Test
  void whereApprovalIsAskedForThePlanMustBeNamed() throws Exception {
    String drop = "ALTER TABLE users DROP COLUMN age";
    PlanReport plan =
        volume.run(RunnerStep.PLAN, "r1", 1, work(Destructive.REQUIRE_APPROVAL, null, drop)).plan();
    RunnerReport unapproved =
        volume.run(RunnerStep.MIGRATE, "r2", 2, work(Destructive.REQUIRE_APPROVAL, null, drop));
    ended(unapproved, Outcome.REFUSED, Reason.DESTRUCTIVE_CHANGE);
    assertThat(unapproved.message()).contains(plan.planHash());
    nothingHappened();
    RunnerReport other =
        volume.run(
            RunnerStep.MIGRATE, "r3", 3, work(Destructive.REQUIRE_APPROVAL, "0".repeat(64), drop));
    ended(other, Outcome.FAILED, Reason.PLAN_CHANGED);
    nothingHappened();
    ended(
        volume.run(
            RunnerStep.MIGRATE, "r4", 4, work(Destructive.REQUIRE_APPROVAL, plan.planHash(), drop)),
        Outcome.SUCCEEDED,
        Reason.SUCCEEDED);
  }

  @Test
  void valuesThatNobodyDeclaredToChangeAreRefused() throws Exception {
    RunnerReport report =
        volume.run(
            RunnerStep.MIGRATE,
            "r1",
            1,
            work("UPDATE users SET email = upper(email) WHERE id <= 7"));
    ended(report, Outcome.REFUSED, Reason.VALUES_CHANGED);
    nothingHappened();
  }

  @Test
  void aScriptThatFailsLeavesNothing() throws Exception {
    RunnerReport report =
        volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK, "INSERT INTO gone VALUES (1)"));
    ended(report, Outcome.REFUSED, Reason.SCRIPT_FAILED);
    assertThat(report.message()).contains("gone").contains("line 1");
    nothingHappened();
    ended(
        volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK)),
        Outcome.SUCCEEDED,
        Reason.SUCCEEDED);
  }

  @Test
  void anAppThatStillHasTheDatabaseOpenIsFound() throws Exception {
    try (Connection app = TestDatabase.open(volume.database);
        Statement statement = app.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      RunnerReport report = volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
      assertThat(report.reason()).isIn(Reason.DATABASE_LOCKED, Reason.LIVE_WRITER);
      assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
      statement.execute("ROLLBACK");
    }
    assertThat(volume.state()).isEqualTo("old");
  }

  /** An app that was killed leaves committed rows in its -wal only. */
  @Test
  void rowsThatOnlyTheWalHasAreNotLost() throws Exception {
    Path crashed = Files.createDirectory(dir.resolve("crashed"));
    Path wal = dir.resolve("app/portfolio.db-wal");
    try (Connection app = TestDatabase.open(volume.database);
        Statement statement = app.createStatement()) {
      statement.execute("PRAGMA wal_autocheckpoint=0");
      statement.execute("INSERT INTO users(email, age) VALUES ('late', 1)");
      Files.copy(volume.database, crashed.resolve("db"));
      Files.copy(wal, crashed.resolve("wal"));
    }
    Files.copy(
        crashed.resolve("db"), volume.database, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.copy(crashed.resolve("wal"), wal);
    ended(
        volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK)),
        Outcome.SUCCEEDED,
        Reason.SUCCEEDED);
    assertThat(volume.query("SELECT count(*) FROM users WHERE email = 'late'")).isEqualTo("1");
    assertThat(volume.query("SELECT count(risk IS NULL) FROM users")).isEqualTo("501");
  }

  @Test
  void aRollbackBringsTheOldDatabaseBackAndKeepsTheOther() throws Exception {
    volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
    RunnerReport back = volume.run(RunnerStep.ROLLBACK, "r1", 2, null);
    ended(back, Outcome.SUCCEEDED, Reason.ROLLED_BACK);
    assertThat(volume.state()).isEqualTo("old");
    BackupRecord failed = back.backups().getFirst();
    assertThat(failed.type()).isEqualTo("FailedState");
    assertThat(failed.schemaVersion()).isEqualTo("1");
    assertThat(failed.verified()).isTrue();

    RunnerReport again = volume.run(RunnerStep.ROLLBACK, "r1", 3, null);
    assertThat(again.message()).isEqualTo(back.message());
    assertThat(again.backups()).isEqualTo(back.backups());
    assertThat(volume.run(RunnerStep.REPORT, "r1", 4, null).reason()).isEqualTo(Reason.ROLLED_BACK);
    ended(
        volume.run(RunnerStep.MIGRATE, "r1", 5, work(ADD_RISK)),
        Outcome.REFUSED,
        Reason.ROLLED_BACK);
    ended(volume.run(RunnerStep.SETTLE, "r1", 6, null), Outcome.SUCCEEDED, Reason.SUCCEEDED);
    assertThat(volume.files()).noneMatch(name -> name.contains(".lh-"));
  }

  @Test
  void rowsWrittenSinceAreNeverGivenUpWithoutBeingAsked() throws Exception {
    volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
    TestDatabase.run(volume.database, "INSERT INTO users(email, age) VALUES ('since', 1)");
    Set<String> files = volume.files();
    RunnerReport refused = volume.run(RunnerStep.ROLLBACK, "r1", 2, null);
    ended(refused, Outcome.NEEDS_DECISION, Reason.ROLLBACK_NEEDS_DECISION);
    assertThat(refused.backups()).isEmpty();
    assertThat(volume.files()).isEqualTo(files);
    assertThat(refused.swap().rowsSince()).isEqualTo(1);
    assertThat(refused.message()).startsWith("Rows that came or went since: 1 (users +1);");
    assertThat(volume.query("SELECT count(*) FROM users WHERE email = 'since'")).isEqualTo("1");

    RunnerReport forced = Volume.run(volume.request(RunnerStep.ROLLBACK, "r1", 3, null, true));
    ended(forced, Outcome.SUCCEEDED, Reason.ROLLED_BACK);
    assertThat(volume.state()).isEqualTo("old");
    // 501 users and one row of history: nothing is lost that a person may still want.
    assertThat(forced.backups().getFirst().rows()).isEqualTo(502);
  }

  /** What an app does on its first start with the new schema without writing a row. */
  @Test
  void aFileTouchedWithoutNewContentStillRollsBackByItself() throws Exception {
    volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
    TestDatabase.run(volume.database, "VACUUM", "REINDEX");
    ended(volume.run(RunnerStep.ROLLBACK, "r1", 2, null), Outcome.SUCCEEDED, Reason.ROLLED_BACK);
  }

  @Test
  void settlingNeedsAVerifiedBackup() throws Exception {
    RunnerReport migrated = volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
    Path manifest =
        dir.resolve(".litehaven/backups").resolve(migrated.backups().getFirst().manifestPath());
    Files.delete(manifest.resolveSibling("verified.json"));
    ended(volume.run(RunnerStep.SETTLE, "r1", 2, null), Outcome.FAILED, Reason.BACKUP_FAILED);
    assertThat(volume.files()).anyMatch(name -> name.endsWith(".old"));
  }

  @Test
  void aLowerEpochIsFencedOff() throws Exception {
    volume.run(RunnerStep.MIGRATE, "r1", 5, work("SELECT 1"));
    Set<String> files = volume.files();
    ended(
        volume.run(RunnerStep.MIGRATE, "r2", 4, work("SELECT 1", ADD_RISK)),
        Outcome.REFUSED,
        Reason.FENCED);
    assertThat(volume.files()).isEqualTo(files);
  }

  @Test
  void anInterruptionBeforeTheSwapUndoes() throws Exception {
    for (String at :
        new String[] {"Backing up", "Reading the backup", "Migrating the copy: up", "Hashing"}) {
      var interruption = new Interruption();
      RunnerReport report =
          Volume.run(
              volume.request(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK)),
              line -> {
                if (line.startsWith(at)) {
                  interruption.request();
                }
              },
              interruption);
      ended(report, Outcome.FAILED, Reason.INTERRUPTED);
      nothingHappened();
    }
  }

  @Test
  void anInterruptionAtTheSwapFinishes() throws Exception {
    var interruption = new Interruption();
    RunnerReport report =
        Volume.run(
            volume.request(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK)),
            line -> {
              if (line.startsWith("Putting the new")) {
                interruption.request();
              }
            },
            interruption);
    ended(report, Outcome.SUCCEEDED, Reason.SUCCEEDED);
    assertThat(volume.state()).isEqualTo("new");
  }

  /** A script that would run for ever ends when the pod is told to stop. */
  @Test
  @org.junit.jupiter.api.Timeout(120)
  void aRunningStatementIsInterrupted() throws Exception {
    var interruption = new Interruption();
    Thread stopper = Thread.ofPlatform().unstarted(interruption::request);
    RunnerReport report =
        Volume.run(
            volume.request(
                RunnerStep.MIGRATE,
                "r1",
                1,
                work(
                    "CREATE TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM"
                        + " n) SELECT count(*) FROM n")),
            line -> {
              if (line.startsWith("Migrating the copy: up")) {
                stopper.start();
              }
            },
            interruption);
    ended(report, Outcome.FAILED, Reason.INTERRUPTED);
    nothingHappened();
  }

  @Test
  void aManualBackupAndACheckWorkBesideAnAppThatWrites() throws Exception {
    try (Connection app = TestDatabase.open(volume.database);
        Statement statement = app.createStatement()) {
      statement.execute("INSERT INTO users(email, age) VALUES ('live', 1)");
      RunnerReport backup = volume.run(RunnerStep.BACKUP, "b1", 1, null);
      ended(backup, Outcome.SUCCEEDED, Reason.SUCCEEDED);
      assertThat(backup.backups().getFirst().rows()).isEqualTo(Volume.ROWS + 1);
      ended(volume.run(RunnerStep.VERIFY, "v1", 2, null), Outcome.SUCCEEDED, Reason.HEALTHY);
      statement.execute("INSERT INTO users(email, age) VALUES ('after', 1)");
    }
    assertThat(volume.query("SELECT count(*) FROM users")).isEqualTo("502");
  }

  /** Of a copy that was restored to be looked at, nothing is to be restored. */
  @Test
  void aCheckAdvisesToRestoreADatabaseAndNotARestoredCopyOfIt() {
    RunnerReport live = verified(null);
    ended(live, Outcome.REFUSED, Reason.VERIFICATION_FAILED);
    assertThat(live.message())
        .isEqualTo(
            "The assertion nobody is not true. Restore a verified backup, or repair the database.");
    assertThat(verified(Fetched.whole(RestoreWork.Mode.EMPTY, null)).message())
        .isEqualTo("The assertion nobody is not true.");
  }

  private RunnerReport verified(RestoreWork restored) {
    var rules =
        new VerifyRules(
            true,
            List.of(),
            List.of(),
            List.of(new VerifyRules.Assertion("nobody", "SELECT count(*) = 0 FROM users")));
    RunnerRequest base =
        volume.request(
            RunnerStep.VERIFY,
            "v1",
            1,
            new MigrationWork(null, List.of(), null, Destructive.FORBID, List.of(), rules, null));
    return Volume.run(
        new RunnerRequest(
            base.formatVersion(),
            base.step(),
            base.run(),
            base.mountPath(),
            base.files(),
            List.of(),
            base.migration(),
            base.backup(),
            null,
            false,
            null,
            restored,
            null));
  }

  /** Each leaves something behind that the next one must not stumble over. */
  @Test
  void whoDiesWhileItTidiesUpKeepsNobodyFromTheVolume() throws Exception {
    volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
    Path ours = volume.root.resolve(".litehaven");
    Path stored = ours.resolve("reports/r1-migrate.json");
    Path announced = ours.resolve("reports/r1-migrate.announced");
    Files.copy(stored, announced);
    Path scratch = Files.createDirectories(ours.resolve("tmp/lh-b1"));
    Files.writeString(scratch.resolve("copy-main.db"), "half gone, and its lock is");

    ended(volume.run(RunnerStep.BACKUP, "b1", 2, null), Outcome.SUCCEEDED, Reason.SUCCEEDED);
    ended(volume.run(RunnerStep.ROLLBACK, "r1", 3, null), Outcome.SUCCEEDED, Reason.ROLLED_BACK);

    assertThat(announced).doesNotExist();
    assertThat(stored).exists();
    assertThat(scratch).doesNotExist();
  }

  /**
   * The operator asks when a runner was lost after its last write: the answer decides what runs.
   */
  @Test
  void recoveringARunThatEndedByItselfSaysWhatIsInPlace() throws Exception {
    volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK));
    RunnerReport after = volume.run(RunnerStep.RECOVER, "r1", 2, null);
    ended(after, Outcome.SUCCEEDED, Reason.SUCCEEDED);
    assertThat(after.swap().live()).isEqualTo("new");
    assertThat(after.backups())
        .singleElement()
        .satisfies(one -> assertThat(one.verified()).isTrue());

    volume.run(RunnerStep.ROLLBACK, "r1", 3, null);
    assertThat(volume.run(RunnerStep.RECOVER, "r1", 4, null).swap().live()).isEqualTo("old");
    assertThat(volume.run(RunnerStep.RECOVER, "r2", 5, null).swap()).isNull();
  }

  @Test
  void recoveringWhereThereIsNothingToRecoverSaysSo() throws Exception {
    RunnerReport report = volume.run(RunnerStep.RECOVER, "r1", 1, null);
    ended(report, Outcome.SUCCEEDED, Reason.SUCCEEDED);
    assertThat(report.message()).contains("nothing to recover");
  }

  @Test
  void aRequestThatMakesNoSenseIsRefused() throws Exception {
    ended(volume.run(RunnerStep.PLAN, "r1", 1, null), Outcome.REFUSED, Reason.INVALID_REQUEST);
    ended(volume.run(RunnerStep.ROLLBACK, "r1", 1, null), Outcome.REFUSED, Reason.INVALID_REQUEST);
    Files.move(volume.database, volume.database.resolveSibling("elsewhere.db"));
    ended(
        volume.run(RunnerStep.MIGRATE, "r1", 1, work(ADD_RISK)),
        Outcome.REFUSED,
        Reason.FILE_NOT_FOUND);
    ended(
        volume.run(RunnerStep.PLAN, "r1", 1, work(ADD_RISK)),
        Outcome.REFUSED,
        Reason.FILE_NOT_FOUND);
  }
}
