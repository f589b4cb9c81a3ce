package dev.litehaven.operator.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.crd.CrdBounds;
import dev.litehaven.operator.run.Effect;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.run.RunStep;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is decided while no run is on. */
class MigrationPlannerTest {
  private static final CrdBounds BOUNDS = CrdBounds.status("databasemigrations");

  private final Given given = new Given();
  private MigrationPlan plan;

  /** Whatever was decided, the API server takes it and kstatus can read it. */
  @AfterEach
  void statusIsInOrder() {
    if (plan != null && !given.deleting) {
      BOUNDS.check(plan.status());
      Kstatus.check(given.seen(), plan.status());
    }
  }

  @Test
  void aReadyDatabaseAndANewInputBeginARun() {
    plan = given.plan();

    assertThat(plan.effects()).containsExactly(new Effect.AddFinalizer());
    assertThat(plan.status().run().step()).isEqualTo(RunStep.LOCK.name());
    assertThat(plan.status().run().claimName()).isEqualTo("data");
    reconciling(Reason.WAITING_FOR_LOCK);
  }

  @Test
  void theSameBeginTwiceIsTheSameRun() {
    assertThat(given.plan().status().run()).isEqualTo(given.plan().status().run());
  }

  @Test
  void aMissingDatabaseIsWaitedFor() {
    given.databaseGone();
    plan = given.plan();

    assertThat(plan.status().run()).isNull();
    reconciling(Reason.DATABASE_NOT_FOUND);
  }

  @Test
  void aMissingSourceIsWaitedFor() {
    given.sourceGone();
    plan = given.plan();

    reconciling(Reason.SOURCE_NOT_FOUND);
  }

  @Test
  void aDatabaseThatIsOnlyObservedStalls() {
    given.database =
        new Database.Unusable(true, Reason.OBSERVE_ONLY, "It is in mode Observe. Set Manage.");
    plan = given.plan();

    assertThat(plan.status().run()).isNull();
    stalled(Reason.OBSERVE_ONLY);
    assertThat(plan.notes()).singleElement().satisfies(note -> assertThat(note.warning()).isTrue());
  }

  @Test
  void aStreamOfAnOlderMigrationIsRefusedWithItsName() {
    given.streamOwner = Optional.of("older");
    plan = given.plan();

    stalled(Reason.STREAM_OWNED);
    assertThat(plan.status().nextAction()).contains("older").contains("history.stream");
  }

  @Test
  void aSuspendedOneBeginsNothing() {
    given.suspend = true;
    plan = given.plan();

    assertThat(plan.status().run()).isNull();
    stalled(Reason.SUSPENDED);
  }

  @Test
  void whatSucceededIsNotRunAgain() {
    ended(true, Reason.SUCCEEDED, "Database shop-db is at version 2.");
    plan = given.plan();

    assertThat(plan.effects()).isEmpty();
    assertThat(plan.status().run()).isNull();
    ready(Reason.SUCCEEDED);
  }

  @Test
  void whatFailedIsNotTriedAgainWithTheSameInput() {
    ended(false, Reason.DESTRUCTIVE_CHANGE, "3 rows would be lost.");
    plan = given.plan();

    assertThat(plan.status().run()).isNull();
    stalled(Reason.DESTRUCTIVE_CHANGE);
    assertThat(plan.status().phase()).isEqualTo("Failed");
  }

  @Test
  void whatFailedIsTriedAgainWhenAsked() {
    ended(false, Reason.DESTRUCTIVE_CHANGE, "3 rows would be lost.");
    given.requestedAt = Optional.of("2026-03-01T12:30:00Z");
    plan = given.plan();

    assertThat(plan.status().run()).isNotNull();
    assertThat(plan.status().lastHandledRequest()).isEqualTo("2026-03-01T12:30:00Z");
  }

  @Test
  void whatFailedIsTriedAgainWithAnotherSource() {
    ended(false, Reason.SCRIPT_FAILED, "no such column");
    given.source = Given.source("d2");
    plan = given.plan();

    assertThat(plan.status().run()).isNotNull();
  }

  @Test
  void whatFailedIsTriedAgainForAnotherTemplateThatWaits() {
    ended(false, Reason.ROLLED_BACK, "It was not ready.");
    given.workloads = List.of(Given.workload(new WorkloadPlan.Reached("There."), "v3"));
    plan = given.plan();

    assertThat(plan.status().run()).isNotNull();
  }

  @Test
  void aRunAfterAFailedOneHasAnotherName() {
    String first = new Given().plan().status().run().id();
    ended(false, Reason.SCRIPT_FAILED, "no such column");
    given.requestedAt = Optional.of("again");
    plan = given.plan();

    assertThat(plan.status().run().id()).isNotEqualTo(first);
  }

  /** A source that is gone for a moment must not leave a word behind for ever. */
  @Test
  void aSucceededOneIsReadyAgainWhenItsSourceComesBack() {
    ended(true, Reason.SUCCEEDED, "Database shop-db is at version 2.");
    var source = given.source;
    given.sourceGone();
    given.status = given.plan().status();
    given.source = source;
    plan = given.plan();

    ready(Reason.SUCCEEDED);
    assertThat(plan.status().phase()).isEqualTo("Succeeded");
  }

  @Test
  void aFailedOneStallsAgainWhenItsDatabaseComesBack() {
    ended(false, Reason.SCRIPT_FAILED, "no such column");
    given.databaseGone();
    given.status = given.plan().status();
    given.database = null;
    plan = given.plan();

    stalled(Reason.SCRIPT_FAILED);
    assertThat(plan.status().conditions().getFirst().message()).isEqualTo("no such column");
  }

  /** Back to the input of before, which still stands: that is what status must say. */
  @Test
  void goingBackToAnInputThatSucceededIsReady() {
    ended(true, Reason.SUCCEEDED, "Database shop-db is at version 2.");
    String succeeded = given.status.succeededKey();
    ended(false, Reason.SCRIPT_FAILED, "no such column");
    given.status = keys(succeeded, "the key of the failed one");
    plan = given.plan();

    ready(Reason.SUCCEEDED);
  }

  @Test
  void aNewGenerationIsNotReadyFromTheFirstLook() {
    ended(true, Reason.SUCCEEDED, "Database shop-db is at version 2.");
    given.generation = 2;
    given.source = Given.source("d2");
    plan = given.plan();

    assertThat(plan.status().observedGeneration()).isEqualTo(2);
    assertThat(Kstatus.is(plan.status().conditions(), Condition.READY)).isFalse();
  }

  @Test
  void aDeletedOneWithoutARunIsLetGo() {
    given.finalizer = true;
    given.deleting = true;
    plan = given.plan();

    assertThat(plan.effects()).containsExactly(new Effect.RemoveFinalizer());
    assertThat(plan.again()).isEmpty();
  }

  @Test
  void theLongestMessagesFit() {
    given.streamOwner = Optional.of("\uD83D\uDE80".repeat(900));
    plan = given.plan();

    stalled(Reason.STREAM_OWNED);
  }

  private void ended(boolean success, Reason reason, String message) {
    var begun = new Given().plan().status().run();
    var last =
        new EndedRun(
            begun.id(),
            reason.text(),
            message,
            "1",
            "2",
            begun.startedAt(),
            null,
            null,
            List.of(),
            "d1");
    var runs = new java.util.ArrayList<EndedRun>(List.of(last));
    runs.addAll(given.status.runs());
    given.status =
        new DatabaseMigrationStatus(
            1L,
            "Whatever",
            "2",
            "2",
            null,
            List.of(),
            null,
            null,
            runs,
            success ? begun.key() : given.status.succeededKey(),
            success ? null : begun.key(),
            null,
            null,
            null,
            null,
            null,
            null);
  }

  private DatabaseMigrationStatus keys(String succeeded, String failed) {
    var from = given.status;
    return new DatabaseMigrationStatus(
        1L,
        from.phase(),
        from.currentVersion(),
        from.targetVersion(),
        null,
        List.of(),
        null,
        null,
        from.runs(),
        succeeded,
        failed,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  private void ready(Reason reason) {
    assertThat(Kstatus.is(plan.status().conditions(), Condition.READY)).isTrue();
    assertThat(plan.status().nextAction()).isNull();
    reason(reason);
  }

  private void reconciling(Reason reason) {
    assertThat(Kstatus.is(plan.status().conditions(), Condition.RECONCILING)).isTrue();
    reason(reason);
  }

  private void stalled(Reason reason) {
    assertThat(Kstatus.is(plan.status().conditions(), Condition.STALLED)).isTrue();
    assertThat(plan.status().nextAction()).isNotBlank();
    reason(reason);
  }

  private void reason(Reason reason) {
    assertThat(plan.status().conditions())
        .extracting(Condition::reason)
        .containsOnly(reason.text());
  }
}
