package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.Api;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseMigration;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All DatabaseBackups of a namespace, and the way to remove one together with its artifact. */
public final class RecordedBackups {
  private final KubernetesClient client;

  public RecordedBackups(KubernetesClient client) {
    this.client = client;
  }

  /** Live: what is decided on it removes backups. */
  public List<RecordedBackup> list(String namespace) {
    Map<String, String> runs = openRuns(namespace);
    List<DatabaseRestore> restores =
        client.resources(DatabaseRestore.class).inNamespace(namespace).list().getItems();
    return client.resources(DatabaseBackup.class).inNamespace(namespace).list().getItems().stream()
        .map(backup -> read(backup, runs, restores))
        .toList();
  }

  private static RecordedBackup read(
      DatabaseBackup backup, Map<String, String> runs, List<DatabaseRestore> restores) {
    var meta = backup.getMetadata();
    String runId = backup.getSpec().runId();
    return new RecordedBackup(
        meta.getName(),
        meta.getUid(),
        Instant.parse(meta.getCreationTimestamp()),
        meta.getDeletionTimestamp() != null,
        meta.getAnnotations() != null && meta.getAnnotations().containsKey(Api.REMOVED_BECAUSE),
        backup.getSpec(),
        BackupObserver.statusOf(backup),
        Optional.ofNullable(runId).map(runs::get).or(() -> usedBy(backup, restores)));
  }

  /**
   * The restore that is under way from this backup, or may put it back. One that has not chosen yet
   * may choose any of its database.
   */
  static Optional<String> usedBy(DatabaseBackup backup, List<DatabaseRestore> restores) {
    return restores.stream()
        .filter(restore -> restore.getStatus() == null || !restore.getStatus().ended())
        .filter(restore -> uses(restore, backup))
        .map(restore -> "DatabaseRestore/" + restore.getMetadata().getName())
        .findFirst();
  }

  private static boolean uses(DatabaseRestore restore, DatabaseBackup backup) {
    var source = restore.getSpec().source();
    if (source.backupRef() != null
        && source.backupRef().name().equals(backup.getMetadata().getName())) {
      return true;
    }
    if (source.volumeSnapshotRef() != null) {
      return source
          .volumeSnapshotRef()
          .name()
          .equals(BackupObserver.snapshotName(backup.getSpec(), BackupObserver.statusOf(backup)));
    }
    var status = restore.getStatus();
    if (status == null || status.run() == null) {
      return false;
    }
    if (status.run().id().equals(backup.getSpec().runId())) {
      return true;
    }
    if (status.backup() == null) {
      return restore.getSpec().databaseRef().name().equals(backup.getSpec().databaseRef().name());
    }
    var artifact = BackupObserver.statusOf(backup).artifact();
    var file = backup.getSpec().file();
    return artifact != null && artifact.id() != null
        ? status.backup().equals(artifact.id())
        : file != null && file.path().contains("/" + status.backup() + "/");
  }

  /** By the id of a run that may still put its backup back. */
  private Map<String, String> openRuns(String namespace) {
    var runs = new HashMap<String, String>();
    for (DatabaseMigration migration :
        client.resources(DatabaseMigration.class).inNamespace(namespace).list().getItems()) {
      var run = migration.getStatus() == null ? null : migration.getStatus().run();
      if (run != null) {
        String name = "DatabaseMigration/" + migration.getMetadata().getName();
        runs.put(run.id(), name);
        if (run.undoes() != null) {
          runs.put(run.undoes(), name);
        }
      }
    }
    return runs;
  }

  /**
   * Asks for the artifact to be removed and for the record to go after it. Does nothing where the
   * record is another one by now, or is on its way out.
   *
   * @param why for whoever looks at it meanwhile
   */
  public void remove(String namespace, String name, String uid, String why) {
    var resource = client.resources(DatabaseBackup.class).inNamespace(namespace).withName(name);
    DatabaseBackup live = resource.get();
    if (live == null
        || !live.getMetadata().getUid().equals(uid)
        || live.getMetadata().getDeletionTimestamp() != null) {
      return;
    }
    try {
      boolean written =
          BackupObserver.statusOf(live).artifact() != null || !live.getSpec().type().carriedOut();
      if (written) {
        live =
            resource.edit(
                found -> {
                  if (!found.getMetadata().getUid().equals(uid)) {
                    return found;
                  }
                  found.addFinalizer(Api.ARTIFACT_FINALIZER);
                  return annotated(found, Api.REMOVED_BECAUSE, why);
                });
      }
      client.resource(live).lockResourceVersion(live.getMetadata().getResourceVersion()).delete();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND
          && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      // Changed meanwhile, so it is decided on anew.
    }
  }

  /** Writes onto a backup that it is about to go, and why. */
  void announce(String namespace, String name, String uid, String why) {
    var resource = client.resources(DatabaseBackup.class).inNamespace(namespace).withName(name);
    DatabaseBackup live = resource.get();
    if (live != null && live.getMetadata().getUid().equals(uid)) {
      resource.edit(found -> annotated(found, Api.REMOVED_BECAUSE, why));
    }
  }

  private static DatabaseBackup annotated(DatabaseBackup backup, String key, String value) {
    var annotations =
        new HashMap<>(
            backup.getMetadata().getAnnotations() == null
                ? Map.of()
                : backup.getMetadata().getAnnotations());
    annotations.put(key, value);
    backup.getMetadata().setAnnotations(annotations);
    return backup;
  }

  /** Asks a run to stop; a run that has ended is left alone. */
  public void stop(String namespace, String name, String why) {
    var resource = client.resources(DatabaseBackup.class).inNamespace(namespace).withName(name);
    DatabaseBackup live = resource.get();
    if (live == null || BackupObserver.statusOf(live).completedAt() != null) {
      return;
    }
    if (live.getMetadata().getAnnotations() != null
        && live.getMetadata().getAnnotations().containsKey(Api.STOP)) {
      return;
    }
    resource.edit(found -> annotated(found, Api.STOP, why));
  }
}
