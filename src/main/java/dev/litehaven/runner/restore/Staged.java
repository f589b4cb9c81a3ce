package dev.litehaven.runner.restore;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RestoreReport.PassedOver;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.runner.backup.BackupManifest.Table;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a fetch has left on the database's volume for the restore of the same run, in {@code
 * .litehaven/restore/<runId>/}: each file of a backup, plain, as {@code <file name>.db}, the
 * companion files as {@code companions.tar}, and this record as {@code staged.json}, written last.
 * A directory without it is an unfinished fetch. Who restores believes the hashes, not the files.
 *
 * @param backupId that was chosen
 * @param createdAt of the backup, RFC 3339
 * @param schemaVersion as its manifest has it; null: none
 * @param passedOver newer ones that could not be relied on, newest first
 * @param files in the backup's order
 * @param companions null: the backup has none
 */
public record Staged(
    int formatVersion,
    String backupId,
    String createdAt,
    String schemaVersion,
    List<PassedOver> passedOver,
    List<File> files,
    Companions companions) {
  public static final int FORMAT_VERSION = 1;
  public static final String FILE_NAME = "staged.json";
  public static final String COMPANIONS = "companions.tar";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /**
   * One file of the database.
   *
   * @param livePath where the backup found it, relative to its volume
   * @param size in bytes
   * @param sha256 of the plain file
   * @param contentHash over all tables, as in the manifest
   * @param tables rows and content hash of each, as in the manifest
   */
  public record File(
      String name,
      String livePath,
      long size,
      String sha256,
      String contentHash,
      List<Table> tables) {
    public File {
      tables = tables == null ? List.of() : List.copyOf(tables);
    }

    /** Its name in the directory. */
    public String fileName() {
      return fileName(name);
    }

    /** The same where there is no record yet. */
    public static String fileName(String name) {
      return name + ".db";
    }
  }

  /**
   * @param size of {@code companions.tar} in bytes
   * @param sha256 of it
   */
  public record Companions(long size, String sha256) {}

  public Staged {
    passedOver = passedOver == null ? List.of() : List.copyOf(passedOver);
    files = files == null ? List.of() : List.copyOf(files);
  }

  /** A record in the format of this release. */
  public Staged(
      String backupId,
      String createdAt,
      String schemaVersion,
      List<PassedOver> passedOver,
      List<File> files,
      Companions companions) {
    this(FORMAT_VERSION, backupId, createdAt, schemaVersion, passedOver, files, companions);
  }

  /**
   * @param root of the database's volume
   */
  public static Path directory(Path root, RunRef run) {
    return root.resolve(".litehaven").resolve("restore").resolve(run.runId());
  }

  /** Makes the directory count. Everything it names is durable before this is called. */
  public void write(Path directory, Owner owner) throws IOException {
    byte[] bytes = JSON.writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
    DurableFiles.write(directory.resolve(FILE_NAME), bytes, owner);
  }

  /**
   * @throws RefusedException {@link Reason#BACKUP_NOT_FOUND} nothing was fetched for this run, or
   *     not to the end; {@link Reason#BACKUP_DAMAGED} the record is not one of a fetch, or a file
   *     that it names is not there. The files' content is not looked at
   */
  public static Staged read(Path directory) throws IOException {
    Staged staged;
    try {
      staged = JSON.readValue(Files.readAllBytes(directory.resolve(FILE_NAME)), Staged.class);
    } catch (NoSuchFileException e) {
      throw new RefusedException(
          Reason.BACKUP_NOT_FOUND,
          "Nothing is ready to be restored: there is no "
              + directory.resolve(FILE_NAME)
              + ". Fetch the backup first, under the same run.",
          e);
    } catch (JsonProcessingException e) {
      throw damaged(directory, FILE_NAME + " cannot be read: " + e.getOriginalMessage());
    }
    if (staged == null || staged.formatVersion() != FORMAT_VERSION) {
      throw damaged(directory, FILE_NAME + " has a format that this release does not know");
    }
    if (staged.files().isEmpty()) {
      throw damaged(directory, FILE_NAME + " names no file");
    }
    Set<String> names = new HashSet<>();
    for (File file : staged.files()) {
      if (file.name() == null || file.name().contains("/") || !names.add(file.name())) {
        throw damaged(directory, FILE_NAME + " does not name each file beside it once");
      }
      requireFile(directory, file.fileName(), file.size());
    }
    if (staged.companions() != null) {
      requireFile(directory, COMPANIONS, staged.companions().size());
    }
    return staged;
  }

  private static void requireFile(Path directory, String name, long size) throws IOException {
    Path path = directory.resolve(name);
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      throw damaged(directory, "it lacks the file " + name);
    }
    if (Files.size(path) != size) {
      throw damaged(
          directory,
          "%s has %d bytes where the record says %d".formatted(name, Files.size(path), size));
    }
  }

  static RefusedException damaged(Path directory, String seen) {
    return new RefusedException(
        Reason.BACKUP_DAMAGED,
        "What was fetched into "
            + directory
            + " cannot be relied on: "
            + seen
            + ". The database was not touched. Fetch the backup again.");
  }
}
