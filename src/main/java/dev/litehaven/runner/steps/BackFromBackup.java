package dev.litehaven.runner.steps;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.SwapReport;
import dev.litehaven.runner.backup.BackupManifest;
import dev.litehaven.runner.backup.BackupReader;
import dev.litehaven.runner.backup.BackupReader.Depth;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.BackupType;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.backup.FileBackup;
import dev.litehaven.runner.backup.Seal;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.store.DirectoryStore;
import dev.litehaven.runner.swap.SwapSession;
import dev.litehaven.runner.swap.SwapVolume;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Puts the database of before a run back when that run is settled, so that only its backup has it:
 * by a swap like any other, whose new files are those of the backup. The state that goes is backed
 * up and read back first.
 */
final class BackFromBackup {
  private final StepContext context;
  private final SwapVolume volume;
  private final String target;

  private BackFromBackup(StepContext context, SwapVolume volume, String target) {
    this.context = context;
    this.volume = volume;
    this.target = target;
  }

  /** Whether this very run, in an earlier attempt, has put the backup in place. */
  static boolean done(StepContext context, SwapVolume volume) throws IOException {
    String own = context.run().runId();
    return !own.equals(context.targetRun())
        && volume.report(own).filter(swap -> swap.state().equals("DONE")).isPresent();
  }

  /**
   * @return whether it is back; false when something was written since and that is not accepted:
   *     nothing was changed then
   * @throws RefusedException DIVERGED a later run has replaced the database, BACKUP_FAILED there is
   *     no verified backup of before the run; and whatever a swap is refused for
   */
  static boolean restore(StepContext context, SwapVolume volume, String target) throws Exception {
    return new BackFromBackup(context, volume, target).restore();
  }

  private boolean restore() throws Exception {
    volume.requireInPlace(target);
    Path manifest = verifiedBackup();
    Owner owner = Owner.of(context.live(context.firstFile()));
    try (Scratch scratch = context.scratch(owner)) {
      ReadBack before =
          context.phase(
              "readBefore",
              "Reading the backup of before run " + target,
              () -> readBack(manifest, scratch.directory()));
      requireSameFiles(before.manifest());
      return swap(before, Files.createDirectory(scratch.file("failed")));
    }
  }

  private ReadBack readBack(Path manifest, Path scratch) throws IOException {
    Path root = context.backupRoot();
    Seal seal = Seal.of(context.request().backup().encryption());
    try (var store = new DirectoryStore(root, null)) {
      return new BackupReader(store, seal, scratch, Depth.CONTENTS)
          .verify(root.relativize(manifest).toString(), context.now());
    }
  }

  private boolean swap(ReadBack before, Path scratch) throws Exception {
    String own = context.run().runId();
    Backups.discard(context, BackupType.FAILED_STATE, own);
    try (SwapSession session =
        context.phase(
            "quiesceAndCopy",
            "Bringing the database to rest and copying it",
            () -> SwapSession.begin(volume, "", context.files()))) {
      Map<String, Path> copies = new LinkedHashMap<>();
      for (DatabaseFile file : context.files()) {
        copies.put(file.name(), session.copyOf(file.name()));
      }
      if (!context.request().force() && !contents(copies).equals(after())) {
        return false;
      }
      Backups.makeVerified(context, BackupType.FAILED_STATE, own, copies, scratch);
      context.interruption().check();
      for (Map.Entry<String, Path> copy : copies.entrySet()) {
        overwrite(copy.getValue(), before.restored().get(copy.getKey()));
      }
      Map<String, String> contents = contents(copies);
      requireAsBackedUp(before.manifest(), contents);
      context.phase("seal", "Forcing the database of before to disk", session::seal);
      context.interruption().check();
      context.phase(
          "swap",
          "Putting the database of before run " + target + " back",
          () -> session.commit(contents));
      context.found(new SwapReport("ROLLED_BACK", "old", false, -1));
      return true;
    } catch (Exception e) {
      if (!done(context, volume)) {
        Backups.discard(context, BackupType.FAILED_STATE, own);
      }
      throw e;
    }
  }

  private Map<String, String> after() throws IOException {
    return SwapVolume.contentsAfter(context.root(), target);
  }

  private Path verifiedBackup() throws IOException {
    Path root = context.backupRoot();
    Optional<Path> found = Optional.empty();
    for (BackupType type : List.of(BackupType.PRE_MIGRATION, BackupType.PRE_RESTORE)) {
      for (Path manifest : FileBackup.find(root, context.firstFile().name(), type, target)) {
        if (BackupReader.describe(manifest, root, context.backupSharesVolume()).verified()) {
          found = Optional.of(manifest);
        }
      }
    }
    return found.orElseThrow(
        () ->
            new RefusedException(
                Reason.BACKUP_FAILED,
                "Run "
                    + target
                    + " is settled: its old files were removed, and there is no verified backup of"
                    + " before it in "
                    + root
                    + ". Nothing was changed. Name the backups' directory that the run used, or"
                    + " restore another backup by hand."));
  }

  private void requireSameFiles(BackupManifest manifest) {
    Set<String> named = new HashSet<>();
    context.files().forEach(file -> named.add(file.name()));
    Set<String> held =
        manifest.files().stream().map(BackupManifest.File::name).collect(Collectors.toSet());
    if (!named.equals(held)) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "The backup of before run "
              + target
              + " has the files "
              + held
              + ", and "
              + named
              + " are to be put back. Nothing was changed. Name the files as they were then.");
    }
  }

  /** Into the file that is there: the swap knows it by its inode. */
  private static void overwrite(Path copy, Path with) throws IOException {
    try (FileChannel from = FileChannel.open(with, StandardOpenOption.READ);
        FileChannel to =
            FileChannel.open(
                copy, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
      long size = Files.size(with);
      for (long at = 0; at < size; ) {
        at += from.transferTo(at, size - at, to);
      }
    }
  }

  private void requireAsBackedUp(BackupManifest manifest, Map<String, String> contents) {
    for (BackupManifest.File file : manifest.files()) {
      if (!file.contentHash().equals(contents.get(file.name()))) {
        throw new RefusedException(
            Reason.VERIFICATION_FAILED,
            "The copy of "
                + file.name()
                + " is not what the backup has. Nothing was changed. Look at the storage.");
      }
    }
  }

  private static Map<String, String> contents(Map<String, Path> copies) throws SQLException {
    Map<String, String> hashes = new HashMap<>();
    for (Map.Entry<String, Path> copy : copies.entrySet()) {
      hashes.put(copy.getKey(), ContentHash.ofFile(copy.getValue()).hash());
    }
    return hashes;
  }
}
