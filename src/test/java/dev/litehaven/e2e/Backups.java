package dev.litehaven.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.BackupLocation;
import dev.litehaven.api.v1alpha1.BackupSchedule;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackup;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Artifact;
import dev.litehaven.api.v1alpha1.DatabaseRestore;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Optional;

/** What a user does with backups. */
final class Backups {
  private final Haven haven;

  Backups(Haven haven) {
    this.haven = haven;
  }

  /** A location on a claim of its own, which a pod without the gate has mounted, to look at it. */
  void locationOnClaim(String name) {
    haven.apply(Apps.claim(name));
    haven.apply(Apps.idle(name, name + "-data"));
    haven.awaitRunning(name);
    haven.apply(
        """
        apiVersion: litehaven.dev/v1alpha1
        kind: BackupLocation
        metadata: {name: %1$s}
        spec: {claim: {name: %1$s-data, path: backups}}
        """
            .formatted(name));
    awaitLocation(name);
  }

  void awaitLocation(String name) {
    haven.await(
        "location " + name,
        () -> location(name),
        found ->
            found.getStatus() != null && ready(found.getStatus().conditions()).startsWith("True"));
  }

  BackupLocation location(String name) {
    return haven
        .client
        .resources(BackupLocation.class)
        .inNamespace(haven.namespace)
        .withName(name)
        .get();
  }

  DatabaseRestore restore(String name) {
    return haven
        .client
        .resources(DatabaseRestore.class)
        .inNamespace(haven.namespace)
        .withName(name)
        .get();
  }

  /** How a restore has ended, one way or the other. */
  DatabaseRestoreStatus awaitRestored(String name) {
    return haven
        .await(
            "the end of restore " + name,
            () -> restore(name),
            found -> found != null && found.getStatus() != null && found.getStatus().ended())
        .getStatus();
  }

  DatabaseBackup backup(String name) {
    return haven
        .client
        .resources(DatabaseBackup.class)
        .inNamespace(haven.namespace)
        .withName(name)
        .get();
  }

  BackupSchedule schedule(String name) {
    return haven
        .client
        .resources(BackupSchedule.class)
        .inNamespace(haven.namespace)
        .withName(name)
        .get();
  }

  /** Of a schedule, those that are not on their way out. */
  List<DatabaseBackup> of(String schedule) {
    return haven
        .client
        .resources(DatabaseBackup.class)
        .inNamespace(haven.namespace)
        .withLabel("litehaven.dev/schedule", schedule)
        .list()
        .getItems();
  }

  /** The run that a request has asked for, when it has ended. */
  Optional<DatabaseBackup> ended(String schedule, String request) {
    return of(schedule).stream()
        .filter(one -> request.equals(one.getSpec().scheduledBy().request()))
        .filter(Backups::hasEnded)
        .findFirst();
  }

  /**
   * @param more further fields of the spec, a line each
   */
  void apply(String name, String database, String more) {
    apply("DatabaseBackup", name, database, more);
  }

  /**
   * @param more further fields of the spec, a line each
   */
  void applyRestore(String name, String database, String more) {
    apply("DatabaseRestore", name, database, more);
  }

  /**
   * Where nothing of it is left: the claim, the app that waits, the database, and one restore that
   * brings back what this backup was. Then the app starts.
   *
   * @param location manifests of the location s3
   * @param from further fields of the source's location
   */
  void bringBack(String app, String location, String from, DatabaseBackup made) {
    haven.apply(Apps.claim(app));
    haven.apply(Apps.held(app, "v1", "holdings.quantity").replace("replicas: 1", "replicas: 0"));
    haven.apply(Apps.database(app));
    haven.apply(location);
    applyIfAbsent("disaster", app, from);
    DatabaseRestoreStatus restored = awaitRestored("disaster");
    assertThat(succeeded(restored)).as(haven.story() + restored).isEqualTo("True Succeeded");
    assertThat(restored.backup()).isEqualTo(made.getStatus().artifact().id());

    haven.kubectl("scale", "deployment", app, "--replicas=1");
    haven.awaitRunning(app);
  }

  /** From location s3, where no database is. */
  void applyIfAbsent(String name, String database, String from) {
    applyRestore(
        name,
        database,
        "mode: IfAbsent\nsource: {location: {locationRef: {name: s3}%s}}".formatted(from));
  }

  /** In place, of the database as it is now. */
  void restoreInPlace(String name, String database, String more) {
    applyRestore(
        name,
        database,
        "databaseUid: %s\n%s".formatted(haven.database(database).getMetadata().getUid(), more));
  }

  private void apply(String kind, String name, String database, String more) {
    haven.apply(
        """
        apiVersion: litehaven.dev/v1alpha1
        kind: %s
        metadata: {name: %s}
        spec:
          databaseRef: {name: %s}
        %s
        """
            .formatted(kind, name, database, more.indent(2).stripTrailing()));
  }

  DatabaseBackup byHand(String name, String database, String more) {
    apply(name, database, more);
    return awaitEnd(name);
  }

  DatabaseBackup awaitEnd(String name) {
    return haven.await(
        "the end of backup " + name, () -> backup(name), found -> found != null && hasEnded(found));
  }

  static boolean hasEnded(DatabaseBackup backup) {
    return backup.getStatus() != null && backup.getStatus().completedAt() != null;
  }

  /**
   * @param spec a line for each field
   */
  void schedule(String name, String spec) {
    haven.apply(
        """
        apiVersion: litehaven.dev/v1alpha1
        kind: BackupSchedule
        metadata: {name: %s}
        spec:
        %s
        """
            .formatted(name, spec.indent(2).stripTrailing()));
  }

  void request(String schedule, String token) {
    haven.kubectl(
        "annotate", "--overwrite", "bsched", schedule, "litehaven.dev/requestedAt=" + token);
  }

  /** Runner pods of a backup, by what is written on them. */
  List<Pod> pods(String backup) {
    return haven.runners().stream()
        .filter(
            pod ->
                pod.getMetadata().getAnnotations() != null
                    && ("DatabaseBackup/" + backup)
                        .equals(pod.getMetadata().getAnnotations().get("litehaven.dev/asked-by")))
        .toList();
  }

  /** Ids of what lies in a location on a claim, of one identity. */
  List<String> artifacts(String location, String identity) {
    String found =
        haven.exec(
            haven.awaitRunning(location),
            "python3",
            "-c",
            "import glob\nfor m in glob.glob('/data/backups/*/*/*/manifest.json'): print(m)");
    assertThat(identity).isNotBlank();
    return found
        .lines()
        .map(line -> line.split("/", -1))
        .map(parts -> parts[parts.length - 2])
        .toList();
  }

  void removeArtifact(String location, Artifact artifact) {
    haven.exec(
        haven.awaitRunning(location),
        "python3",
        "-c",
        "import shutil,glob,sys\nfor d in glob.glob('/data/backups/*/*/'+sys.argv[1]): shutil.rmtree(d)",
        artifact.id());
  }

  static String succeeded(DatabaseBackup backup) {
    return condition(backup.getStatus().conditions(), Condition.SUCCEEDED);
  }

  static String succeeded(DatabaseRestoreStatus status) {
    return condition(status.conditions(), Condition.SUCCEEDED);
  }

  static String ready(List<Condition> conditions) {
    return condition(conditions, Condition.READY);
  }

  private static String condition(List<Condition> conditions, String type) {
    return conditions.stream()
        .filter(condition -> condition.type().equals(type))
        .map(condition -> condition.status() + " " + condition.reason())
        .findFirst()
        .orElse("");
  }
}
