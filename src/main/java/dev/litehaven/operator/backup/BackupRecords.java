package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus;
import dev.litehaven.api.v1alpha1.LocalReference;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.naming.Labels;
import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.Reason;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Writes down, as DatabaseBackup resources, the backups that runs have made. Owned by nobody. */
public final class BackupRecords {
  private final KubernetesClient client;
  private final Clock clock;

  public BackupRecords(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /**
   * @param place claim and directory of the backups
   */
  public void file(
      String namespace,
      String name,
      String database,
      String identity,
      String runId,
      List<String> place,
      BackupRecord backup) {
    var type =
        Arrays.stream(DatabaseBackupSpec.Type.values())
            .filter(one -> one.text().equals(backup.type()))
            .findFirst()
            .orElse(DatabaseBackupSpec.Type.FAILED_STATE);
    var spec =
        new DatabaseBackupSpec(
            new LocalReference(database),
            identity,
            type,
            DatabaseBackupSpec.Method.FILE,
            runId,
            new DatabaseBackupSpec.File(place.get(0), place.get(1), backup.manifestPath()),
            null);
    var conditions = Conditions.following(List.of(), 1, clock.instant());
    write(
        namespace,
        name,
        spec,
        new DatabaseBackupStatus(
            1L,
            backup.verified()
                ? conditions.ended(
                    true,
                    Reason.SUCCEEDED,
                    "Read back from where it lies, decompressed, opened and compared: %d rows%s."
                        .formatted(
                            backup.rows(),
                            backup.files().size() > 1
                                ? " in " + String.join(", ", backup.files())
                                : ""))
                : conditions.ended(false, Reason.BACKUP_FAILED, "It could not be read back."),
            backup.verified(),
            size(backup.sizeBytes()),
            backup.sizeBytes(),
            backup.databaseBytes(),
            backup.sha256(),
            backup.contentHash(),
            backup.rows(),
            backup.schemaVersion(),
            backup.createdAt(),
            backup.sameVolume()));
  }

  /** A snapshot that is ready to use; nobody has opened it, so it does not count as verified. */
  public void snapshot(
      String namespace,
      String name,
      String database,
      String identity,
      String runId,
      String snapshot) {
    var spec =
        new DatabaseBackupSpec(
            new LocalReference(database),
            identity,
            DatabaseBackupSpec.Type.PRE_MIGRATION,
            DatabaseBackupSpec.Method.VOLUME_SNAPSHOT,
            runId,
            null,
            new DatabaseBackupSpec.VolumeSnapshot(snapshot));
    write(
        namespace,
        name,
        spec,
        new DatabaseBackupStatus(
            1L,
            Conditions.following(List.of(), 1, clock.instant())
                .ended(
                    true, Reason.SUCCEEDED, "The VolumeSnapshot is ready to use; not opened yet."),
            false,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            clock.instant().toString(),
            null));
  }

  private void write(
      String namespace, String name, DatabaseBackupSpec spec, DatabaseBackupStatus status) {
    var backup = new DatabaseBackup();
    backup.setMetadata(
        new ObjectMetaBuilder()
            .withName(name)
            .withNamespace(namespace)
            .withLabels(Labels.backup(spec.databaseRef().name(), spec.runId(), spec.type().text()))
            .build());
    backup.setSpec(spec);
    var resource = client.resources(DatabaseBackup.class).inNamespace(namespace);
    DatabaseBackup live;
    try {
      live = resource.resource(backup).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      live = resource.withName(name).get();
    }
    // Whoever made it may have died before this, and others may have looked at it meanwhile.
    if (live != null && !told(live.getStatus())) {
      live.setStatus(status);
      resource.resource(live).updateStatus();
    }
  }

  private static boolean told(DatabaseBackupStatus status) {
    return status != null
        && status.conditions().stream()
            .anyMatch(condition -> Condition.SUCCEEDED.equals(condition.type()));
  }

  /** For humans: {@code 12.4 MiB}. */
  static String size(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
  }
}
