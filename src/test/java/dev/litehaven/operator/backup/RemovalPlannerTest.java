package dev.litehaven.operator.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.BackupScheduleSpec.DeletionPolicy;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Type;
import dev.litehaven.operator.PodFixture;
import dev.litehaven.operator.backup.BackupPlan.Effect;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RemovalPlannerTest {
  private final BackupWorld world = new BackupWorld();

  @Test
  void aDeletedRecordLeavesItsArtifactUnlessDeleteWasAskedFor() {
    world.made();
    world.deleting = true;
    world.next();
    assertThat(world.keeping).isFalse();
    assertThat(world.last.effects()).isEmpty();
  }

  @Test
  void theArtifactGoesFirstAndTheRecordAfterIt() {
    world.deletionPolicy = DeletionPolicy.DELETE;
    world.made();
    assertThat(world.keeping).isTrue();
    world.deleting = true;
    world.job = new JobState.Absent();
    world.started();
    assertThat(world.keeping).as("the record stays until then").isTrue();
    RunnerPod pod = pod();
    assertThat(pod.request().step()).isEqualTo(RunnerStep.PRUNE);
    assertThat(pod.request().backups().backupIds()).containsExactly("20260301T120000Z-manual-b");
    assertThat(pod.claim()).isNull();
    world.reports(Outcome.SUCCEEDED, Reason.SUCCEEDED, "Removed.");
    assertThat(world.keeping).isFalse();
  }

  @Test
  void retentionTakesTheSameWay() {
    world.made();
    world.keeping = true; // by retention
    world.removed = Optional.of("BackupSchedule/nightly: no rule keeps it");
    world.deleting = true;
    world.job = new JobState.Absent();
    world.started().reports(Outcome.SUCCEEDED, Reason.SUCCEEDED, "Removed.");
    assertThat(world.keeping).isFalse();
  }

  @Test
  void anArtifactThatIsGoneAlreadyDoesNotKeepItsRecord() {
    removing();
    world.reports(Outcome.REFUSED, Reason.BACKUP_NOT_FOUND, "There is none.");
    assertThat(world.keeping).isFalse();
  }

  @Test
  void oneThatCannotBeRemovedKeepsItsRecordSaysWhyAndIsTriedAgain() {
    removing();
    String first = world.status.run().id();
    world.reports(Outcome.REFUSED, Reason.STORE_REFUSED, "It is locked until May.");
    assertThat(world.keeping).isTrue();
    assertThat(world.message()).contains("It is locked until May.");
    assertThat(world.condition("Ready")).isEqualTo("False StoreRefused");
    world.pass(Duration.ofMinutes(2));
    world.job = new JobState.Lost(true, "x");
    world.next();
    world.job = new JobState.Absent();
    world.started();
    assertThat(world.status.run().id()).as("another Job").isNotEqualTo(first);
    world.reports(Outcome.SUCCEEDED, Reason.SUCCEEDED, "Removed.");
    assertThat(world.keeping).isFalse();
  }

  @Test
  void nothingWedgesWhenTheNamespaceGoes() {
    removing();
    world.job = new JobState.Refused(true, true, "namespace is being terminated");
    var before = world.status;
    world.next();
    assertThat(world.keeping).isFalse();
    assertThat(world.status).as("the right to write it may have gone").isEqualTo(before);

    var running = new BackupWorld();
    running.started();
    running.deleting = true;
    running.job = new JobState.Refused(true, true, "namespace is being terminated");
    running.next();
    assertThat(running.held).isFalse();
    assertThat(running.last.effects()).doesNotContain(Effect.RELEASE_LOCK, Effect.DELETE_JOB);
  }

  @Test
  void nothingWedgesWhenTheLocationOrTheClaimIsGone() {
    removing();
    world.place = new Place.Missing(Reason.LOCATION_NOT_FOUND, "There is no BackupLocation s3.");
    world.next();
    assertThat(world.keeping).isFalse();
    assertThat(world.last.notes())
        .anySatisfy(note -> assertThat(note.message()).contains("was not removed"));

    var onVolume = new BackupWorld();
    onVolume.deletionPolicy = DeletionPolicy.DELETE;
    onVolume.place = new Place.OnVolume("data");
    onVolume.made();
    onVolume.deleting = true;
    onVolume.claim = Optional.empty();
    onVolume.job = new JobState.Absent();
    onVolume.next();
    assertThat(onVolume.keeping).isFalse();
  }

  @Test
  void whatWasNeverWrittenHasNothingToRemove() {
    world.deletionPolicy = DeletionPolicy.DELETE;
    world.started().reports(Outcome.FAILED, Reason.STORE_FULL, "Full.");
    world.deleting = true;
    world.place = new Place.Nowhere();
    world.next();
    assertThat(world.keeping).isFalse();
    assertThat(world.done.stream().filter(effect -> effect == Effect.START_JOB)).hasSize(1);
  }

  @Test
  void aRunIsStoppedAndItsLockLetGoBeforeTheRecordGoes() {
    world.started();
    world.deleting = true;
    world.next();
    assertThat(world.done).contains(Effect.DELETE_JOB);
    assertThat(world.held).as("its runner may still be at work").isTrue();
    world.next();
    world.leftNothing();
  }

  @Test
  void aChangeToRetainInTimeKeepsTheArtifact() {
    world.deletionPolicy = DeletionPolicy.DELETE;
    world.made();
    world.deletionPolicy = DeletionPolicy.RETAIN;
    world.deleting = true;
    world.next();
    assertThat(world.keeping).isFalse();
    assertThat(world.done.stream().filter(effect -> effect == Effect.START_JOB)).hasSize(1);
  }

  @Test
  void aRecordOnTheDatabasesOwnVolumeIsRemovedThere() {
    world.type = Type.PRE_MIGRATION;
    world.file =
        new DatabaseBackupSpec.File("data", ".litehaven/backups", "main/2026-pre/manifest.json");
    world.place = new Place.OnVolume("data");
    world.deletionPolicy = DeletionPolicy.DELETE;
    world.keeping = true;
    world.deleting = true;
    world.database = false;
    world.started();
    RunnerPod pod = pod();
    assertThat(pod.claim()).isEqualTo("data");
    assertThat(pod.request().backup()).isEqualTo(new BackupTarget(null, false, null, null, null));
    assertThat(pod.request().backups().backupIds()).containsExactly("2026-pre");
    assertThat(pod.request().files())
        .singleElement()
        .satisfies(f -> assertThat(f.name()).isEqualTo("main"));
  }

  private void removing() {
    world.deletionPolicy = DeletionPolicy.DELETE;
    world.made();
    world.deleting = true;
    world.job = new JobState.Absent();
    world.started();
  }

  private RunnerPod pod() {
    return BackupPodFactory.pod(world.seen(), PodFixture.SETTINGS);
  }
}
