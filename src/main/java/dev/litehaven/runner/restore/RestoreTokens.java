package dev.litehaven.runner.restore;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which restores were carried out on a volume, in {@code .litehaven/restores/<token>}, so that one
 * that is asked for a second time, from Git or from a rebuilt cluster, replaces nothing that is
 * newer. A token is announced before the swap and counts once the journal says that the swap is
 * done; it goes on counting when the restore is rolled back.
 */
public final class RestoreTokens {
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");
  private static final String ANNOUNCED = ".announced";
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private final Path directory;

  /**
   * @param root of the volume
   */
  public RestoreTokens(Path root) {
    directory = root.resolve(".litehaven").resolve("restores");
  }

  /**
   * What was carried out.
   *
   * @param at RFC 3339
   */
  public record Carried(String runId, String backupId, String at) {}

  /**
   * Says whether a run's files are, or were, in place; for a run nobody knows, that they are not.
   */
  public interface Journal {
    boolean swapped(String runId) throws IOException;
  }

  /**
   * @param token null: the restore is not guarded, and nothing is found
   * @throws RefusedException {@link Reason#INVALID_REQUEST} it cannot be a file's name
   */
  public Optional<Carried> find(String token) throws IOException {
    return token == null ? Optional.empty() : read(file(token));
  }

  /** Writes what will have been carried out once the swap is done. */
  public void announce(String token, Carried carried, Owner owner) throws IOException {
    if (token != null) {
      DurableFiles.createDirectories(directory, owner);
      DurableFiles.write(announced(token), JSON.writeValueAsBytes(carried), owner);
    }
  }

  /** Makes announced tokens count, or removes them, as the journal has it. */
  public void reconcile(Journal journal) throws IOException {
    for (Path announced : announced()) {
      Optional<Carried> carried = read(announced);
      if (carried.isPresent() && journal.swapped(carried.get().runId())) {
        String name = announced.getFileName().toString();
        Files.move(
            announced,
            directory.resolve(name.substring(0, name.length() - ANNOUNCED.length())),
            java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.syncDirectory(directory);
      } else {
        Files.deleteIfExists(announced);
      }
    }
  }

  private List<Path> announced() throws IOException {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*" + ANNOUNCED)) {
        entries.forEach(found::add);
      }
    }
    return found;
  }

  private static Optional<Carried> read(Path file) throws IOException {
    try {
      return Optional.ofNullable(JSON.readValue(Files.readAllBytes(file), Carried.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (JsonProcessingException e) {
      // That it is there is what counts.
      return Optional.of(new Carried("unknown", "unknown", "unknown"));
    }
  }

  private Path announced(String token) {
    return file(token).resolveSibling(token + ANNOUNCED);
  }

  private Path file(String token) {
    if (!TOKEN.matcher(token).matches() || token.endsWith(ANNOUNCED)) {
      throw new RefusedException(
          Reason.INVALID_REQUEST,
          "The token " + token + " cannot be a file's name. Use letters, digits, dots and dashes.");
    }
    return directory.resolve(token);
  }
}
