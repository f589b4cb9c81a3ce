package dev.litehaven.runner.backup;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RunRef;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * What a backup is of.
 *
 * @param files all of the database, as of one instant; backups are kept under the first one's name
 * @param liveFile the first file as the workload has it; new files get its owner
 * @param schemaVersion newest applied version of the stream at hand; null: none
 * @param sameVolume whether the backup shares the database's failure domain
 */
public record BackupSubject(
    BackupType type,
    RunRef run,
    List<Member> files,
    Path liveFile,
    String schemaVersion,
    boolean sameVolume,
    Instant createdAt) {
  public BackupSubject {
    files = List.copyOf(files);
  }

  /**
   * @param pristine a closed, private copy of the file without sidecars, which nobody writes
   */
  public record Member(DatabaseFile file, Path pristine) {}

  String name() {
    return files.getFirst().file().name();
  }
}
