package dev.litehaven.runner.restore;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.runner.backup.BackupManifest.Table;
import dev.litehaven.runner.migrate.FileSet;
import dev.litehaven.runner.migrate.Transform;
import dev.litehaven.runner.restore.TableSelection.Schemas;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.sqlite.ContentHash.DatabaseHash;
import dev.litehaven.runner.sqlite.Schema;
import dev.litehaven.runner.sqlite.SchemaReader;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.sqlite.SqliteErrors;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Makes private copies what a restore asks for, and verifies them. The same for a rehearsal beside
 * the application and for the real thing.
 *
 * <p>One engine does one thing at a time; only {@link #cancel} may come from another thread.
 */
public final class RestoreEngine {
  private final StagedFiles staged;
  private final RestoreWork work;
  private final Consumer<String> progress;
  private final Transform transform;

  /**
   * @param progress told in a few words what begins
   * @throws RefusedException {@link Reason#INVALID_REQUEST} what is asked for does not fit together
   */
  public RestoreEngine(StagedFiles staged, RestoreWork work, Consumer<String> progress) {
    if (work.selective() && !work.transform().isEmpty()) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "A restore of some tables cannot be transformed: the others must stay as they are."
              + " Restore into a new database and transform that, or leave one of the two out.");
    }
    this.staged = staged;
    this.work = work;
    this.progress = progress;
    this.transform = new Transform(progress);
  }

  /** Makes what runs now fail with INTERRUPTED, where it can be stopped. Any thread. */
  public void cancel() {
    transform.cancel();
  }

  /** Whether the result is the backup to the byte. */
  public boolean plain() {
    return !work.selective() && work.transform().isEmpty();
  }

  /**
   * Everything of the backup.
   *
   * @param copies by the names of their files; whatever they hold is replaced, and each stays the
   *     inode that it is
   * @param scratch a directory on the same volume, for a moment
   * @return what is in the copies now
   */
  public Map<String, DatabaseHash> whole(Map<String, Path> copies, Path scratch)
      throws IOException {
    Map<String, DatabaseHash> contents = new LinkedHashMap<>();
    for (Map.Entry<String, Path> copy : copies.entrySet()) {
      progress.accept("filling it with the backup's " + copy.getKey());
      staged.fill(copy.getKey(), copy.getValue());
      progress.accept("comparing " + copy.getKey() + " with what was backed up");
      try {
        contents.put(copy.getKey(), staged.requireContent(copy.getKey(), copy.getValue()));
      } catch (SQLException e) {
        throw SqliteErrors.refusal(e, Reason.CORRUPT, "The restored copy cannot be read");
      }
    }
    transform.run(files(copies, null), work.transform(), work.assertions());
    if (!work.transform().isEmpty()) {
      for (Map.Entry<String, Path> copy : copies.entrySet()) {
        progress.accept("removing what is left of what was changed");
        Compaction.compact(
            copy.getValue(), scratch.resolve("compact.db"), staged.journalMode(copy.getKey()));
        contents.put(copy.getKey(), hash(copy.getValue()));
      }
    }
    return contents;
  }

  /**
   * Some tables of the backup.
   *
   * @param copies by the names of their files: what is live, and afterwards what is to be
   * @param pristine the same as it is live; only read
   * @param before rows and hashes of the pristine ones
   * @return what is in the copies now
   */
  public Map<String, DatabaseHash> selected(
      Map<String, Path> copies, Map<String, Path> pristine, Map<String, List<Table>> before)
      throws IOException {
    Map<String, DatabaseHash> contents = new LinkedHashMap<>();
    Map<String, Schemas> schemas = new LinkedHashMap<>();
    for (String name : copies.keySet()) {
      progress.accept("reading the backup's " + name);
      staged.requireUnchanged(name);
      schemas.put(name, new Schemas(schema(pristine.get(name)), schema(staged.path(name))));
    }
    TableSelection selection =
        TableSelection.of(schemas, work.includeTables(), work.excludeTables());
    for (Map.Entry<String, Path> copy : copies.entrySet()) {
      String name = copy.getKey();
      TableSelection.OfFile tables = selection.files().get(name);
      progress.accept("restoring tables of " + name);
      TableRestore.apply(copy.getValue(), staged.path(name), tables);
      progress.accept("comparing all tables of " + name);
      try {
        contents.put(
            name,
            new TableProof(copies.size() > 1 ? name + "." : "", tables)
                .require(
                    pristine.get(name),
                    staged.path(name),
                    copy.getValue(),
                    before.get(name),
                    staged.file(name).tables()));
      } catch (SQLException e) {
        throw SqliteErrors.refusal(
            e, Reason.VERIFICATION_FAILED, "The restored tables could not be compared");
      }
    }
    transform.run(files(copies, pristine), List.of(), work.assertions());
    return contents;
  }

  private static DatabaseHash hash(Path copy) {
    try {
      return ContentHash.ofFile(copy);
    } catch (SQLException e) {
      throw SqliteErrors.refusal(e, Reason.CORRUPT, "The restored copy cannot be read");
    }
  }

  private static Schema schema(Path file) {
    try (Connection connection = Sqlite.openImmutable(file)) {
      return SchemaReader.read(connection);
    } catch (SQLException e) {
      throw SqliteErrors.refusal(e, Reason.CORRUPT, file.getFileName() + " cannot be read");
    }
  }

  /**
   * @param pristine null: what was fetched
   */
  private FileSet files(Map<String, Path> copies, Map<String, Path> pristine) {
    return new FileSet(
        copies.entrySet().stream()
            .map(
                copy ->
                    new FileSet.Member(
                        copy.getKey(),
                        copy.getValue(),
                        pristine == null
                            ? staged.path(copy.getKey())
                            : pristine.get(copy.getKey())))
            .toList());
  }
}
