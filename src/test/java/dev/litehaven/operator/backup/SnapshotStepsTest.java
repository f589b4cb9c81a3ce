package dev.litehaven.operator.backup;

import static dev.litehaven.operator.PodFixture.SETTINGS;
import static dev.litehaven.operator.backup.BackupWorld.SUCCEEDED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.BackupScheduleSpec.DeletionPolicy;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Method;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.VolumeSnapshot;
import dev.litehaven.operator.backup.BackupPlan.Effect;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.job.StoreAccess;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SnapshotStepsTest {
  private final BackupWorld world = new BackupWorld();

  @BeforeEach
  void snapshots() {
    world.method = Method.VOLUME_SNAPSHOT;
    world.volumeSnapshot = new VolumeSnapshot(null, "fast", 60L);
  }

  @Test
  void isWaitedForUntilItCanBeUsed() {
    taken();
    world.pass(Duration.ofSeconds(59));
    world.next();
    assertThat(world.status.completedAt()).isNull();
    ready();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("Unknown Verifying");
    assertThat(world.status.verified()).as("nobody has opened it").isFalse();
    assertThat(world.status.artifact().volumeSnapshotName()).isEqualTo("lh-b");
  }

  @Test
  void countsOnceItWasOpenedOnAVolumeOfItsOwn() {
    taken();
    ready();
    assertThat(world.locked()).as("the database may be written to meanwhile").isFalse();
    world.started();
    RunnerPod pod = BackupPodFactory.pod(world.seen(), SETTINGS);
    assertThat(pod.request().step()).isEqualTo(RunnerStep.READ_BACK);
    assertThat(pod.access().snapshot())
        .isEqualTo(new StoreAccess.SnapshotVolume("lh-b", "fast", "1Gi", "/data", null));
    assertThat(pod.request().backup().snapshot())
        .isEqualTo(new BackupTarget.Snapshot("/data", "lh-b", "2026-03-01T12:00:00Z"));
    assertThat(pod.claim()).as("the database's own volume").isNull();

    world.reports(Outcome.SUCCEEDED, Reason.SUCCEEDED, "Sound.", BackupWorld.backup(true));
    assertThat(world.condition(SUCCEEDED)).isEqualTo("True Succeeded");
    assertThat(world.status.verified()).isTrue();
    assertThat(world.status.rows()).isEqualTo(12);
    assertThat(world.status.schemaVersion()).isEqualTo("3");
    assertThat(world.status.completedAt()).isNotNull();
    assertThat(world.done).as("its volume goes with its pod").contains(Effect.DELETE_JOB);
    world.leftNothing();
  }

  @Test
  void withoutASoundDatabaseInItIsNoBackup() {
    taken();
    ready();
    world.started().reports(Outcome.REFUSED, Reason.CORRUPT, "It is malformed.");
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False Corrupt");
    assertThat(world.status.verified()).isFalse();
    assertThat(world.done)
        .as("kept, for whoever looks at it")
        .doesNotContain(Effect.DELETE_SNAPSHOT);
    world.leftNothing();
  }

  @Test
  void isOpenedAgainWhereANodeWentAwayAndWhenSomebodyAsks() {
    taken();
    ready();
    for (int attempt = 1; attempt <= 3; attempt++) {
      assertThat(world.status.completedAt()).as("attempt " + attempt).isNull();
      world.started();
      assertThat(world.status.run().attempt()).isEqualTo(attempt);
      world.alive = false;
      world.job = new JobState.Lost(true, "The node is gone.");
      world.next();
      world.job = new JobState.Absent();
    }
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False RunnerFailed");
    assertThat(world.message()).contains("kubectl annotate dbb nightly");
    world.leftNothing();

    world.requestedAt = Optional.of("now");
    world
        .started()
        .reports(Outcome.SUCCEEDED, Reason.SUCCEEDED, "Sound.", BackupWorld.backup(true));
    assertThat(world.status.verified()).isTrue();
  }

  @Test
  void thatIsGoneBeforeItWasOpenedDoesNotCount() {
    taken();
    ready();
    world.place = new Place.Missing(Reason.BACKUP_NOT_FOUND, "There is no VolumeSnapshot lh-b.");
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False BackupNotFound");
    world.leftNothing();
  }

  /** snapscheduler 688: a snapshot that never gets ready is no backup, and not left behind. */
  @Test
  void snapscheduler688OneThatNeverGetsReadyIsNoBackup() {
    taken();
    world.pass(Duration.ofSeconds(61));
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False SnapshotNotReady");
    assertThat(world.done).contains(Effect.DELETE_SNAPSHOT);
    world.leftNothing();
  }

  @Test
  void whatTheDriverSaysIsSaid() {
    taken();
    world.snapshot = new SnapshotState.Pending("lh-b", "pool is full");
    world.pass(Duration.ofSeconds(61));
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False SnapshotFailed");
    assertThat(world.message()).contains("pool is full");
  }

  @Test
  void aMissingClassIsNotWaitedFor() {
    taken();
    world.snapshot = new SnapshotState.NoClass("no class fast");
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False SnapshotClassNotFound");
    world.leftNothing();
  }

  @Test
  void severalFilesOfARunningAppAreRefusedSinceTheyCouldBeTorn() {
    world.files =
        List.of(new DatabaseFile("main", "app.db"), new DatabaseFile("guides", "guides.db"));
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False WorkloadNotStopped");
    assertThat(world.done).doesNotContain(Effect.TAKE_SNAPSHOT);
  }

  @Test
  void severalFilesOfAStoppedAppAreFine() {
    world.files =
        List.of(new DatabaseFile("main", "app.db"), new DatabaseFile("guides", "guides.db"));
    world.node = null;
    taken();
  }

  /** Velero 4945: deleting a namespace deleted the snapshots in the storage as well. */
  @Test
  void velero4945OneThatGoesWithItsNamespaceIsRefusedUnlessThatIsAskedFor() {
    taken();
    world.snapshot = new SnapshotState.ReadyToUse("lh-b", true);
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("False SnapshotFailed");
    assertThat(world.message()).contains("deletionPolicy Retain");
    assertThat(world.done).contains(Effect.DELETE_SNAPSHOT);

    var asked = new BackupWorld();
    asked.method = Method.VOLUME_SNAPSHOT;
    asked.deletionPolicy = DeletionPolicy.DELETE;
    asked.next();
    asked.next();
    asked.next();
    asked.snapshot = new SnapshotState.ReadyToUse("lh-b", true);
    asked.next();
    assertThat(asked.condition(SUCCEEDED)).isEqualTo("Unknown Verifying");
  }

  private void ready() {
    world.snapshot = new SnapshotState.ReadyToUse("lh-b");
    world.next();
    world.place = new Place.InSnapshot("lh-b", "fast", "1Gi", "2026-03-01T12:00:00Z");
  }

  private void taken() {
    for (int i = 0; i < 6 && world.snapshot instanceof SnapshotState.Absent; i++) {
      world.next();
    }
    assertThat(world.done).contains(Effect.TAKE_LOCK, Effect.TAKE_SNAPSHOT);
  }
}
