package dev.litehaven.operator.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec.Mode;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.FileStatus;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.run.RunStep;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which database a run may work on, and how long it must be ready for that. */
class RunDatabaseTest {
  private String status = Condition.TRUE;
  private long observed = 1;
  private Mode mode = Mode.MANAGE;
  private String claimUid = "uid-claim";
  private int files = 1;
  private long owner = 1000;
  private boolean allowRoot = false;

  @Test
  void withoutARunItMustBeReadyForItsPresentGeneration() {
    assertThat(seen(null)).isInstanceOf(Database.Usable.class);
    status = Condition.FALSE;
    assertThat(seen(null)).isInstanceOf(Database.Unusable.class);
    status = Condition.TRUE;
    observed = 0;
    assertThat(reason(seen(null))).isEqualTo(Reason.WAITING_FOR_DATABASE);
  }

  @Test
  void withoutARunItMustBeManagedAndHaveBeenFound() {
    mode = Mode.OBSERVE;
    assertThat(reason(seen(null))).isEqualTo(Reason.OBSERVE_ONLY);
    mode = Mode.MANAGE;
    files = 0;
    assertThat(reason(seen(null))).isEqualTo(Reason.WAITING_FOR_DATABASE);
  }

  @Test
  void allItsFilesAreOneDatabase() {
    files = 3;
    assertThat(seen(null))
        .isInstanceOfSatisfying(
            Database.Usable.class, usable -> assertThat(usable.files()).hasSize(3));
  }

  /** An edit of the database makes it not ready, and the run keeps it from being looked at. */
  @ParameterizedTest
  @EnumSource(
      value = RunStep.class,
      names = {"LOCK"},
      mode = EnumSource.Mode.EXCLUDE)
  void aRunThatHasTheLockDoesNotWaitForADatabaseThatWaitsForTheLock(RunStep step) {
    observed = 0;
    status = Condition.FALSE;
    assertThat(seen(step)).isInstanceOf(Database.Usable.class);
  }

  @Test
  void aRunThatWasToBeginWaitsWhereTheDatabaseIsNotReady() {
    status = Condition.FALSE;
    assertThat(seen(RunStep.LOCK)).isInstanceOf(Database.Unusable.class);
  }

  @Test
  void observeEndsARunBeforeItStopsAnythingAndNoneAfter() {
    mode = Mode.OBSERVE;
    assertThat(reason(seen(RunStep.PLAN))).isEqualTo(Reason.OBSERVE_ONLY);
    assertThat(seen(RunStep.STOP)).isInstanceOf(Database.Usable.class);
    assertThat(seen(RunStep.ROLLBACK)).isInstanceOf(Database.Usable.class);
  }

  @Test
  void anotherClaimOfTheSameNameIsNotTheRuns() {
    claimUid = "another";
    assertThat(reason(seen(RunStep.MIGRATE))).isEqualTo(Reason.CLAIM_NOT_FOUND);
  }

  /** It is nobody's who could be asked, and only its owner may replace it. */
  @Test
  void aFileOfRootsThatNobodyMountsIsNotReplacedUnlessRootIsAllowed() {
    owner = 0;
    assertThat(reason(seen(null))).isEqualTo(Reason.WRONG_OWNER);
    assertThat(((Database.Unusable) seen(null)).message())
        .contains("app.db belongs to root", "chown", "runner.allowRoot");
    assertThat(seen(RunStep.MIGRATE)).as("under way").isInstanceOf(Database.Usable.class);
    allowRoot = true;
    assertThat(seen(null)).isInstanceOf(Database.Usable.class);
  }

  private static Reason reason(Database database) {
    return ((Database.Unusable) database).reason();
  }

  private Database seen(RunStep step) {
    var given = new Given();
    var migration = new DatabaseMigration();
    migration.setSpec(given.spec());
    var database = new SQLiteDatabase();
    database.setMetadata(
        new ObjectMetaBuilder()
            .withName("shop-db")
            .withNamespace("shop")
            .withUid("uid-db")
            .withGeneration(1L)
            .build());
    database.setSpec(
        new SQLiteDatabaseSpec(
            "data",
            mode,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            new SQLiteDatabaseSpec.Runner(null, null, null, allowRoot),
            null,
            null));
    var file =
        new FileStatus("main", "app.db", 1L, "wal", null, null, 1, owner, 2000L, true, null, null);
    database.setStatus(
        new SQLiteDatabaseStatus(
            1L,
            List.of(
                new Condition(
                    Condition.READY, status, observed, "2026-03-01T12:00:00Z", "Pending", "Now.")),
            "shop/shop-db",
            claimUid,
            null,
            null,
            java.util.Collections.nCopies(files, file),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            3L,
            null,
            null,
            null,
            null,
            null,
            null));
    return MigrationObserver.database(
        migration,
        database,
        Optional.of(
            new VolumeUse(
                Optional.of(new VolumeUse.Claim("data", claimUid, true, false, false)),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                VolumeUse.Mount.DEFAULT)),
        step == null ? null : given.in(step).status.run());
  }
}
