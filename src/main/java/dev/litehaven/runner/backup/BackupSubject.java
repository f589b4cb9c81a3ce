package dev.litehaven.runner.backup;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.runner.sqlite.HistoryInfo;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * What a backup is of.
 *
 * @param files all of the database, as of one instant; backups are kept under the first one's name
 * @param history of the first file; null: none was found
 * @param companions null: none are asked for
 */
public record BackupSubject(
    BackupType type,
    RunRef run,
    List<Member> files,
    HistoryInfo history,
    Companions companions,
    Instant createdAt) {
  public BackupSubject {
    files = List.copyOf(files);
  }

  /**
   * @param pristine a closed, private copy of the file without sidecars, which nobody writes
   * @param contents of it where they are known already; null: they are read beside the packing
   */
  public record Member(DatabaseFile file, Path pristine, Contents contents) {
    public Member(DatabaseFile file, Path pristine) {
      this(file, pristine, null);
    }
  }

  String name() {
    return files.getFirst().file().name();
  }
}
