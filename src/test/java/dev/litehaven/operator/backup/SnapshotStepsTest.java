package dev.litehaven.operator.backup;

import static dev.litehaven.operator.backup.BackupWorld.SUCCEEDED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.BackupScheduleSpec.DeletionPolicy;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Method;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.VolumeSnapshot;
import dev.litehaven.operator.backup.BackupPlan.Effect;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.protocol.DatabaseFile;
import java.time.Duration;
import java.util.List;
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
    world.snapshot = new SnapshotState.ReadyToUse("lh-b");
    world.next();
    assertThat(world.condition(SUCCEEDED)).isEqualTo("True Succeeded");
    assertThat(world.status.verified()).as("nobody has opened it").isFalse();
    assertThat(world.status.artifact().volumeSnapshotName()).isEqualTo("lh-b");
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
    assertThat(asked.condition(SUCCEEDED)).isEqualTo("True Succeeded");
  }

  private void taken() {
    for (int i = 0; i < 6 && world.snapshot instanceof SnapshotState.Absent; i++) {
      world.next();
    }
    assertThat(world.done).contains(Effect.TAKE_LOCK, Effect.TAKE_SNAPSHOT);
  }
}
