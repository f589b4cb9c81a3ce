package dev.litehaven.runner.restore;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.sqlite.ContentHash.DatabaseHash;
import dev.litehaven.runner.sqlite.SqliteHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The database files that a fetch has left, and how they become the content of others. Every byte
 * is hashed on its way: what lies there may have changed since it was fetched.
 */
public record StagedFiles(Path directory, Staged staged) {
  /**
   * @throws RefusedException as {@link Staged#read} does
   */
  public static StagedFiles read(Path directory) throws IOException {
    return new StagedFiles(directory, Staged.read(directory));
  }

  /**
   * A backup that has other files than the database would leave some of it as they are, of another
   * moment than the rest.
   *
   * @throws RefusedException {@link Reason#INVALID_REQUEST}
   */
  public void requireSameFiles(List<DatabaseFile> files) {
    Set<String> database = new TreeSet<>(files.stream().map(DatabaseFile::name).toList());
    Set<String> backup = new TreeSet<>(staged.files().stream().map(Staged.File::name).toList());
    if (!database.equals(backup)) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "The backup %s has the files %s, and the database has %s. Nothing was changed. A backup is restored whole: name the same files under the same names, or choose another backup."
              .formatted(
                  staged.backupId(), String.join(", ", backup), String.join(", ", database)));
    }
  }

  /** The record of one file, which {@link #requireSameFiles} has found there. */
  public Staged.File file(String name) {
    return staged.files().stream()
        .filter(file -> file.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no file is called " + name));
  }

  /** {@code wal} or {@code delete}, as the fetched file says. */
  String journalMode(String name) throws IOException {
    try (var in = Files.newInputStream(path(name), LinkOption.NOFOLLOW_LINKS)) {
      byte[] start = in.readNBytes(SqliteHeader.LENGTH);
      return SqliteHeader.parse(start, file(name).fileName()).wal() ? "wal" : "delete";
    }
  }

  public Path path(String name) {
    return directory.resolve(file(name).fileName());
  }

  /**
   * Makes a file that is there hold exactly what was fetched. It stays the inode that it is, and is
   * not forced to disk.
   *
   * @throws RefusedException {@link Reason#BACKUP_DAMAGED} what was fetched has changed since; the
   *     file's content is good for nothing then
   */
  public void fill(String name, Path existing) throws IOException {
    require(name, FileContent.replace(path(name), existing));
  }

  /**
   * Reads a file to say whether it is what was fetched, before it is read in other ways.
   *
   * @throws RefusedException {@link Reason#BACKUP_DAMAGED} it has changed since
   */
  public void requireUnchanged(String name) throws IOException {
    require(name, FileContent.of(path(name)));
  }

  private void require(String name, FileContent seen) {
    Staged.File file = file(name);
    if (seen.size() != file.size() || !seen.sha256().equals(file.sha256())) {
      throw Staged.damaged(
          directory, file.fileName() + " does not have the SHA-256 that was recorded");
    }
  }

  /**
   * Whether a closed file says what the backup said, table by table.
   *
   * @return what it says
   * @throws RefusedException {@link Reason#VERIFICATION_FAILED}
   */
  public DatabaseHash requireContent(String name, Path restored) throws SQLException {
    DatabaseHash content = ContentHash.ofFile(restored);
    if (!content.hash().equals(file(name).contentHash())) {
      throw new RefusedException(
          Reason.VERIFICATION_FAILED,
          "The restored copy of "
              + name
              + " does not have the content of the backup "
              + staged.backupId()
              + ". Nothing was changed. Look at the storage behind the volume, and try again.");
    }
    return content;
  }
}
