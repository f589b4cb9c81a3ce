package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.StoreReport;
import dev.litehaven.runner.backup.StoredBackups;
import dev.litehaven.runner.backup.StoredBackups.Stored;
import dev.litehaven.runner.store.BackupStore;
import dev.litehaven.runner.store.OwnerMarker;
import java.util.ArrayList;
import java.util.List;

/**
 * Removes the named backups and no other. One that is gone already counts as removed, and the
 * report names those that were also when the step fails later.
 */
final class PruneStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    List<String> ids = context.backups().backupIds();
    if (ids.isEmpty()) {
      throw new RefusedException(
          Reason.INVALID_REQUEST, "The request does not say which backups to remove.");
    }
    List<String> removed = new ArrayList<>();
    context.found(new StoreReport(null, removed));
    try (BackupStore store = Places.of(context, null)) {
      OwnerMarker.check(store, context.request().backup().owner(), Places.identity(context));
      List<Stored> all = StoredBackups.all(store);
      for (String id : ids) {
        context.phase(
            "remove",
            "Removing the backup " + id,
            () -> {
              for (Stored stored : all) {
                if (stored.id().equals(id)) {
                  StoredBackups.remove(store, stored);
                }
              }
            });
        removed.add(id);
        context.found(new StoreReport(null, removed));
      }
    }
    return Ending.succeeded(
        Reason.SUCCEEDED,
        ids.size() == 1
            ? "The backup " + ids.getFirst() + " is gone."
            : ids.size() + " backups are gone.");
  }
}
