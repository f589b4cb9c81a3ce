package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RestoreReport;
import dev.litehaven.protocol.RestoreReport.PassedOver;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.runner.backup.BackupManifest;
import dev.litehaven.runner.backup.BackupReader;
import dev.litehaven.runner.backup.BackupReader.Depth;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.backup.Seal;
import dev.litehaven.runner.restore.RestoreTokens;
import dev.litehaven.runner.restore.RestoreTokens.Carried;
import dev.litehaven.runner.restore.Staged;
import dev.litehaven.runner.store.BackupStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Brings a backup's files, or those of a snapshot, onto the volume, read back whole, for the
 * restore of the same run. The place is only read: what is found damaged there is said, and left as
 * it is.
 */
final class FetchStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    RestoreWork work = context.restore();
    String identity = work.identity() == null ? Places.identity(context) : work.identity();
    Path directory = Staged.directory(context.root(), context.run());
    Owner owner = owner(context);
    DurableFiles.deleteTree(directory);
    Optional<Carried> before = new RestoreTokens(context.root()).find(work.token());
    if (before.isPresent()) {
      return RestoreStep.alreadyRestored(before.get());
    }
    boolean staged = false;
    try {
      DurableFiles.createDirectories(directory, owner);
      Staged fetched =
          context.request().backup().snapshot() == null
              ? fromPlace(context, work, identity, directory)
              : SnapshotBackup.fetch(context, directory);
      context.phase("stage", "Leaving it for the restore", () -> stage(fetched, directory, owner));
      staged = true;
      context.found(
          new RestoreReport(
              fetched.backupId(),
              fetched.createdAt(),
              fetched.schemaVersion(),
              fetched.passedOver(),
              List.of(),
              0,
              false));
      return Ending.succeeded(
          Reason.SUCCEEDED,
          "The backup "
              + fetched.backupId()
              + " of "
              + fetched.createdAt()
              + " was read back whole and lies ready to be restored."
              + (fetched.passedOver().isEmpty()
                  ? ""
                  : " Newer ones could not be relied on: " + fetched.passedOver().size() + "."));
    } finally {
      if (!staged) {
        DurableFiles.deleteTree(directory);
      }
    }
  }

  private static Staged fromPlace(
      StepContext context, RestoreWork work, String identity, Path directory) throws Exception {
    try (BackupStore store = Places.of(context, identity, null)) {
      List<PassedOver> passedOver = new ArrayList<>();
      var choice =
          new BackupChoice(
              store,
              work,
              identity,
              context.request().files().isEmpty() ? null : context.firstFile().name());
      Seal seal = Seal.of(context.request().backup().encryption());
      while (true) {
        String key = context.phase("choose", "Choosing a backup", () -> choice.next(passedOver));
        requireSpace(context.root(), BackupReader.plainBytes(store, key));
        var reader = new BackupReader(store, seal, directory, Depth.FULL).fetching();
        try {
          ReadBack restored =
              context.phase("fetch", "Fetching " + key, () -> reader.restore(key, name -> name));
          context.phase("check", "Checking what was fetched", () -> reader.check(restored));
          return staged(restored.manifest(), passedOver);
        } catch (RefusedException e) {
          choice.failed(e, passedOver);
        }
      }
    }
  }

  /** As the database, where there is one; else as its volume. */
  private static Owner owner(StepContext context) throws IOException {
    for (DatabaseFile file : context.request().files()) {
      Path live = context.live(file);
      if (Files.isRegularFile(live, LinkOption.NOFOLLOW_LINKS)) {
        return Owner.of(live);
      }
    }
    return Owner.within(context.root());
  }

  static void requireSpace(Path root, long needed) throws IOException {
    long free = Files.getFileStore(root).getUsableSpace();
    if (needed > free) {
      throw new RefusedException(
          Reason.NO_SPACE,
          "The backup needs %d MiB, and the volume has %d MiB left. Nothing was changed. Make the claim larger, or remove old backups from it."
              .formatted((needed >> 20) + 1, free >> 20));
    }
  }

  private static void stage(Staged fetched, Path directory, Owner owner) throws IOException {
    List<String> files =
        new ArrayList<>(fetched.files().stream().map(Staged.File::fileName).toList());
    if (fetched.companions() != null) {
      files.add(Staged.COMPANIONS);
    }
    for (String file : files) {
      Path path = directory.resolve(file);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r-----"));
      owner.giveTo(path);
    }
    DurableFiles.syncDirectory(directory);
    fetched.write(directory, owner);
  }

  private static Staged staged(BackupManifest manifest, List<PassedOver> passedOver) {
    return new Staged(
        manifest.id(),
        manifest.createdAt(),
        manifest.schemaVersion(),
        passedOver,
        manifest.files().stream()
            .map(
                file ->
                    new Staged.File(
                        file.name(),
                        file.livePath(),
                        file.databaseBytes(),
                        file.databaseSha256(),
                        file.contentHash(),
                        file.tables()))
            .toList(),
        manifest.companions() == null
            ? null
            : new Staged.Companions(
                manifest.companions().tarBytes(), manifest.companions().tarSha256()));
  }
}
