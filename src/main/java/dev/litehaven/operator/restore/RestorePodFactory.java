package dev.litehaven.operator.restore;

import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Mode;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Tables;
import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec.Transform;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.Settings;
import dev.litehaven.operator.backup.Place;
import dev.litehaven.operator.backup.PlaceFactory;
import dev.litehaven.operator.job.JobRefusedException;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.job.StoreAccess;
import dev.litehaven.operator.location.LocationTarget;
import dev.litehaven.operator.location.LocationTarget.Keys;
import dev.litehaven.operator.run.RunLocks;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.run.RunStep;
import dev.litehaven.operator.run.Work;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.Sha256;
import dev.litehaven.protocol.VerifyRules;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;

/**
 * The pod of a restore's current step. Only the one that fetches gets to the place where backups
 * lie, and it runs nobody's SQL. Pure.
 */
final class RestorePodFactory {
  /** What was fetched says itself what it is, so a stopped workload waits for no place. */
  private static final RestoreSource.Found STAGED =
      new RestoreSource.Found(new Place.Nowhere(), null, null, null, false);

  /** Where the volume that is restored is mounted while a snapshot is where it will be. */
  private static final String BESIDE_SNAPSHOT = "/var/lib/litehaven/restored";

  private RestorePodFactory() {}

  /**
   * @param own how the workload has the database's volume, and who it is there: also on a volume
   *     that nobody mounts yet
   * @throws JobRefusedException when a fetch has nothing to fetch from now; no other step needs the
   *     place, since by then what was fetched lies on the volume
   */
  static RunnerPod pod(
      RestoreObservation seen,
      Database.Usable database,
      VolumeUse volume,
      VolumeUse.Mount own,
      Settings settings) {
    Run run = seen.run().run();
    RunnerStep step = Work.RESTORE.runnerStep(RunStep.valueOf(run.step())).orElseThrow();
    LocationTarget target =
        step == RunnerStep.FETCH
            ? target(found(seen).place(), run.claimName(), own)
            : backups(database.spec());
    var mount = volume.mount();
    // A snapshot's volume takes the place where the workload has its own.
    String mountPath = target.access().snapshot() == null ? mount.path() : BESIDE_SNAPSHOT;
    RunnerPod.Identity runner = own.runner(database.owner(), database.spec().runner().allowRoot());
    var request =
        new RunnerRequest(
            RunnerRequest.FORMAT_VERSION,
            step,
            new RunRef(
                run.id(),
                database.identity(),
                run.claimUid(),
                run.epoch(),
                "DatabaseRestore/" + seen.run().name()),
            mountPath,
            database.files(),
            database.spec().exclude(),
            null,
            target.target(),
            run.id(),
            false,
            null,
            switch (step) {
              case FETCH -> work(seen, database, found(seen));
              case RESTORE -> work(seen, database, STAGED);
              default -> null;
            },
            null);
    return new RunnerPod(
        seen.run().namespace(),
        RunLocks.jobName(run, Work.RESTORE),
        database.name(),
        null,
        request,
        run.claimName(),
        mountPath,
        mount.subPath(),
        target.access(),
        seen.spec().mode() == Mode.NEW_CLAIM ? runner.withVolume() : runner,
        mount.node(),
        settings.runnerImage(),
        settings.runnerPullPolicy(),
        database.spec().runner().resources(),
        database.spec().runner().tolerations(),
        database.spec().runner().priorityClassName());
  }

  /** What was there before is kept where the backups before migrations are. */
  private static LocationTarget backups(SQLiteDatabaseSpec spec) {
    String claim = spec.backup().claimName();
    return new LocationTarget(
        claim == null ? BackupTarget.ON_VOLUME : new BackupTarget(RunnerPod.BACKUP_MOUNT, true),
        StoreAccess.ofClaim(claim));
  }

  /** A place that is not ready now may be later; a backup that is gone stays gone. */
  private static RestoreSource.Found found(RestoreObservation seen) {
    return switch (seen.source()) {
      case RestoreSource.Found found -> found;
      case RestoreSource.Problem problem ->
          throw problem.stalled()
              ? JobRefusedException.of(problem.message())
              : JobRefusedException.passing(problem.message());
    };
  }

  private static LocationTarget target(Place place, String restored, VolumeUse.Mount own) {
    if (place instanceof Place.OnVolume(String claim) && !claim.equals(restored)) {
      // The backups beside another database: mounted as a second claim.
      return new LocationTarget(
          new BackupTarget(RunnerPod.BACKUP_MOUNT + "/" + Place.ON_VOLUME_DIRECTORY, false),
          StoreAccess.ofClaim(claim));
    }
    return PlaceFactory.target(place, Keys.WITH_IDENTITY, own);
  }

  private static RestoreWork work(
      RestoreObservation seen, Database.Usable database, RestoreSource.Found source) {
    DatabaseRestoreSpec spec = seen.spec();
    Tables tables = spec.tables();
    Transform transform = spec.transform();
    return new RestoreWork(
        source.identity() == null ? database.identity() : source.identity(),
        source.backupId(),
        source.notAfter(),
        source.olderIfDamaged(),
        switch (spec.mode()) {
          case IN_PLACE -> RestoreWork.Mode.IN_PLACE;
          case IF_ABSENT -> RestoreWork.Mode.IF_ABSENT;
          case NEW_CLAIM -> RestoreWork.Mode.EMPTY;
        },
        tables == null ? List.of() : tables.include(),
        tables == null ? List.of() : tables.exclude(),
        spec.dryRun(),
        transform == null ? List.of() : transform.sql(),
        transform == null
            ? List.of()
            : transform.assertions().stream()
                .map(assertion -> new VerifyRules.Assertion(assertion.name(), assertion.sql()))
                .toList(),
        spec.dryRun() ? null : token(seen, database));
  }

  /** Names this restore for ever, also when its resource was pruned and applied again. */
  static String token(RestoreObservation seen, Database.Usable database) {
    return Sha256.of(
        String.join(
            "\u0000",
            seen.run().namespace(),
            seen.run().name(),
            database.identity(),
            Serialization.asJson(seen.spec())));
  }
}
