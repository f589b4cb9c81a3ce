package dev.litehaven.runner.steps;

import dev.litehaven.protocol.BackupWork;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.backup.BackupReader;
import dev.litehaven.runner.backup.BackupReader.Depth;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.backup.Seal;
import dev.litehaven.runner.backup.StoredBackups;
import dev.litehaven.runner.backup.StoredBackups.Stored;
import dev.litehaven.runner.store.BackupStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Verifies backups anew by reading them back from where they lie. All that are named are tried; one
 * that cannot be relied on does not count as verified any more.
 */
final class ReadBackStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    BackupWork work = context.backups();
    if (context.request().backup().snapshot() != null) {
      return SnapshotBackup.readBack(context);
    }
    Depth depth = work.verification() == BackupWork.Verification.FULL ? Depth.FULL : Depth.QUICK;
    List<RefusedException> failures = new ArrayList<>();
    List<Stored> named;
    try (BackupStore store = Places.of(context, null);
        Scratch scratch = context.scratch(Owner.within(Path.of(context.request().mountPath())))) {
      named = named(StoredBackups.all(store), work.backupIds());
      Seal seal = Seal.of(context.request().backup().encryption());
      var reader = new BackupReader(store, seal, scratch.directory(), depth);
      for (Stored stored : named) {
        try {
          ReadBack back =
              context.phase(
                  "readBack",
                  "Reading back " + stored.id(),
                  () -> reader.verify(stored.manifestKey(), context.now()));
          context.found(back.record(context.backupSharesVolume()));
          back.delete();
        } catch (RefusedException e) {
          if (!aboutTheBackup(e.reason())) {
            throw e;
          }
          failures.add(e);
        }
      }
    }
    if (failures.isEmpty()) {
      return Ending.succeeded(
          Reason.SUCCEEDED,
          named.size() == 1
              ? "The backup was read back and is sound."
              : "All " + named.size() + " backups were read back and are sound.");
    }
    RefusedException first = failures.getFirst();
    throw named.size() == 1
        ? first
        : new RefusedException(
            first.reason(),
            failures.size() + " of " + named.size() + " backups failed. " + first.getMessage());
  }

  /** Another one may still be sound; and the place answers. */
  static boolean aboutTheBackup(Reason reason) {
    return switch (reason) {
      case BACKUP_DAMAGED, CORRUPT, DECRYPTION_FAILED -> true;
      default -> false;
    };
  }

  /**
   * @throws RefusedException {@link Reason#BACKUP_NOT_FOUND} when one of them is not there whole
   */
  static List<Stored> named(List<Stored> all, List<String> ids) {
    if (ids.isEmpty()) {
      throw new RefusedException(
          Reason.INVALID_REQUEST, "The request does not say which backups it is about.");
    }
    List<Stored> named = new ArrayList<>();
    for (String id : ids) {
      named.add(
          all.stream()
              .filter(stored -> stored.finished() && stored.id().equals(id))
              .findFirst()
              .orElseThrow(() -> notFound(id)));
    }
    return named;
  }

  static RefusedException notFound(String id) {
    return new RefusedException(
        Reason.BACKUP_NOT_FOUND,
        "There is no finished backup "
            + id
            + ". Look at what there is (litehaven list), and name one of those.");
  }
}
