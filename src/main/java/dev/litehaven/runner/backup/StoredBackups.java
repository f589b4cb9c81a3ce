package dev.litehaven.runner.backup;

import dev.litehaven.runner.store.BackupStore;
import dev.litehaven.runner.store.BackupStore.StoredObject;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which backups lie in a store, by nothing but the names of its objects. */
public final class StoredBackups {
  private static final Pattern ID =
      Pattern.compile("(\\d{4})(\\d\\d)(\\d\\d)T(\\d\\d)(\\d\\d)(\\d\\d)Z-[a-z0-9-]+");
  private static final Pattern KEY = Pattern.compile("([^/]+)/([^/]+)/([^/]+)");

  private StoredBackups() {}

  /**
   * One backup's objects.
   *
   * @param directory with a slash at its end
   * @param finished whether it has a manifest
   */
  public record Stored(String id, String directory, boolean finished, List<String> keys) {
    public Stored {
      keys = List.copyOf(keys);
    }

    /** What the first file of the database is called. */
    public String database() {
      return directory.substring(0, directory.indexOf('/'));
    }

    public String manifestKey() {
      return directory + BackupManifest.FILE_NAME;
    }

    /** When it was begun. */
    Instant begun() {
      Matcher id = ID.matcher(this.id);
      if (!id.matches()) {
        throw new IllegalStateException(this.id);
      }
      return Instant.parse(
          "%s-%s-%sT%s:%s:%sZ"
              .formatted(
                  id.group(1), id.group(2), id.group(3), id.group(4), id.group(5), id.group(6)));
    }
  }

  /** Every one, finished or not, newest first. */
  public static List<Stored> all(BackupStore store) throws IOException {
    return below(store, "");
  }

  /** Those that are kept under the name of a database's first file. */
  public static List<Stored> of(BackupStore store, String databaseName) throws IOException {
    return below(store, databaseName + "/");
  }

  private static List<Stored> below(BackupStore store, String prefix) throws IOException {
    Map<String, List<String>> keys = new LinkedHashMap<>();
    for (StoredObject object : store.list(prefix)) {
      Matcher key = KEY.matcher(object.key());
      if (key.matches() && ID.matcher(key.group(2)).matches()) {
        keys.computeIfAbsent(key.group(1) + "/" + key.group(2) + "/", k -> new ArrayList<>())
            .add(object.key());
      }
    }
    List<Stored> all = new ArrayList<>();
    keys.forEach(
        (directory, in) -> {
          String[] parts = directory.split("/", -1);
          all.add(
              new Stored(
                  parts[1], directory, in.contains(directory + BackupManifest.FILE_NAME), in));
        });
    // Ids begin with their instant.
    all.sort(Comparator.comparing(Stored::id).reversed());
    return all;
  }

  /** Of a run, newest first, also what has no manifest. */
  static List<Stored> ofRun(BackupStore store, String databaseName, BackupType type, String runId)
      throws IOException {
    Pattern id = ofRun(type, runId);
    return of(store, databaseName).stream()
        .filter(stored -> id.matcher(stored.id()).matches())
        .toList();
  }

  private static Pattern ofRun(BackupType type, String runId) {
    return Pattern.compile("\\d{8}T\\d{6}Z-" + Pattern.quote(type.slug() + "-" + runId));
  }

  /** Removes everything of a run: backups, finished or not, and uploads that were cut off. */
  static void removeRun(BackupStore store, String databaseName, BackupType type, String runId)
      throws IOException {
    Pattern id = ofRun(type, runId);
    store.removeUnfinished(
        databaseName + "/",
        (key, begun) -> {
          String[] parts = key.split("/", -1);
          return parts.length == 3 && id.matcher(parts[1]).matches();
        });
    for (Stored stored : ofRun(store, databaseName, type, runId)) {
      remove(store, stored);
    }
  }

  /** The manifest first: a backup of which a part is gone must not look like one. */
  static void remove(BackupStore store, String directory) throws IOException {
    store.removeUnfinished(directory, (key, begun) -> true);
    store.delete(directory + BackupManifest.FILE_NAME);
    for (StoredObject object : store.list(directory)) {
      store.delete(object.key());
    }
  }

  /** Removes a backup, whole or not. */
  public static void remove(BackupStore store, Stored backup) throws IOException {
    remove(store, backup.directory());
  }

  /**
   * Removes what backups that were cut off have left: begun before the instant, and never finished.
   */
  public static void removeUnfinished(BackupStore store, String databaseName, Instant begunBefore)
      throws IOException {
    store.removeUnfinished(databaseName + "/", (key, begun) -> begun.isBefore(begunBefore));
    for (Stored stored : of(store, databaseName)) {
      if (!stored.finished() && stored.begun().isBefore(begunBefore)) {
        remove(store, stored.directory());
      }
    }
  }
}
