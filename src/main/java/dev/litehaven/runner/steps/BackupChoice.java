package dev.litehaven.runner.steps;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RestoreReport.PassedOver;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.runner.backup.BackupReader;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.StoredBackups;
import dev.litehaven.runner.backup.StoredBackups.Stored;
import dev.litehaven.runner.store.BackupStore;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/** Which backup is to be restored, and which one next where that cannot be relied on. */
final class BackupChoice {
  /** States that somebody, or a rollback, has left behind: nobody means them by the latest. */
  private static final Set<String> GIVEN_UP =
      Set.of(BackupType.FAILED_STATE.text(), BackupType.PRE_RESTORE.text());

  private final BackupStore store;
  private final RestoreWork work;
  private final String identity;
  private final Instant notAfter;
  private final Iterator<Stored> newestFirst;
  private Stored current;
  private final boolean none;
  private boolean oldEnough;

  /**
   * @param databaseName of the database's first file; another one's may be in the same place. Null:
   *     nobody knows, as where nothing is left of the database but its backups
   */
  BackupChoice(BackupStore store, RestoreWork work, String identity, String databaseName)
      throws IOException {
    this.store = store;
    this.work = work;
    this.identity = identity;
    this.notAfter = instant(work.notAfter());
    List<Stored> all =
        (databaseName == null ? ofTheOnlyOne() : StoredBackups.of(store, databaseName))
            .stream().filter(Stored::finished).toList();
    this.none = all.isEmpty();
    this.newestFirst =
        (work.backupId() == null ? all : ReadBackStep.named(all, List.of(work.backupId())))
            .iterator();
  }

  private List<Stored> ofTheOnlyOne() throws IOException {
    List<Stored> all = StoredBackups.all(store);
    List<String> names = all.stream().map(Stored::database).distinct().sorted().toList();
    if (names.size() > 1) {
      throw new RefusedException(
          Reason.SEVERAL_FILES,
          "%s has backups of several databases of %s, whose first files are called %s. Nothing was changed. Say which is meant: name the files in spec.files of the SQLiteDatabase."
              .formatted(store.describe(""), identity, String.join(", ", names)));
    }
    return all;
  }

  private static Instant instant(String text) {
    try {
      return text == null ? Instant.MAX : Instant.parse(text);
    } catch (DateTimeException e) {
      throw new RefusedException(
          Reason.INVALID_REQUEST, "The point in time " + text + " is none of RFC 3339.");
    }
  }

  /**
   * The next one to try, newest first.
   *
   * @param passedOver gets those that are skipped because they do not count
   * @return the manifest's key
   * @throws RefusedException when there is none left, or one that is not to be skipped
   */
  String next(List<PassedOver> passedOver) throws IOException {
    while (newestFirst.hasNext()) {
      current = newestFirst.next();
      BackupRecord record;
      try {
        record = BackupReader.describe(store, current.manifestKey(), false);
      } catch (RefusedException e) {
        failed(e, passedOver);
        continue;
      }
      if (Instant.parse(record.createdAt()).isAfter(notAfter)) {
        continue;
      }
      oldEnough = true;
      if (work.backupId() == null && GIVEN_UP.contains(record.type())) {
        continue;
      }
      // One that is named is what is wanted: it is read back whole before anything is done with it.
      if (record.verified() || work.backupId() != null) {
        return current.manifestKey();
      }
      passedOver.add(
          new PassedOver(
              current.id(),
              Reason.NOTHING_VERIFIED,
              "It was never read back, or not again since it was found damaged."));
    }
    throw nothing(passedOver);
  }

  /** Goes on to the next where that helps and is allowed; throws else. */
  void failed(RefusedException e, List<PassedOver> passedOver) {
    boolean damaged = e.reason() == Reason.BACKUP_DAMAGED || e.reason() == Reason.CORRUPT;
    // Another key than the newest needs is no reason to restore something old.
    if (!damaged || !work.olderIfDamaged() || work.backupId() != null) {
      throw e;
    }
    passedOver.add(new PassedOver(current.id(), e.reason(), e.getMessage()));
  }

  private RefusedException nothing(List<PassedOver> passedOver) {
    if (none) {
      return new RefusedException(
          Reason.NOTHING_TO_RESTORE,
          "%s has no backup of %s at all. If there should be one, look at the identity and at the prefix or directory of the location (litehaven list)."
              .formatted(store.describe(""), identity));
    }
    if (!oldEnough && passedOver.isEmpty()) {
      return new RefusedException(
          Reason.BACKUP_NOT_FOUND,
          "%s has no backup of %s%s. Look at what there is (litehaven list)."
              .formatted(
                  store.describe(""),
                  identity,
                  work.notAfter() == null ? "" : " from " + work.notAfter() + " or before"));
    }
    var each = new StringBuilder();
    for (PassedOver one : passedOver.subList(0, Math.min(5, passedOver.size()))) {
      each.append(' ').append(one.backupId()).append(": ").append(one.message());
    }
    return new RefusedException(
        Reason.NOTHING_VERIFIED,
        "None of the %d backups of %s could be relied on.%s Nothing was changed. Look at the storage; litehaven verify tries them again."
            .formatted(passedOver.size(), identity, each));
  }
}
