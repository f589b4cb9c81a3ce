package dev.litehaven.runner.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.Sha256;
import dev.litehaven.runner.backup.BackupManifest.File;
import dev.litehaven.runner.store.BackupStore;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * A manifest where it lies: read, and found to be one of this very backup.
 *
 * @param where the backup for sentences
 * @param sha256 of its bytes
 */
record ManifestFile(String key, String where, BackupManifest manifest, String sha256) {
  /**
   * @throws RefusedException {@link Reason#BACKUP_DAMAGED}
   */
  static ManifestFile read(BackupStore store, String key) throws IOException {
    String directory = directory(key);
    var nothing = new ManifestFile(key, where(store, key), null, null);
    byte[] bytes =
        store
            .read(key)
            .orElseThrow(() -> nothing.damaged("there is no manifest, so it was never finished"));
    BackupManifest manifest;
    try {
      manifest = BackupManifest.parse(bytes);
    } catch (JsonProcessingException e) {
      throw nothing.damaged("the manifest cannot be read: " + e.getOriginalMessage());
    }
    nothing.require(manifest, directory.substring(directory.lastIndexOf('/') + 1));
    return new ManifestFile(key, nothing.where, manifest, Sha256.of(bytes));
  }

  static String where(BackupStore store, String key) {
    return store.describe(directory(key));
  }

  private static String directory(String key) {
    return key.substring(0, key.lastIndexOf('/'));
  }

  private void require(BackupManifest found, String id) {
    if (found == null || found.formatVersion() != BackupManifest.FORMAT_VERSION) {
      throw damaged("the manifest's format is not one this release knows");
    }
    // The id is in the directory's name, so a manifest of another backup is recognised.
    if (!id.equals(found.id())) {
      throw damaged("the manifest belongs to the backup " + found.id());
    }
    Set<String> artifacts = new HashSet<>();
    Set<String> names = new HashSet<>();
    boolean plain = found.type() != null;
    for (File file : found.files()) {
      plain &=
          isFileName(file.name())
              && names.add(file.name())
              && isFileName(file.artifact())
              && artifacts.add(file.artifact());
    }
    if (found.companions() != null) {
      String artifact = found.companions().artifact();
      plain &= isFileName(artifact) && artifacts.add(artifact);
    }
    if (!plain) {
      throw damaged("the manifest does not name each file beside it once");
    }
    if (names.isEmpty()) {
      throw damaged("the manifest names no file beside it");
    }
  }

  private static boolean isFileName(String name) {
    return name != null
        && !name.isEmpty()
        && !name.contains("/")
        && !name.equals(".")
        && !name.equals("..");
  }

  String sibling(String name) {
    return key.substring(0, key.lastIndexOf('/') + 1) + name;
  }

  RefusedException damaged(String what) {
    return new RefusedException(
        Reason.BACKUP_DAMAGED,
        "The backup "
            + where
            + " cannot be relied on: "
            + what
            + ". The database itself was not touched; make a new backup, and look at the storage"
            + " that holds this one.");
  }
}
