package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.DatabaseMigrationSpec;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.Settings;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.job.StoreAccess;
import dev.litehaven.operator.run.RunLocks;
import dev.litehaven.operator.run.RunObservation.Database;
import dev.litehaven.operator.run.RunStep;
import dev.litehaven.operator.run.Work;
import dev.litehaven.operator.source.Source;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.VerifyRules;

/** The pod of a run's current step. Pure. */
final class RunnerPodFactory {
  private RunnerPodFactory() {}

  static RunnerPod pod(
      MigrationObservation seen, Database.Usable database, VolumeUse volume, Settings settings) {
    Run run = seen.status().run();
    RunnerStep step = Work.MIGRATION.runnerStep(RunStep.valueOf(run.step())).orElseThrow();
    SQLiteDatabaseSpec spec = database.spec();
    String backupClaim = spec.backup().claimName();
    var mount = volume.mount();
    var request =
        new RunnerRequest(
            RunnerRequest.FORMAT_VERSION,
            step,
            new RunRef(
                run.id(),
                database.identity(),
                run.claimUid(),
                run.epoch(),
                "DatabaseMigration/" + seen.run().name()),
            mount.path(),
            database.files(),
            spec.exclude(),
            step == RunnerStep.PLAN || step == RunnerStep.MIGRATE ? work(seen, spec, run) : null,
            backupClaim == null
                ? BackupTarget.ON_VOLUME
                : new BackupTarget(RunnerPod.BACKUP_MOUNT, true),
            run.undoes() == null ? run.id() : run.undoes(),
            Boolean.TRUE.equals(run.byForce()),
            null);
    return new RunnerPod(
        seen.run().namespace(),
        RunLocks.jobName(run, Work.MIGRATION),
        database.name(),
        seen.run().name(),
        request,
        spec.claimName(),
        mount.path(),
        mount.subPath(),
        StoreAccess.ofClaim(backupClaim),
        mount.runner(database.owner(), spec.runner().allowRoot()),
        mount.node(),
        settings.runnerImage(),
        settings.runnerPullPolicy(),
        spec.runner().resources(),
        spec.runner().tolerations(),
        spec.runner().priorityClassName());
  }

  private static MigrationWork work(
      MigrationObservation seen, SQLiteDatabaseSpec database, Run run) {
    if (!(seen.source() instanceof Source.Resolved source)) {
      throw new IllegalStateException("run " + run.id() + " has lost its source");
    }
    DatabaseMigrationSpec spec = seen.spec();
    // The stricter of the two: a migration can tighten what its database allows, never loosen it.
    boolean allowed =
        database.migrationPolicy().destructive() == SQLiteDatabaseSpec.Destructive.ALLOW
            && spec.policy().destructive() == SQLiteDatabaseSpec.Destructive.ALLOW;
    return new MigrationWork(
        spec.history().stream(),
        source.scripts(),
        source.files(),
        spec.targetVersion(),
        allowed ? Destructive.ALLOW : Destructive.FORBID,
        spec.policy().changes(),
        new VerifyRules(
            spec.verify().integrity() == DatabaseMigrationSpec.Integrity.FULL,
            spec.verify().requiredTables(),
            spec.verify().requiredColumns(),
            spec.verify().assertions().stream()
                .map(assertion -> new VerifyRules.Assertion(assertion.name(), assertion.sql()))
                .toList()),
        run.planHash());
  }
}
