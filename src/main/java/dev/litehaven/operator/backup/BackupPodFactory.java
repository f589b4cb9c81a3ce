package dev.litehaven.operator.backup;

import dev.litehaven.api.v1alpha1.BackupScheduleSpec.Level;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Artifact;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus.Run;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.Settings;
import dev.litehaven.operator.backup.BackupObservation.Database;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.location.LocationTarget;
import dev.litehaven.operator.location.LocationTarget.Keys;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.BackupWork;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import java.util.List;
import java.util.Optional;

/** The pod of a backup's present step. Pure. */
final class BackupPodFactory {
  private BackupPodFactory() {}

  /** Null where the step has no pod. */
  static String jobName(Run run) {
    return BackupStep.of(run.step())
        .runner()
        .map(step -> Names.job(run.id(), step.name().replace('_', '-'), run.attempt()))
        .orElse(null);
  }

  static RunnerPod pod(BackupObservation seen, Settings settings) {
    Run run = seen.run();
    BackupStep step = BackupStep.of(run.step());
    boolean onVolume = seen.place() instanceof Place.OnVolume;
    // What only goes to the store has no need to see the database.
    boolean data = step == BackupStep.BACKUP || onVolume;
    VolumeUse.Mount mount = seen.volume().map(VolumeUse::mount).orElse(VolumeUse.Mount.DEFAULT);
    LocationTarget place =
        PlaceFactory.target(
            seen.place(),
            step == BackupStep.BACKUP ? Keys.WITHOUT_IDENTITY : Keys.WITH_IDENTITY,
            mount);
    // Of a database that is gone, nobody is left who could own what is there.
    LocationTarget target =
        seen.database()
            .map(one -> place.ownedBy(one.uid(), identity(seen), takeover(seen.place())))
            .orElse(place);
    String mountPath = data ? mount.path() : RunnerPod.SCRATCH_MOUNT;
    Optional<SQLiteDatabaseSpec> spec = seen.database().map(Database::spec);
    var request =
        new RunnerRequest(
            RunnerRequest.FORMAT_VERSION,
            step.runner().orElseThrow(),
            new RunRef(
                run.id(),
                identity(seen),
                claimUid(seen),
                run.epoch() == null ? 0 : run.epoch(),
                "DatabaseBackup/" + seen.name()),
            mountPath,
            files(seen),
            spec.map(SQLiteDatabaseSpec::exclude).orElse(List.of()),
            null,
            target.target(),
            null,
            false,
            work(seen, step),
            null,
            data ? null : RunnerPod.SCRATCH_MOUNT);
    RunnerPod.Identity identity =
        mount.runner(
            seen.database().map(Database::owner).orElse(null),
            spec.map(one -> one.runner().allowRoot()).orElse(false));
    return new RunnerPod(
        seen.namespace(),
        jobName(run),
        seen.spec().databaseRef().name(),
        null,
        request,
        data ? claim(seen) : null,
        mountPath,
        data ? mount.subPath() : null,
        target.access(),
        // Whose files a snapshot has, it has them of the workload.
        data || seen.place() instanceof Place.InSnapshot ? identity : identity.orGroupOfImage(),
        data ? mount.node() : null,
        settings.runnerImage(),
        settings.runnerPullPolicy(),
        spec.map(one -> one.runner().resources()).orElse(null),
        spec.map(one -> one.runner().tolerations()).orElse(List.of()),
        spec.map(one -> one.runner().priorityClassName()).orElse(null));
  }

  private static List<String> takeover(Place place) {
    return place instanceof Place.InLocation location ? location.spec().takeover() : List.of();
  }

  static String identity(BackupObservation seen) {
    return seen.status().identity() != null
        ? seen.status().identity()
        : seen.spec().identity() != null
            ? seen.spec().identity()
            : seen.database()
                .map(Database::identity)
                .orElse(seen.namespace() + "/" + seen.spec().databaseRef().name());
  }

  private static String claim(BackupObservation seen) {
    return seen.place() instanceof Place.OnVolume(String claim)
        ? claim
        : seen.database().orElseThrow().spec().claimName();
  }

  private static String claimUid(BackupObservation seen) {
    return seen.volume().flatMap(VolumeUse::claim).map(VolumeUse.Claim::uid).orElse(seen.uid());
  }

  /**
   * Of a database that is gone, the path of the manifest still says how its first file was called.
   */
  private static List<DatabaseFile> files(BackupObservation seen) {
    List<DatabaseFile> known = seen.database().map(Database::files).orElse(List.of());
    if (!known.isEmpty()) {
      return known;
    }
    return path(seen)
        .map(path -> path.split("/", -1))
        .filter(parts -> parts.length >= 3)
        .map(parts -> parts[parts.length - 3])
        .map(name -> List.of(new DatabaseFile(name, name)))
        .orElse(List.of());
  }

  private static Optional<String> path(BackupObservation seen) {
    Artifact artifact = seen.status().artifact();
    return Optional.ofNullable(artifact)
        .map(Artifact::path)
        .or(() -> Optional.ofNullable(seen.spec().file()).map(file -> file.path()));
  }

  private static BackupWork work(BackupObservation seen, BackupStep step) {
    var level =
        seen.spec().level() == Level.QUICK
            ? BackupWork.Verification.QUICK
            : BackupWork.Verification.FULL;
    if (step.runner().orElseThrow() == RunnerStep.BACKUP) {
      return new BackupWork(
          seen.spec().type().text(),
          seen.database().map(found -> found.spec().include()).orElse(List.of()),
          level,
          seen.spec().skipUnchanged()
              ? seen.newest().map(BackupObservation.Newest::contentHash).orElse(null)
              : null,
          List.of());
    }
    return new BackupWork(seen.spec().type().text(), List.of(), level, null, ids(seen));
  }

  /** The directory of the manifest is called like the backup. */
  private static List<String> ids(BackupObservation seen) {
    Artifact artifact = seen.status().artifact();
    if (artifact != null && artifact.id() != null) {
      return List.of(artifact.id());
    }
    return path(seen)
        .map(path -> path.split("/", -1))
        .filter(parts -> parts.length >= 2)
        .map(parts -> List.of(parts[parts.length - 2]))
        .orElse(List.of());
  }
}
