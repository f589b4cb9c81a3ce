package dev.litehaven.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.DatabaseMigrationSpec;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Finding;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.HeldWorkload;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Plan;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.PlanStep;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.crd.CrdBounds;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is written comes back as it was, and what is left out has its defaults. */
class ApiJsonTest {
  private static final Condition READY =
      new Condition(
          Condition.READY, Condition.TRUE, 3L, "2026-03-01T12:00:00Z", "Healthy", "Fine.");

  @Test
  void aMigrationsStatusComesBackAsItWas() {
    var status =
        new DatabaseMigrationStatus(
            3L,
            "Migrating",
            "1",
            "2",
            null,
            List.of(READY),
            new Run(
                "m-1",
                "MIGRATE",
                1,
                3L,
                "key",
                "digest",
                "uid-claim",
                "data",
                "uid-db",
                List.of(new HeldWorkload("Deployment", "shop", "uid-shop")),
                7L,
                "2026-03-01T12:00:00Z",
                "2026-03-01T12:00:01Z",
                "hash",
                true,
                "SUCCEEDED",
                "Done.",
                List.of("b-1"),
                "snap",
                "1",
                "2",
                "2026-03-01T12:00:02Z",
                "2026-03-01T12:00:03Z",
                "6b66c67447",
                "m-0",
                true),
            new Plan(
                "hash",
                "1",
                "2",
                List.of(new PlanStep("2", "add risk", "up")),
                List.of(new Finding("DS103", "t.c", 3L, true, "3 rows lose t.c.")),
                1),
            List.of(
                new EndedRun(
                    "m-0",
                    "Succeeded",
                    "Fine.",
                    null,
                    "1",
                    "2026-03-01T11:00:00Z",
                    "2026-03-01T11:00:01Z",
                    900L,
                    List.of("b-0"),
                    "digest")),
            "succeeded",
            "failed",
            "template",
            true,
            "Go back.",
            "Do this.",
            "asked",
            "asked by Flux");
    CrdBounds.status("databasemigrations").check(status);
    assertThat(again(status, DatabaseMigrationStatus.class)).isEqualTo(status);
  }

  @Test
  void aDatabasesStatusComesBackAsItWas() {
    var status =
        new SQLiteDatabaseStatus(
            3L,
            List.of(READY),
            "shop/db",
            "uid-claim",
            "2",
            "Litehaven",
            List.of(
                new SQLiteDatabaseStatus.FileStatus(
                    "main",
                    "app.db",
                    1L,
                    "wal",
                    "2",
                    "Litehaven",
                    4,
                    1000L,
                    2000L,
                    true,
                    null,
                    null)),
            List.of(
                new SQLiteDatabaseStatus.WorkloadStatus("Deployment", "shop", "Hold", "v1", null)),
            List.of(
                new SQLiteDatabaseStatus.AppVersion(
                    "Deployment/shop",
                    "v1",
                    "shop:1",
                    "shop@sha256:11",
                    "2",
                    "2",
                    "2026-03-01T12:00:00Z",
                    "b-1")),
            new SQLiteDatabaseStatus.Operation(
                "DatabaseMigration/orders/m-1", "m-1", 7L, "noon", true),
            "b-2",
            "2026-03-02T12:00:00Z",
            "b-1",
            "2026-03-01T12:00:00Z",
            null,
            9L,
            "2026-03-01T12:00:00Z",
            "key",
            null,
            new SQLiteDatabaseStatus.Recovery(
                "m-1",
                "c-1",
                "HALTED",
                "2026-03-01T12:00:00Z",
                2,
                null,
                "key",
                "Diverged",
                "Look."),
            new SQLiteDatabaseStatus.Downgrade(
                "Deployment/shop",
                "v1",
                "shop:1",
                "1",
                "b-1",
                "orders",
                "m-1",
                true,
                3L,
                "Rows.",
                "2026-03-01T12:00:00Z"),
            new SQLiteDatabaseStatus.Bootstrapped(
                "shop-bootstrap-1", "b-1", "Succeeded", "2026-03-01T12:00:00Z"));
    CrdBounds.status("sqlitedatabases").check(status);
    assertThat(again(status, SQLiteDatabaseStatus.class)).isEqualTo(status);
  }

  @Test
  void aMigrationThatSaysTheLeastHasItsDefaults() {
    DatabaseMigration migration =
        Serialization.unmarshal(
            """
            apiVersion: litehaven.dev/v1alpha1
            kind: DatabaseMigration
            metadata: {name: orders}
            spec:
              databaseRef: {name: shop-db}
              source: {inline: [{version: "1", up: "CREATE TABLE t(x)"}]}
            """,
            DatabaseMigration.class);
    DatabaseMigrationSpec spec = migration.getSpec();
    assertThat(spec.policy().destructive()).isEqualTo(SQLiteDatabaseSpec.Destructive.FORBID);
    assertThat(spec.strategy()).isEqualTo(DatabaseMigrationSpec.Strategy.COPY_AND_SWAP);
    assertThat(spec.verify().integrity()).isEqualTo(DatabaseMigrationSpec.Integrity.QUICK);
    assertThat(spec.verify().assertions()).isEmpty();
    assertThat(spec.rollback().onNotReady()).isEqualTo(DatabaseMigrationSpec.OnNotReady.ROLLBACK);
    assertThat(spec.rollback().readinessDeadlineSeconds()).isEqualTo(300);
    assertThat(spec.history().stream()).isEqualTo("default");
    assertThat(spec.activeDeadlineSeconds()).isEqualTo(1800);
    assertThat(spec.suspend()).isFalse();
    assertThat(migration.getStatus()).isNull();
    CrdBounds.spec("databasemigrations").check(spec);
    assertThat(again(spec, DatabaseMigrationSpec.class)).isEqualTo(spec);
  }

  @Test
  void aDatabaseThatSaysTheLeastHasItsDefaults() {
    SQLiteDatabase database =
        Serialization.unmarshal(
            """
            apiVersion: litehaven.dev/v1alpha1
            kind: SQLiteDatabase
            metadata: {name: shop-db}
            spec: {claimName: data}
            """,
            SQLiteDatabase.class);
    SQLiteDatabaseSpec spec = database.getSpec();
    assertThat(spec.mode()).isEqualTo(SQLiteDatabaseSpec.Mode.MANAGE);
    assertThat(spec.migrationPolicy().destructive())
        .isEqualTo(SQLiteDatabaseSpec.Destructive.FORBID);
    assertThat(spec.backup().volumeSnapshotDeadlineSeconds()).isEqualTo(300);
    assertThat(spec.runner().allowRoot()).isFalse();
    assertThat(spec.files()).isEmpty();
    CrdBounds.spec("sqlitedatabases").check(spec);
    assertThat(again(spec, SQLiteDatabaseSpec.class)).isEqualTo(spec);
  }

  @Test
  void aStatusOfAnEarlierReleaseIsRead() {
    var status =
        Serialization.unmarshal(
            "{\"observedGeneration\": 1, \"run\": {\"id\": \"m-1\", \"step\": \"PLAN\", \"attempt\": 1}}",
            DatabaseMigrationStatus.class);
    assertThat(status.run().workloads()).isEmpty();
    assertThat(status.run().backups()).isEmpty();
    assertThat(status.conditions()).isEmpty();
  }

  /** The checker itself: it must see what the API server would refuse. */
  @Test
  void theCheckerSeesWhatIsOutOfBounds() {
    var condition = new Condition("", "Maybe", 1L, null, "no reason", "x".repeat(1025));
    var status =
        new DatabaseMigrationStatus(
            1L,
            null,
            null,
            null,
            null,
            java.util.Collections.nCopies(17, condition),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null);
    assertThat(CrdBounds.status("databasemigrations").problems(status))
        .contains(
            ".conditions has 17 items",
            ".conditions[0].type has 0 characters",
            ".conditions[0].status does not match its pattern: Maybe",
            ".conditions[0].reason does not match its pattern: no reason",
            ".conditions[0].message has 1025 characters",
            ".conditions[0].lastTransitionTime is required");
    assertThat(CrdBounds.spec("databasemigrations").problems(status))
        .anySatisfy(problem -> assertThat(problem).endsWith("is not in the CRD"));
  }

  private static <T> T again(T value, Class<T> type) {
    return Serialization.unmarshal(Serialization.asJson(value), type);
  }
}
