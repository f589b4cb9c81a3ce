package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec.Mode;
import dev.litehaven.operator.backup.OperationRetentionPlanner.Going;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.List;

/**
 * Removes what was backed up around operations and is not kept any more: what goes is written onto
 * its DatabaseBackup first, and removed at a later look, if it still goes then.
 */
public final class OperationRetention {
  private final RecordedBackups backups;
  private final Clock clock;

  public OperationRetention(KubernetesClient client, Clock clock) {
    this.backups = new RecordedBackups(client);
    this.clock = clock;
  }

  /** One look at the backups of a database. */
  public void keep(SQLiteDatabase database) {
    if (database.getSpec().mode() == Mode.OBSERVE) {
      return;
    }
    String namespace = database.getMetadata().getNamespace();
    String name = database.getMetadata().getName();
    List<Going> going =
        OperationRetentionPlanner.plan(
            namespace,
            BackupObserver.identity(database),
            database.getSpec().backup().operationRetention().keepLast(),
            backups.list(namespace),
            clock.instant());
    for (Going one : going) {
      String why = "SQLiteDatabase/%s: %s".formatted(name, one.words());
      if (one.announced()) {
        backups.remove(namespace, one.backup(), one.uid(), why);
      } else {
        backups.announce(namespace, one.backup(), one.uid(), why);
      }
    }
  }
}
