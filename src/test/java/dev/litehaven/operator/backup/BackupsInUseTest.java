package dev.litehaven.operator.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.File;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Method;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Type;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Artifact;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Latest;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Source;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import dev.litehaven.api.v1alpha1.LocalReference;
import dev.litehaven.operator.run.RunDraft;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Retention removes nothing that a restore reads, or may put back. */
class BackupsInUseTest {
  private static final Source LATEST = new Source(null, Latest.VERIFIED, null, null);

  @Test
  void theBackupThatIsNamedIsInUseWhileTheRestoreGoesOn() {
    Source named = new Source(new LocalReference("b1"), null, null, null);
    assertThat(usedBy(uploaded("b1", "shop-db"), restore(named, run(), "id-b1")))
        .isEqualTo("DatabaseRestore/back");
    assertThat(usedBy(uploaded("b2", "shop-db"), restore(named, run(), "id-b1"))).isNull();
  }

  @Test
  void untilOneIsChosenEachOfTheDatabaseMayBe() {
    assertThat(usedBy(uploaded("b1", "shop-db"), restore(LATEST, run(), null)))
        .isEqualTo("DatabaseRestore/back");
    assertThat(usedBy(uploaded("b2", "other-db"), restore(LATEST, run(), null))).isNull();
  }

  @Test
  void theOneThatWasChosenIsInUseAndNoOther() {
    assertThat(usedBy(uploaded("b1", "shop-db"), restore(LATEST, run(), "id-b1")))
        .isEqualTo("DatabaseRestore/back");
    assertThat(usedBy(uploaded("b2", "shop-db"), restore(LATEST, run(), "id-b1"))).isNull();
    assertThat(usedBy(recorded("other-run", "id-b3"), restore(LATEST, run(), "id-b3")))
        .as("one that an operation has made is known by where it lies")
        .isEqualTo("DatabaseRestore/back");
  }

  @Test
  void whatTheRestoreItselfHasKeptIsInUse() {
    assertThat(usedBy(recorded("r-1", "kept"), restore(LATEST, run(), "id-b1")))
        .isEqualTo("DatabaseRestore/back");
  }

  @Test
  void aRestoreThatIsOverOrHasNotBegunUsesNothing() {
    assertThat(usedBy(uploaded("b1", "shop-db"), restore(LATEST, null, "id-b1"))).isNull();
    var unseen = restore(LATEST, null, null);
    unseen.setStatus(null);
    assertThat(usedBy(uploaded("b1", "shop-db"), unseen)).isNull();
  }

  private static String usedBy(DatabaseBackup backup, DatabaseRestore restore) {
    return RecordedBackups.usedBy(backup, List.of(restore)).orElse(null);
  }

  private static Run run() {
    Instant now = Instant.parse("2026-03-01T12:00:00Z");
    return RunDraft.begin("r-1", 1, "key", "digest", "uid-claim", "data", "uid-db", now).build();
  }

  private static DatabaseRestore restore(Source source, Run run, String chosen) {
    var restore = new DatabaseRestore();
    restore.setMetadata(new ObjectMetaBuilder().withName("back").build());
    restore.setSpec(
        new DatabaseRestoreSpec(
            new LocalReference("shop-db"),
            source,
            null,
            "uid-db",
            null,
            null,
            null,
            null,
            null,
            null,
            null));
    restore.setStatus(
        new DatabaseRestoreStatus(
            1L, null, null, run, chosen, null, null, null, null, null, null, null, null, null, null,
            null, null));
    return restore;
  }

  private static DatabaseBackup uploaded(String name, String database) {
    DatabaseBackup backup = backup(name, database, Type.SCHEDULED, null, null);
    backup.setStatus(
        new DatabaseBackupStatus(
            1L,
            List.of(),
            true,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            false,
            null,
            null,
            null,
            new Artifact("s3", null, null, "p/id-" + name + "/manifest.json", "id-" + name, null),
            null,
            null,
            null));
    return backup;
  }

  private static DatabaseBackup recorded(String runId, String id) {
    return backup(
        "by-an-operation",
        "shop-db",
        Type.PRE_RESTORE,
        runId,
        new File("data", ".litehaven/backups", "app.db/" + id + "/manifest.json"));
  }

  private static DatabaseBackup backup(
      String name, String database, Type type, String runId, File file) {
    var backup = new DatabaseBackup();
    backup.setMetadata(new ObjectMetaBuilder().withName(name).build());
    backup.setSpec(
        new DatabaseBackupSpec(
            new LocalReference(database), null, type, Method.FILE, runId, file, null));
    return backup;
  }
}
