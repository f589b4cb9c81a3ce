package dev.litehaven.operator.backup;

import static dev.litehaven.operator.backup.BackupWorld.READY;
import static dev.litehaven.operator.backup.BackupWorld.SUCCEEDED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Type;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec.Mode;
import dev.litehaven.operator.PodFixture;
import dev.litehaven.operator.backup.BackupObservation.Newest;
import dev.litehaven.operator.backup.BackupPlan.Effect;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BackupPlannerTest {
  private final BackupWorld world = new BackupWorld();

  @Test
  void aBackupIsMadeUnderTheLockAndVerified() {
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("Unknown Pending");
    world.started();
    assertThat(world.locked()).as("a migration waits meanwhile").isTrue();
    assertThat(world.held).isTrue();
    assertThat(world.condition(READY)).isEqualTo("False BackingUp");
    world.reports(Outcome.SUCCEEDED, Reason.SUCCEEDED, "Done.", BackupWorld.backup(true));
    assertThat(world.condition(SUCCEEDED)).isEqualTo("True Succeeded");
    assertThat(world.condition(READY)).isEqualTo("True Succeeded");
    assertThat(world.status.verified()).isTrue();
    assertThat(world.status.verifiedAt()).isNotNull();
    assertThat(world.status.identity()).isEqualTo("shop/shop-db");
    assertThat(world.status.artifact().locationRef()).isEqualTo("s3");
    assertThat(world.status.artifact().id()).isEqualTo("20260301T120000Z-manual-b");
    world.leftNothing();
    int effects = world.done.size();
    world.next();
    assertThat(world.done).as("what is over is left alone").hasSize(effects);
  }

  /** K8up 910: a backup that could not be read back was reported as a success. */
  @Test
  void k8up910ABackupThatCouldNotBeReadBackIsNoSuccess() {
    world
        .started()
        .reports(Outcome.SUCCEEDED, Reason.SUCCEEDED, "Done.", BackupWorld.backup(false));
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False BackupFailed");
    assertThat(world.status.verified()).isFalse();
    world.leftNothing();
  }

  /** K8up 910, too: a runner that says it succeeded and has nothing to show for it. */
  @Test
  void k8up910ASuccessWithoutABackupIsNoSuccess() {
    world.started().reports(Outcome.SUCCEEDED, Reason.SUCCEEDED, "Done.");
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False BackupFailed");
    assertThat(world.status.artifact()).isNull();
    world.leftNothing();
  }

  @Test
  void whatTheRunnerSaysOfAFailureIsSaid() {
    world.started().reports(Outcome.FAILED, Reason.STORE_FULL, "The bucket is full.");
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False StoreFull");
    assertThat(world.condition("Stalled")).isEqualTo("True StoreFull");
    assertThat(world.message()).isEqualTo("The bucket is full.");
    assertThat(world.last.notes()).anySatisfy(note -> assertThat(note.warning()).isTrue());
    world.leftNothing();
  }

  /** VolSync 1042 and 653, K8up 456: a killed Job left its lock behind, and nothing ran again. */
  @Test
  void volsync1042AKilledJobIsTriedAgainAndItsLockIsNeverLeftBehind() {
    for (int attempt = 1; attempt <= BackupPlanner.ATTEMPTS; attempt++) {
      world.started();
      assertThat(world.status.run().attempt()).isEqualTo(attempt);
      world.job = new JobState.Lost(true, "Evicted.");
      world.alive = false;
      world.next();
      world.job = new JobState.Absent();
    }
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False RunnerFailed");
    world.leftNothing();
  }

  @Test
  void anExclusiveOperationIsWaitedForByName() {
    world.lock = new LockState.HeldByOther("DatabaseMigration/orders/m-1", "noon");
    world.next();
    world.next();
    assertThat(world.condition(READY)).isEqualTo("False WaitingForLock");
    assertThat(world.message()).contains("DatabaseMigration/orders/m-1");
    assertThat(world.done).doesNotContain(Effect.START_JOB);
    world.pass(Duration.ofHours(2));
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False DeadlineExceeded");
    assertThat(world.done).as("another's lock is not let go").doesNotContain(Effect.RELEASE_LOCK);
    assertThat(world.held).isFalse();
  }

  @Test
  void aDatabaseThatIsNotThereYetIsWaitedForButNotForEver() {
    world.database = false;
    world.next();
    assertThat(world.condition(READY)).isEqualTo("False DatabaseNotFound");
    world.pass(Duration.ofMinutes(10));
    world.database = true;
    world.made();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("True Succeeded");
  }

  @Test
  void whatStandsInTheWayForAnHourIsTheEnd() {
    world.ready = false;
    world.next();
    assertThat(world.condition(READY)).isEqualTo("False Corrupt");
    assertThat(world.status.completedAt()).isNull();
    world.pass(Duration.ofMinutes(61));
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False Corrupt");
    assertThat(world.message()).contains("within an hour").contains("It is corrupt.");
  }

  @Test
  void aPlaceThatIsNotReadyIsWaitedFor() {
    world.place = new Place.InLocation("s3", BackupWorld.bucket(), Optional.of("403."));
    world.next();
    assertThat(world.condition(READY)).isEqualTo("False LocationNotReady");
    world.place = new Place.Missing(Reason.LOCATION_NOT_FOUND, "There is no BackupLocation s3.");
    world.next();
    assertThat(world.condition(READY)).isEqualTo("False LocationNotFound");
  }

  @Test
  void nothingIsWrittenInModeObserve() {
    world.mode = Mode.OBSERVE;
    world.next();
    assertThat(world.condition(READY)).isEqualTo("False ObserveOnly");
    assertThat(world.done).isEmpty();
  }

  @Test
  void aVolumeThatOnlyOnePodCanHaveIsRefusedWhileItsAppRuns() {
    world.claim = Optional.of(new VolumeUse.Claim("data", "uid-claim", true, true, false));
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False WorkloadNotStopped");
    assertThat(world.message()).contains("VolumeSnapshot");
  }

  @Test
  void unchangedContentIsSaidAndNothingIsWritten() {
    world.skipUnchanged = true;
    world.newest = Optional.of(new Newest("earlier", "bb"));
    world.started();
    assertThat(pod().request().backups().unchangedSince()).isEqualTo("bb");
    world.reports(Outcome.SUCCEEDED, Reason.UNCHANGED, "The same.");
    assertThat(world.condition(SUCCEEDED)).isEqualTo("True Unchanged");
    assertThat(world.status.sameAs()).isEqualTo("earlier");
    assertThat(world.status.artifact()).isNull();
    assertThat(world.status.verified()).as("it was not read back").isNull();
    world.leftNothing();
  }

  @Test
  void aRunThatIsToStopStopsAndSaysWhy() {
    world.started();
    world.stop = Optional.of("Stopped, since the next run was due.");
    world.next();
    assertThat(world.done).contains(Effect.DELETE_JOB);
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False Interrupted");
    world.leftNothing();
  }

  @Test
  void aPodThatCannotStartIsGivenUp() {
    world.started();
    world.job = new JobState.Active(false, "secret \"keys\" not found");
    world.pass(BackupObservation.POD_DEADLINE.plusSeconds(1));
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False DeadlineExceeded");
    assertThat(world.message()).contains("secret \"keys\" not found");
    world.leftNothing();
  }

  @Test
  void aClaimThatWasReplacedMeanwhileIsNotWaitedFor() {
    world.started();
    world.claim = Optional.of(new VolumeUse.Claim("data", "uid-other", true, false, false));
    world.next();
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False DatabaseChanged");
    world.leftNothing();
  }

  /** CNPG 11056: a phase went backwards. What has ended stays as it ended. */
  @Test
  void cnpg11056WhatHasEndedNeverGoesBack() {
    world.made();
    var ended = world.status;
    world.ready = false;
    world.database = false;
    world.place = new Place.Nowhere();
    world.pass(Duration.ofDays(3));
    world.next();
    assertThat(world.status).isEqualTo(ended);
  }

  @Test
  void aRecordOfAnOperationIsLeftAlone() {
    world.type = Type.PRE_MIGRATION;
    world.next();
    assertThat(world.last.effects()).isEmpty();
    assertThat(world.status.run()).isNull();
  }

  @Test
  void aRequestReadsBackAnewAndFindsWhatIsGone() {
    world.made();
    world.requestedAt = Optional.of("1");
    world.started();
    assertThat(pod().request().step()).isEqualTo(RunnerStep.READ_BACK);
    assertThat(pod().claim()).as("it has no need to see the database").isNull();
    world.reports(Outcome.REFUSED, Reason.BACKUP_NOT_FOUND, "There is no manifest.");
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False BackupNotFound");
    assertThat(world.status.verified()).isFalse();
    world.next();
    assertThat(world.status.run()).as("once for each request").isNull();
    world.requestedAt = Optional.of("2");
    world.started().reports(Outcome.SUCCEEDED, Reason.SUCCEEDED, "Whole.");
    assertThat(world.status.verified()).isTrue();
  }

  @Test
  void aStoreThatDoesNotAnswerSaysNothingAboutTheBackup() {
    world.made();
    world.requestedAt = Optional.of("1");
    world.started().reports(Outcome.FAILED, Reason.STORE_UNREACHABLE, "No answer.");
    assertThat(world.status.verified()).isTrue();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("True Succeeded");
    assertThat(world.last.notes()).anySatisfy(note -> assertThat(note.warning()).isTrue());
  }

  @Test
  void theRunnerIsBesideTheAppAndAsTheApp() {
    world.started();
    RunnerPod pod = pod();
    assertThat(pod.node()).isEqualTo("node-1");
    assertThat(pod.claim()).isEqualTo("data");
    assertThat(pod.mountPath()).isEqualTo("/data");
    assertThat(pod.identity().uid()).isEqualTo(1000L);
    assertThat(pod.access().files())
        .singleElement()
        .satisfies(f -> assertThat(f.name()).isEqualTo("keys"));
    assertThat(pod.request().backup().owner()).isEqualTo(new BackupTarget.Owner("uid-db", false));
    assertThat(pod.request().run().epoch()).isEqualTo(8);
  }

  private RunnerPod pod() {
    return BackupPodFactory.pod(world.seen(), PodFixture.SETTINGS);
  }
}
