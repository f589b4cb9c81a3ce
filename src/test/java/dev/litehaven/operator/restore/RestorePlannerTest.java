package dev.litehaven.operator.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Mode;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import dev.litehaven.crd.CrdBounds;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.restore.RestoreObservation.Target;
import dev.litehaven.operator.run.Effect;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.run.RunStep;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import org.junit.jupiter.api.Test;

class RestorePlannerTest {
  private static final CrdBounds BOUNDS = CrdBounds.status("databaserestores");

  private final GivenRestore given = new GivenRestore();

  @Test
  void beginsARunThatIsWrittenDownBeforeAnythingIsTaken() {
    RestorePlan plan = given.plan();
    assertThat(plan.effects()).containsExactly(new Effect.AddFinalizer());
    assertThat(plan.status().run().step()).isEqualTo(RunStep.LOCK.name());
    assertThat(plan.status().run().claimUid()).isEqualTo("uid-claim");
    assertThat(succeeded(plan.status())).isEqualTo(Condition.UNKNOWN);
    assertThat(given.plan().status().run().id()).isEqualTo(plan.status().run().id());
  }

  @Test
  void fetchesBesideTheWorkloadAndStopsItOnlyForTheSwap() {
    given.upTo(RunStep.PLAN);
    assertThat(given.status.phase()).isEqualTo("Fetching");
    given.lock = new LockState.Held(7);
    RestorePlan asks = given.turn();
    assertThat(asks.status().run().stoppedAt()).isNull();
    given.job = GivenRestore.report(RunnerStep.FETCH, Outcome.SUCCEEDED, Reason.SUCCEEDED);
    given.turn();
    assertThat(given.status.run().step()).isEqualTo(RunStep.STOP.name());
    assertThat(given.status.backup()).isEqualTo("b7");
    assertThat(given.status.backupCreatedAt()).isEqualTo("2026-02-28T00:00:00Z");
    assertThat(given.status.passedOver())
        .singleElement()
        .satisfies(one -> assertThat(one.backup()).isEqualTo("b8"));
  }

  @Test
  void endsWithTheBackupThatItIsRestoredFromAndNeverBeginsAgain() {
    given.upTo(RunStep.FINISH);
    RestorePlan end = given.turn();
    assertThat(end.effects()).contains(new Effect.RemoveFinalizer(), new Effect.ReleaseLocks());
    assertThat(succeeded(end.status())).isEqualTo(Condition.TRUE);
    assertThat(ready(end.status()).message()).contains("shop-db").contains("b7");
    assertThat(end.status().completedAt()).isNotNull();
    assertThat(end.status().changes())
        .singleElement()
        .satisfies(change -> assertThat(change.rowsAfter()).as("gone").isNull());
    BOUNDS.check(end.status());

    RestorePlan again = given.plan();
    assertThat(again.status()).isEqualTo(end.status());
    assertThat(again.effects()).isEmpty();
  }

  @Test
  void whatWasCarriedOutBeforeEndsWithoutAStop() {
    given.upTo(RunStep.PLAN);
    given.turn();
    given.job = GivenRestore.report(RunnerStep.FETCH, Outcome.SUCCEEDED, Reason.ALREADY_RESTORED);
    given.turn();
    assertThat(given.status.run().step()).isEqualTo(RunStep.FINISH.name());
    given.turn();
    assertThat(succeeded(given.status)).isEqualTo(Condition.TRUE);
    assertThat(ready(given.status).reason()).isEqualTo(Reason.ALREADY_RESTORED.text());
  }

  @Test
  void aDryRunComparesAndStopsNothing() {
    given.dryRun = true;
    given.databaseUid = null;
    given.upTo(RunStep.COMPARE);
    given.turn();
    given.job = GivenRestore.report(RunnerStep.RESTORE, Outcome.SUCCEEDED, Reason.DRY_RUN);
    given.turn();
    assertThat(given.status.run().stoppedAt()).isNull();
    given.turn();
    assertThat(succeeded(given.status)).isEqualTo(Condition.TRUE);
    assertThat(ready(given.status).reason()).isEqualTo(Reason.DRY_RUN.text());
    assertThat(given.status.changes()).isNotEmpty();
  }

  @Test
  void aFailureSaysThatItIsNotBegunAgain() {
    given.upTo(RunStep.PLAN);
    given.turn();
    given.job = GivenRestore.report(RunnerStep.FETCH, Outcome.REFUSED, Reason.NOTHING_VERIFIED);
    given.turn();
    RestorePlan end = given.turn();
    assertThat(succeeded(end.status())).isEqualTo(Condition.FALSE);
    assertThat(ready(end.status()).reason()).isEqualTo(Reason.NOTHING_VERIFIED.text());
    assertThat(end.status().nextAction()).contains("another name");
    assertThat(end.notes()).anySatisfy(note -> assertThat(note.warning()).isTrue());
  }

  @Test
  void anotherDatabaseOfTheSameNameIsNotReplaced() {
    given.databaseUid = "uid-of-before-the-cluster-was-rebuilt";
    assertStalled(Reason.DATABASE_CHANGED, GivenRestore.UID);
  }

  @Test
  void aProtectedOrObservedDatabaseIsNotReplaced() {
    given.protectedMode = "Protect";
    assertStalled(Reason.OBSERVE_ONLY, "mode Protect");
    given.dryRun = true;
    assertThat(given.plan().status().run()).as("a dry run is harmless").isNotNull();
  }

  @Test
  void aNewClaimIsMadeFirstAndTheRunIsOnIt() {
    given.mode = Mode.NEW_CLAIM;
    given.databaseUid = null;
    given.target = new Target.Absent();
    RestorePlan plan = given.plan();
    assertThat(plan.makeClaim()).isTrue();
    assertThat(plan.status().run()).isNull();
    given.target = new Target.Ours();
    assertThat(given.plan().status().run().claimName()).isEqualTo("copy");
  }

  @Test
  void aClaimThatIsThereAlreadyIsNotWrittenTo() {
    given.mode = Mode.NEW_CLAIM;
    given.databaseUid = null;
    given.target = new Target.Foreign();
    assertStalled(Reason.TARGET_NOT_EMPTY, "copy");
  }

  @Test
  void waitsForABackupThatIsNotThereYet() {
    given.source =
        new RestoreSource.Problem(false, Reason.BACKUP_NOT_FOUND, "There is no DatabaseBackup x.");
    RestorePlan plan = given.plan();
    assertThat(plan.status().run()).isNull();
    assertThat(ready(plan.status()).reason()).isEqualTo(Reason.BACKUP_NOT_FOUND.text());
    assertThat(succeeded(plan.status())).isEqualTo(Condition.UNKNOWN);
    assertThat(plan.again()).isPresent();
  }

  @Test
  void waitsForTheDatabaseToBeLookedAt() {
    given.database = new Database.Unusable(false, Reason.WAITING_FOR_DATABASE, "Not yet.");
    assertThat(ready(given.plan().status()).reason()).isEqualTo(Reason.WAITING_FOR_DATABASE.text());
  }

  @Test
  void aClaimThatIsAnotherOneBeforeAnythingIsStoppedIsLookedAtAnew() {
    given.upTo(RunStep.PLAN);
    given.database = onAnotherClaim();
    RestorePlan plan = given.turn();
    assertThat(plan.status().run()).isNull();
    assertThat(plan.status().phase()).isEqualTo("Pending");
    assertThat(plan.effects()).contains(new Effect.DeleteJob(), new Effect.ReleaseLocks());
    assertThat(given.plan().status().run().claimUid()).isEqualTo("uid-other");
  }

  @Test
  void aClaimThatIsAnotherOneOnceStoppedEndsTheRestore() {
    given.upTo(RunStep.STOP);
    given.workload = new WorkloadPlan.Wait(Reason.STOPPING, "Its pod has not ended.");
    given.turn();
    given.database = onAnotherClaim();
    Run run = given.turn().status().run();
    assertThat(run.step()).isEqualTo(RunStep.START_OLD.name());
    assertThat(run.outcomeReason()).isEqualTo(Reason.PLAN_CHANGED.name());
  }

  private static Database onAnotherClaim() {
    var usable = GivenRestore.usable();
    return new Database.Usable(
        usable.name(),
        usable.uid(),
        usable.identity(),
        usable.spec(),
        "uid-other",
        usable.singlePod(),
        usable.files(),
        usable.owner(),
        usable.highestEpoch());
  }

  @Test
  void deletedBeforeItBeganItJustGoes() {
    given.deleting = true;
    given.finalizer = true;
    RestorePlan plan = given.plan();
    assertThat(plan.effects()).containsExactly(new Effect.RemoveFinalizer());
    assertThat(plan.status().run()).isNull();
  }

  private void assertStalled(Reason reason, String part) {
    RestorePlan plan = given.plan();
    assertThat(plan.status().run()).isNull();
    assertThat(plan.status().conditions())
        .anySatisfy(condition -> assertThat(condition.type()).isEqualTo(Condition.STALLED));
    assertThat(ready(plan.status()).reason()).isEqualTo(reason.text());
    assertThat(ready(plan.status()).message()).contains(part);
    assertThat(plan.status().nextAction()).isNotBlank();
  }

  private static Condition ready(DatabaseRestoreStatus status) {
    return status.conditions().stream()
        .filter(condition -> condition.type().equals(Condition.READY))
        .findFirst()
        .orElseThrow();
  }

  private static String succeeded(DatabaseRestoreStatus status) {
    return status.conditions().stream()
        .filter(condition -> condition.type().equals(Condition.SUCCEEDED))
        .findFirst()
        .orElseThrow()
        .status();
  }
}
