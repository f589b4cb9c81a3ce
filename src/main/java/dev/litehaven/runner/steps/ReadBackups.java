package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.backup.BackupReader;
import dev.litehaven.runner.backup.BackupReader.Depth;
import dev.litehaven.runner.backup.BackupReader.ReadBack;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.backup.Seal;
import dev.litehaven.runner.store.DirectoryStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads existing backups back, all that are found below a directory.
 *
 * @param directory a backup's own, or one with backups in it
 */
public record ReadBackups(Path directory) implements Step {
  private static final int DEPTH = 4;

  @Override
  public Ending run(StepContext context) throws Exception {
    List<Path> manifests;
    try (Stream<Path> files = Files.walk(directory, DEPTH)) {
      manifests = files.filter(file -> file.endsWith("manifest.json")).sorted().toList();
    }
    if (manifests.isEmpty()) {
      throw new RefusedException(
          Reason.FILE_NOT_FOUND, "There is no finished backup in " + directory + ".");
    }
    List<RefusedException> failures = new ArrayList<>();
    try (Scratch scratch = context.scratch(Owner.within(directory));
        var store = new DirectoryStore(directory.toAbsolutePath().getParent(), null)) {
      Path root = directory.toAbsolutePath().getParent();
      Seal seal = Seal.of(context.request().backup().encryption());
      var reader = new BackupReader(store, seal, scratch.directory(), Depth.CONTENTS);
      for (Path manifest : manifests) {
        String key = root.relativize(manifest.toAbsolutePath()).toString();
        try {
          ReadBack back =
              context.phase(
                  "readBack",
                  "Reading back " + manifest.getParent(),
                  () -> reader.verify(key, context.now()));
          context.found(BackupReader.describe(manifest, directory, context.backupSharesVolume()));
          back.delete();
        } catch (RefusedException e) {
          failures.add(e);
        }
      }
    }
    if (!failures.isEmpty()) {
      throw new RefusedException(
          failures.getFirst().reason(),
          failures.size()
              + " of "
              + manifests.size()
              + " backups failed. "
              + failures.getFirst().getMessage());
    }
    return Ending.succeeded(
        Reason.SUCCEEDED,
        manifests.size() == 1
            ? "The backup was read back and is sound."
            : "All " + manifests.size() + " backups were read back and are sound.");
  }
}
