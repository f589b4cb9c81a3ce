package dev.litehaven.runner.restore;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RestoreWork.Mode;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.Sha256;
import dev.litehaven.runner.backup.BackupManifest.Table;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import dev.litehaven.runner.sqlite.ContentHash;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a fetch leaves, made by hand, and requests for the restore that follows it. */
public final class Fetched {
  public static final String BACKUP = "20260101T000000Z-manual-b1";

  private Fetched() {}

  /**
   * @param sources databases at rest, by the names of the files that they are to become
   */
  public static Path stage(RunnerRequest request, Map<String, Path> sources) throws Exception {
    Path root = Path.of(request.mountPath()).toRealPath();
    Path directory = Staged.directory(root, request.run());
    DurableFiles.createDirectories(directory, Owner.of(root));
    List<Staged.File> files = new ArrayList<>();
    for (DatabaseFile file : request.files()) {
      Path source = sources.get(file.name());
      if (source == null) {
        continue;
      }
      byte[] bytes = Files.readAllBytes(source);
      ContentHash.DatabaseHash hash = ContentHash.ofFile(source);
      var staged =
          new Staged.File(
              file.name(),
              file.path(),
              bytes.length,
              Sha256.of(bytes),
              hash.hash(),
              hash.tables().stream().map(t -> new Table(t.table(), t.rows(), t.hash())).toList());
      Files.write(directory.resolve(staged.fileName()), bytes);
      files.add(staged);
    }
    new Staged(BACKUP, "2026-01-01T00:00:00Z", null, List.of(), files, null)
        .write(directory, Owner.of(root));
    return directory;
  }

  public static RestoreWork whole(Mode mode, String token) {
    return work(mode, List.of(), List.of(), false, token);
  }

  /** All of the backup that is named, in place. */
  public static RestoreWork of(String backupId) {
    return new RestoreWork(
        null, backupId, null, false, Mode.IN_PLACE, null, null, false, null, null, null);
  }

  public static RestoreWork work(
      Mode mode, List<String> include, List<String> exclude, boolean dryRun, String token) {
    return new RestoreWork(
        null, null, null, false, mode, include, exclude, dryRun, List.of(), List.of(), token);
  }

  /** The same about a restore, whatever it was about before. */
  public static RunnerRequest request(RunnerRequest other, RestoreWork work) {
    return new RunnerRequest(
        other.formatVersion(),
        RunnerStep.RESTORE,
        other.run(),
        other.mountPath(),
        other.files(),
        List.of(),
        null,
        other.backup(),
        null,
        false,
        null,
        work,
        other.scratchDirectory());
  }
}
