package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.operator.database.DatabaseObservation.Migration;
import dev.litehaven.operator.migration.Undo;
import dev.litehaven.protocol.Reason;
import java.util.List;

/** Reads of a migration what its database goes by. Pure. */
final class MigrationReading {
  private MigrationReading() {}

  /**
   * @param ready nothing of it is unfinished
   */
  static Migration of(DatabaseMigration migration, boolean ready) {
    DatabaseMigrationStatus status =
        migration.getStatus() == null
            ? DatabaseMigrationStatus.unobserved()
            : migration.getStatus();
    return new Migration(
        migration.getMetadata().getName(),
        migration.getSpec().history().stream(),
        ready,
        status.currentVersion(),
        status.run() != null && status.run().stoppedAt() != null,
        undone(status),
        Undo.last(status.runs()));
  }

  /** By its own conditions, at its present generation. */
  static boolean ready(DatabaseMigration migration) {
    return migration.getStatus() != null
        && migration.getStatus().conditions().stream()
            .anyMatch(
                condition ->
                    Condition.READY.equals(condition.type())
                        && Condition.TRUE.equals(condition.status())
                        && migration
                            .getMetadata()
                            .getGeneration()
                            .equals(condition.observedGeneration()));
  }

  private static List<String> undone(DatabaseMigrationStatus status) {
    return status.failedTemplate() != null
            && status.runs().stream().findFirst().filter(MigrationReading::undid).isPresent()
        ? List.of(status.failedTemplate().split(","))
        : List.of();
  }

  /** In its own run or by another: what was let in for the new schema would meet the old one. */
  private static boolean undid(EndedRun run) {
    return Reason.ROLLED_BACK.text().equals(run.reason());
  }
}
