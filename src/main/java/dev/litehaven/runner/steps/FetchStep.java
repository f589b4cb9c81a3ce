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
 * Brings a backup's files onto the volume, read back whole, for the restore of the same run. The
 * place is only read: what is found damaged there is said, and left as it is.
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
    try (BackupStore store = Places.of(context, identity, null)) {
      List<PassedOver> passedOver = new ArrayList<>();
      var choice =
          new BackupChoice(
              store,
              work,
              identity,
              context.request().files().isEmpty() ? null : context.firstFile().name());
      Seal seal = Seal.of(context.request().backup().encryption());
      DurableFiles.createDirectories(directory, owner);
      ReadBack chosen = null;
      while (chosen == null) {
        String key = context.phase("choose", "Choosing a backup", () -> choice.next(passedOver));
        requireSpace(context, store, key);
        var reader = new BackupReader(store, seal, directory, Depth.FULL).fetching();
        try {
          ReadBack restored =
              context.phase("fetch", "Fetching " + key, () -> reader.restore(key, name -> name));
          context.phase("check", "Checking what was fetched", () -> reader.check(restored));
          chosen = restored;
        } catch (RefusedException e) {
          choice.failed(e, passedOver);
        }
      }
      ReadBack back = chosen;
      context.phase(
          "stage", "Leaving it for the restore", () -> stage(back, directory, passedOver, owner));
      staged = true;
      BackupManifest manifest = back.manifest();
      context.found(
          new RestoreReport(
              manifest.id(),
              manifest.createdAt(),
              manifest.schemaVersion(),
              passedOver,
              List.of(),
              0,
              false));
      return Ending.succeeded(
          Reason.SUCCEEDED,
          "The backup "
              + manifest.id()
              + " of "
              + manifest.createdAt()
              + " was read back whole and lies ready to be restored."
              + (passedOver.isEmpty()
                  ? ""
                  : " Newer ones could not be relied on: " + passedOver.size() + "."));
    } finally {
      if (!staged) {
        DurableFiles.deleteTree(directory);
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

  private static void requireSpace(StepContext context, BackupStore store, String key)
      throws IOException {
    long needed = BackupReader.plainBytes(store, key);
    long free = Files.getFileStore(context.root()).getUsableSpace();
    if (needed > free) {
      throw new RefusedException(
          Reason.NO_SPACE,
          "The backup needs %d MiB, and the volume has %d MiB left. Nothing was changed. Make the claim larger, or remove old backups from it."
              .formatted((needed >> 20) + 1, free >> 20));
    }
  }

  private static void stage(ReadBack back, Path directory, List<PassedOver> passedOver, Owner owner)
      throws IOException {
    BackupManifest manifest = back.manifest();
    List<Path> files = new ArrayList<>(back.restored().values());
    if (back.companions() != null) {
      files.add(back.companions());
    }
    for (Path file : files) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
      owner.giveTo(file);
    }
    DurableFiles.syncDirectory(directory);
    new Staged(
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
                    manifest.companions().tarBytes(), manifest.companions().tarSha256()))
        .write(directory, owner);
  }
}
