package dev.litehaven.operator.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.BackupLocationSpec;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Method;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Type;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Artifact;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.InLocation;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Latest;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Source;
import dev.litehaven.api.v1alpha1.LocalReference;
import dev.litehaven.operator.backup.Place;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RestoreSourceFactoryTest {
  private static final String IDENTITY = "shop/shop-db";

  private final List<DatabaseBackup> backups = new ArrayList<>();
  private final Map<String, Place> snapshots = new HashMap<>();
  private Place s3 =
      new Place.InLocation("s3", new BackupLocationSpec(null, null, null, null), Optional.empty());

  @Test
  void aNamedBackupIsTakenFromWhereItLies() {
    backups.add(backup("b", Type.MANUAL, true, "2026-01-02T00:00:00Z"));
    RestoreSource.Found found = found(named("b"));
    assertThat(found.backupId()).isEqualTo("id-b");
    assertThat(found.place()).isEqualTo(s3);
    assertThat(found.olderIfDamaged()).as("that one or none").isFalse();
  }

  @Test
  void aBackupThatIsNotVerifiedIsNoSource() {
    backups.add(backup("b", Type.MANUAL, false, "2026-01-02T00:00:00Z"));
    RestoreSource.Problem problem = problem(named("b"));
    assertThat(problem.reason()).isEqualTo(Reason.NOTHING_VERIFIED);
    assertThat(problem.stalled()).isTrue();
  }

  @Test
  void aBackupThatIsNotThereYetIsWaitedFor() {
    RestoreSource.Problem problem = problem(named("b"));
    assertThat(problem.reason()).isEqualTo(Reason.BACKUP_NOT_FOUND);
    assertThat(problem.stalled()).isFalse();
  }

  @Test
  void theLatestIsNeverAStateThatWasGivenUp() {
    backups.add(backup("failed", Type.FAILED_STATE, true, "2026-01-09T00:00:00Z"));
    backups.add(backup("good", Type.SCHEDULED, true, "2026-01-02T00:00:00Z"));
    assertThat(found(new Source(null, Latest.VERIFIED, null, null)).place()).isEqualTo(s3);
    assertThat(found(new Source(null, Latest.VERIFIED, null, null)).olderIfDamaged()).isTrue();
  }

  @Test
  void aPointInTimeLooksOnlyAtWhatWasTakenBefore() {
    backups.add(backup("late", Type.SCHEDULED, true, "2026-01-09T00:00:00Z"));
    RestoreSource.Found found = found(new Source(null, null, "2026-01-05T00:00:00Z", null));
    assertThat(found.notAfter()).isEqualTo("2026-01-05T00:00:00Z");
    assertThat(found.place())
        .as("where the database's backups go")
        .isInstanceOf(Place.OnVolume.class);
  }

  @Test
  void aLocationNeedsNothingElseInTheCluster() {
    RestoreSource.Found found =
        found(
            new Source(
                null,
                null,
                null,
                new InLocation(new LocalReference("s3"), "old/cluster", null, null)));
    assertThat(found.identity()).isEqualTo("old/cluster");
    assertThat(found.backupId()).isNull();
    assertThat(found.olderIfDamaged()).isTrue();
  }

  @Test
  void aLocationThatIsNotReadyIsWaitedFor() {
    s3 =
        new Place.InLocation(
            "s3", new BackupLocationSpec(null, null, null, null), Optional.of("denied"));
    RestoreSource.Problem problem =
        problem(
            new Source(
                null, null, null, new InLocation(new LocalReference("s3"), null, null, null)));
    assertThat(problem.reason()).isEqualTo(Reason.LOCATION_NOT_READY);
    assertThat(problem.message()).contains("denied");
  }

  @Test
  void aSnapshotIsASourceWhoeverTookItAndWhetherItWasOpenedOrNot() {
    Place place = new Place.InSnapshot("monday", "fast", "1Gi", "2026-01-05T00:00:00Z");
    snapshots.put("monday", place);
    RestoreSource.Found theirs =
        found(new Source(null, null, null, null, new LocalReference("monday")));
    assertThat(theirs.place()).isEqualTo(place);
    assertThat(theirs.backupId()).isEqualTo("monday");

    backups.add(snapshot("b", "monday"));
    assertThat(found(named("b"))).isEqualTo(theirs);
  }

  @Test
  void aSnapshotThatIsNotReadyIsWaitedForAndOneThatNeverWasIsNoSource() {
    snapshots.put("monday", new Place.Missing(Reason.SNAPSHOT_NOT_READY, "Not ready."));
    RestoreSource.Problem waits =
        problem(new Source(null, null, null, null, new LocalReference("monday")));
    assertThat(waits.reason()).isEqualTo(Reason.SNAPSHOT_NOT_READY);
    assertThat(waits.stalled()).isFalse();

    backups.add(snapshot("b", null));
    RestoreSource.Problem never = problem(named("b"));
    assertThat(never.reason()).isEqualTo(Reason.BACKUP_NOT_FOUND);
    assertThat(never.stalled()).isTrue();
  }

  private static DatabaseBackup snapshot(String name, String volumeSnapshot) {
    DatabaseBackup backup = backup(name, Type.MANUAL, false, "2026-01-05T00:00:00Z");
    DatabaseBackupStatus status = backup.getStatus();
    backup.setSpec(
        new DatabaseBackupSpec(
            backup.getSpec().databaseRef(),
            null,
            Type.MANUAL,
            Method.VOLUME_SNAPSHOT,
            null,
            null,
            null));
    backup.setStatus(
        new DatabaseBackupStatus(
            status.observedGeneration(),
            status.conditions(),
            false,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            status.createdAt(),
            null,
            null,
            status.completedAt(),
            status.identity(),
            volumeSnapshot == null
                ? null
                : new Artifact(null, null, null, null, null, volumeSnapshot),
            null,
            null,
            null));
    return backup;
  }

  private static Source named(String name) {
    return new Source(new LocalReference(name), null, null, null);
  }

  private RestoreSource of(Source asked) {
    return RestoreSourceFactory.of(
        asked,
        "shop-db",
        IDENTITY,
        GivenRestore.usable().spec(),
        backups,
        name -> s3,
        snapshots::get);
  }

  private RestoreSource.Found found(Source asked) {
    return (RestoreSource.Found) of(asked);
  }

  private RestoreSource.Problem problem(Source asked) {
    return (RestoreSource.Problem) of(asked);
  }

  private static DatabaseBackup backup(String name, Type type, boolean verified, String at) {
    var backup = new DatabaseBackup();
    backup.setMetadata(new ObjectMetaBuilder().withName(name).build());
    backup.setSpec(
        new DatabaseBackupSpec(
            new LocalReference("shop-db"),
            IDENTITY,
            type,
            Method.FILE,
            null,
            null,
            null,
            new LocalReference("s3"),
            null,
            null,
            null,
            null));
    backup.setStatus(
        new DatabaseBackupStatus(
            1L,
            List.of(),
            verified,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            at,
            false,
            at,
            at,
            IDENTITY,
            new Artifact("s3", null, null, "p/id-" + name + "/manifest.json", "id-" + name, null),
            null,
            null,
            null));
    return backup;
  }
}
