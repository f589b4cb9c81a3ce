package dev.litehaven.api.v1alpha1;

import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/**
 * What is true of a restore. Times are RFC 3339.
 *
 * @param phase where it is, for humans
 * @param run what is being done; null: nothing
 * @param backup id of the backup that was chosen
 * @param backupCreatedAt the instant whose state it has
 * @param passedOver newer backups that could not be relied on
 * @param changes what changes, or changed, table by table
 * @param changesTotal how many tables change; the list may be cut
 * @param preRestoreBackups DatabaseBackups with the state that was replaced
 * @param claimName that was made for mode NewClaim
 * @param downtimeMillis how long the workload was away; null: it was not stopped
 * @param nextAction what a human should do; null: nothing
 */
public record DatabaseRestoreStatus(
    @Default("-1") Long observedGeneration,
    String phase,
    @Size(max = 16) List<Condition> conditions,
    Run run,
    @Size(max = 253) String backup,
    String backupCreatedAt,
    String schemaVersion,
    @Size(max = 20) List<PassedOver> passedOver,
    @Size(max = MAX_CHANGES) List<TableChange> changes,
    Integer changesTotal,
    @Size(max = DatabaseMigrationStatus.MAX_BACKUPS) List<String> preRestoreBackups,
    @Size(max = 253) String claimName,
    String startedAt,
    String completedAt,
    Long downtimeMillis,
    @Size(max = 1024) String nextAction,
    String lastHandledRequest) {
  public static final int MAX_CHANGES = 50;
  public static final int MAX_PASSED_OVER = 20;

  public DatabaseRestoreStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
    passedOver = passedOver == null ? List.of() : List.copyOf(passedOver);
    changes = changes == null ? List.of() : List.copyOf(changes);
    preRestoreBackups = preRestoreBackups == null ? List.of() : List.copyOf(preRestoreBackups);
  }

  /** Before anything was looked at. */
  public static DatabaseRestoreStatus unobserved() {
    return new DatabaseRestoreStatus(
        -1L, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null);
  }

  /** The same state of things, told anew. */
  public DatabaseRestoreStatus with(long generation, List<Condition> told) {
    return new DatabaseRestoreStatus(
        generation,
        phase,
        told,
        run,
        backup,
        backupCreatedAt,
        schemaVersion,
        passedOver,
        changes,
        changesTotal,
        preRestoreBackups,
        claimName,
        startedAt,
        completedAt,
        downtimeMillis,
        nextAction,
        lastHandledRequest);
  }

  /** Whether it was carried out, or came to its end otherwise: nothing is done any more. */
  public boolean ended() {
    return conditions.stream()
        .anyMatch(
            condition ->
                Condition.SUCCEEDED.equals(condition.type())
                    && !Condition.UNKNOWN.equals(condition.status()));
  }

  public record PassedOver(
      @Size(max = 253) String backup, String reason, @Size(max = 1024) String message) {}

  /**
   * @param rowsBefore null: there was no such table
   * @param rowsAfter null: there is none afterwards
   */
  public record TableChange(
      @Size(max = 512) String table,
      Long rowsBefore,
      Long rowsAfter,
      Long added,
      Long removed,
      Long changed) {}
}
