package dev.litehaven.runner.steps;

import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.BackupWork;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.runner.backup.BackupManifest;
import dev.litehaven.runner.backup.BackupReader;
import dev.litehaven.runner.backup.BackupReader.Depth;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.BackupSubject;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.Companions;
import dev.litehaven.runner.backup.Contents;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.backup.FileBackup;
import dev.litehaven.runner.backup.StoredBackups;
import dev.litehaven.runner.store.BackupStore;
import dev.litehaven.runner.store.OwnerMarker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Backs the database up as it is at one instant, and reads the backup back from where it lies. The
 * application may go on. A run has one backup, however often it is carried out.
 */
final class BackupStep implements Step {
  /** No backup takes that long: what was begun before and has no manifest was cut off. */
  private static final Duration ABANDONED = Duration.ofDays(1);

  @Override
  public Ending run(StepContext context) throws Exception {
    BackupWork work = context.backups();
    BackupType type = BackupType.of(work.type());
    Copies.requireUsable(context);
    try (BackupStore store = Places.of(context, Owner.of(context.live(context.firstFile())))) {
      Optional<Ending> earlier =
          context.phase(
              "place", "Looking at the place for backups", () -> prepare(context, store, type));
      if (earlier.isPresent()) {
        return earlier.get();
      }
      return Copies.onCopy(
          context, (first, copies, scratch) -> backUp(context, store, type, copies, scratch));
    }
  }

  private static Optional<Ending> prepare(StepContext context, BackupStore store, BackupType type)
      throws IOException {
    OwnerMarker.claim(
        store, context.request().backup().owner(), Places.identity(context), context.now());
    String name = context.firstFile().name();
    String runId = context.run().runId();
    for (String key : FileBackup.find(store, name, type, runId)) {
      BackupRecord record = BackupReader.describe(store, key, context.backupSharesVolume());
      if (record.verified()) {
        context.found(record);
        return Optional.of(
            Ending.succeeded(
                Reason.SUCCEEDED,
                "The backup " + record.id() + " was made and read back by this run before."));
      }
    }
    FileBackup.discard(store, name, type, runId);
    StoredBackups.removeUnfinished(store, name, context.now().minus(ABANDONED));
    return Optional.empty();
  }

  private static Ending backUp(
      StepContext context,
      BackupStore store,
      BackupType type,
      Map<String, Path> copies,
      Scratch scratch)
      throws Exception {
    BackupWork work = context.backups();
    Companions companions =
        work.include().isEmpty()
            ? null
            : Companions.find(
                context.root(),
                work.include(),
                context.files().stream().map(DatabaseFile::path).toList());
    Map<String, Contents> contents = Map.of();
    if (work.unchangedSince() != null) {
      contents =
          context.phase("contents", "Comparing with the newest backup", () -> contents(copies));
      String hash =
          BackupManifest.contentHash(
              contents, companions == null ? null : companions.contentHash(), context.files());
      if (hash.equals(work.unchangedSince())) {
        return Ending.succeeded(
            Reason.UNCHANGED,
            "The content is the same as in the newest verified backup, so none was written.");
      }
    }
    BackupSubject subject =
        Backups.subject(context, type, context.run().runId(), copies, contents, companions);
    Depth depth = work.verification() == BackupWork.Verification.FULL ? Depth.FULL : Depth.QUICK;
    ReadBack backup = Backups.makeVerified(context, store, subject, depth, scratch.directory());
    return Ending.succeeded(
        Reason.SUCCEEDED,
        "The backup "
            + backup.manifest().id()
            + " was read back and has every one of "
            + backup.manifest().rows()
            + " rows.");
  }

  private static Map<String, Contents> contents(Map<String, Path> copies) {
    Map<String, Contents> contents = new HashMap<>();
    copies.forEach(
        (name, copy) ->
            contents.put(name, Contents.read(copy, "The file " + name + " to back up")));
    return contents;
  }
}
