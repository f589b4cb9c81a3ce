package dev.litehaven.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec;
import dev.litehaven.api.v1alpha1.LocalReference;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec.OnNoBackup;
import dev.litehaven.operator.database.DatabaseObservation.Restore;
import dev.litehaven.operator.database.DatabasePlan.Effect;
import dev.litehaven.protocol.Reason;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BootstrapTest extends DatabasePlannerFixture {
  private static final String NAME = Bootstrap.restore("shop-db", "uid-db");

  @BeforeEach
  void asked() {
    bootstrap =
        new SQLiteDatabaseSpec.Bootstrap(new LocalReference("s3"), "team/shop", null, null, null);
    pods = java.util.List.of(pod("shop-1", "v1", true, START.minusSeconds(60), null));
  }

  private void empty() {
    found();
    plan();
    remember();
  }

  private void plan() {
    plan = DatabasePlanner.plan(seen());
  }

  private boolean asksForARestore() {
    return plan.effects().contains(new Effect.MakeRestore(NAME));
  }

  private void restored(boolean succeeded, Reason reason, String backup) {
    restore =
        Optional.of(
            new Restore(NAME, Optional.of(succeeded), reason.text(), "What happened.", backup));
  }

  @Test
  void anEmptyClaimGetsOneRestoreAndNobodyPassesTheGate() {
    found();
    expect(Condition.RECONCILING, Reason.BOOTSTRAPPING);
    assertThat(asksForARestore()).isTrue();
    assertThat(opened()).isEmpty();
    assertThat(plan.status().bootstrapped().restore()).isEqualTo(NAME);
    assertThat(plan.status().bootstrapped().completedAt()).isNull();
    assertThat(plan.status().workloads().getFirst().held()).contains("spec.bootstrap");
  }

  @Test
  void itIsARestoreThatLeavesAloneWhateverIsThere() {
    var made = BootstrapRestoreFactory.restore(NAME, seen());
    assertThat(made.getSpec().mode()).isEqualTo(DatabaseRestoreSpec.Mode.IF_ABSENT);
    assertThat(made.getSpec().source().location().locationRef().name()).isEqualTo("s3");
    assertThat(made.getSpec().source().location().identity()).isEqualTo("team/shop");
    assertThat(made.getMetadata().getOwnerReferences().getFirst().getUid()).isEqualTo("uid-db");
  }

  @Test
  void whileItGoesOnItIsNotAskedForAgainAndTheGateStaysShut() {
    empty();
    restore = Optional.of(new Restore(NAME, Optional.empty(), "Fetching", "Fetching b-7.", "b-7"));
    expect(Condition.RECONCILING, Reason.BOOTSTRAPPING);
    assertThat(asksForARestore()).isFalse();
    assertThat(message()).contains(NAME).contains("Fetching b-7.");
    assertThat(opened()).isEmpty();
  }

  @Test
  void onceRestoredTheVolumeIsLookedAtAnewAndTheAppMayStart() {
    empty();
    restored(true, Reason.SUCCEEDED, "b-7");
    plan();
    assertThat(plan.status().bootstrapped().completedAt()).isNotNull();
    assertThat(plan.status().bootstrapped().backup()).isEqualTo("b-7");
    assertThat(plan.status().inspectionKey()).isNull();
    assertThat(opened()).isEmpty();
    remember();
    restore = Optional.empty();
    healthy();
    assertThat(reason()).isEqualTo(Reason.HEALTHY.text());
    assertThat(opened()).containsExactly("shop-1");
  }

  @Test
  void whatIsThereIsNeverTouched() {
    found(file("app.db", null));
    plan();
    assertThat(asksForARestore()).isFalse();
    assertThat(plan.status().bootstrapped().reason()).isEqualTo(Reason.UNCHANGED.text());
    remember();
    plan();
    assertThat(opened()).containsExactly("shop-1");
  }

  @Test
  void norIsAFileThatIsBroken() {
    found(file("app.db", Reason.CORRUPT));
    plan();
    assertThat(asksForARestore()).isFalse();
    assertThat(plan.status().bootstrapped().reason()).isEqualTo(Reason.UNCHANGED.text());
  }

  @Test
  void settledItIsNeverCarriedOutAgain() {
    found(file("app.db", null));
    plan();
    remember();
    generation++;
    found();
    plan();
    assertThat(asksForARestore()).isFalse();
    assertThat(reason()).isEqualTo(Reason.FILE_NOT_FOUND.text());
  }

  @Test
  void aFailureKeepsTheAppOutAndSaysHowToTryAgain() {
    empty();
    restored(false, Reason.DECRYPTION_FAILED, null);
    expect(Condition.STALLED, Reason.DECRYPTION_FAILED);
    assertThat(opened()).isEmpty();
    assertThat(plan.status().nextAction()).contains("kubectl delete dbr " + NAME);
    remember();

    restore = Optional.empty(); // as somebody did
    plan();
    assertThat(asksForARestore()).as("of %s", plan.status().conditions()).isTrue();
    assertThat(opened()).isEmpty();
  }

  @Test
  void withoutAnyBackupItIsAskedWhetherThisIsTheFirstDay() {
    empty();
    restored(false, Reason.NOTHING_TO_RESTORE, null);
    expect(Condition.STALLED, Reason.NOTHING_TO_RESTORE);
    assertThat(message()).contains("StartEmpty");
    assertThat(opened()).isEmpty();
  }

  /** VolSync 1211: a source that did not answer gave an empty volume, and the app began with it. */
  @Test
  void volsync1211_whatCannotBeReachedIsNoFirstDay() {
    bootstrap =
        new SQLiteDatabaseSpec.Bootstrap(
            new LocalReference("s3"), null, null, null, OnNoBackup.START_EMPTY);
    empty();
    for (Reason reason :
        java.util.List.of(Reason.STORE_UNREACHABLE, Reason.STORE_REFUSED, Reason.CORRUPT)) {
      restored(false, reason, null);
      expect(Condition.STALLED, reason);
      assertThat(opened()).as(reason.text()).isEmpty();
      assertThat(plan.status().bootstrapped().completedAt()).isNull();
      remember();
    }
  }

  @Test
  void onTheFirstDayTheAppBeginsWithNothing() {
    bootstrap =
        new SQLiteDatabaseSpec.Bootstrap(
            new LocalReference("s3"), null, null, null, OnNoBackup.START_EMPTY);
    empty();
    restored(false, Reason.NOTHING_TO_RESTORE, null);
    plan();
    assertThat(plan.status().bootstrapped().reason()).isEqualTo("NothingToRestore");
    remember();
    restore = Optional.empty();
    found();
    plan();
    assertThat(asksForARestore()).isFalse();
    assertThat(opened()).containsExactly("shop-1");
  }

  @Test
  void aBackupThatIsDamagedIsNoFirstDay() {
    bootstrap =
        new SQLiteDatabaseSpec.Bootstrap(
            new LocalReference("s3"), null, null, null, OnNoBackup.START_EMPTY);
    empty();
    restored(false, Reason.NOTHING_VERIFIED, null);
    expect(Condition.STALLED, Reason.NOTHING_VERIFIED);
    assertThat(opened()).isEmpty();
  }

  @Test
  void aClaimThatWaitsForItsFirstPodGetsItByTheRestore() {
    claim = Optional.of(claim(false));
    expect(Condition.RECONCILING, Reason.BOOTSTRAPPING);
    assertThat(asksForARestore()).isTrue();
    assertThat(opened()).isEmpty();
  }

  @Test
  void withoutTheClaimNothingIsAsked() {
    claim = Optional.empty();
    expect(Condition.RECONCILING, Reason.CLAIM_NOT_FOUND);
    assertThat(asksForARestore()).isFalse();
    assertThat(opened()).isEmpty();
  }

  @Test
  void aLookThatFailedSettlesNothing() {
    lock = new dev.litehaven.operator.lock.LockState.Held(4);
    inspection = new dev.litehaven.operator.job.JobState.Lost(true, "The pod is gone.");
    plan();
    assertThat(plan.status().bootstrapped()).isNull();
    assertThat(opened()).isEmpty();
  }

  @Test
  void theNameOfTheRestoreFitsWhateverTheDatabaseIsCalled() {
    assertThat(Bootstrap.restore("x".repeat(253), "uid")).hasSizeLessThanOrEqualTo(253);
    assertThat(Bootstrap.restore("x", "uid-1")).isNotEqualTo(Bootstrap.restore("x", "uid-2"));
  }
}
