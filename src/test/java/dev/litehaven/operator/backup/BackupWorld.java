package dev.litehaven.operator.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.BackupLocationSpec;
import dev.litehaven.api.v1alpha1.BackupScheduleSpec.DeletionPolicy;
import dev.litehaven.api.v1alpha1.BackupScheduleSpec.Level;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Method;
import dev.litehaven.api.v1alpha1.DatabaseBackupSpec.Type;
import dev.litehaven.api.v1alpha1.DatabaseBackupStatus;
import dev.litehaven.api.v1alpha1.LocalReference;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec.Mode;
import dev.litehaven.crd.CrdBounds;
import dev.litehaven.operator.backup.BackupObservation.Database;
import dev.litehaven.operator.backup.BackupObservation.Newest;
import dev.litehaven.operator.backup.BackupPlan.Effect;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.BackupRecord;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A backup and what is around it, as values; effects are carried out on them. */
final class BackupWorld {
  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final CrdBounds BOUNDS = CrdBounds.status("databasebackups");

  Instant now = START;
  Type type = Type.MANUAL;
  Method method = Method.FILE;
  boolean skipUnchanged;
  DeletionPolicy deletionPolicy = DeletionPolicy.RETAIN;
  DatabaseBackupSpec.File file;
  DatabaseBackupSpec.VolumeSnapshot volumeSnapshot;
  DatabaseBackupStatus status = DatabaseBackupStatus.unobserved();
  boolean deleting;
  boolean held;
  boolean keeping;
  Optional<String> stop = Optional.empty();
  Optional<String> removed = Optional.empty();
  Optional<String> requestedAt = Optional.empty();
  boolean database = true;
  boolean ready = true;
  Mode mode = Mode.PROTECT;
  List<DatabaseFile> files = List.of(new DatabaseFile("main", "app.db"));
  Optional<VolumeUse.Claim> claim =
      Optional.of(new VolumeUse.Claim("data", "uid-claim", true, false, false));
  String node = "node-1";
  boolean mounted = true;
  FileOwner owner = new FileOwner(1000, 1000L, false);
  LockState lock = new LockState.Free();
  Place place = new Place.InLocation("s3", bucket(), Optional.empty());
  JobState job = new JobState.Absent();
  boolean alive;
  SnapshotState snapshot = new SnapshotState.Absent();
  Optional<Newest> newest = Optional.empty();
  List<Effect> done = new ArrayList<>();
  BackupPlan last;

  BackupObservation seen() {
    return new BackupObservation(
        now,
        "shop",
        "nightly",
        "uid-backup",
        1,
        START,
        deleting,
        held,
        keeping,
        stop,
        removed,
        requestedAt,
        new DatabaseBackupSpec(
            new LocalReference("shop-db"),
            null,
            type,
            method,
            null,
            file,
            volumeSnapshot,
            null,
            Level.FULL,
            skipUnchanged,
            deletionPolicy,
            null),
        status,
        database ? Optional.of(database()) : Optional.empty(),
        Optional.of(
            new VolumeUse(
                claim,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                mounted ? mount() : VolumeUse.Mount.DEFAULT)),
        lock,
        place,
        job,
        alive,
        snapshot,
        newest);
  }

  private VolumeUse.Mount mount() {
    return new VolumeUse.Mount(
        "/data",
        null,
        new RunnerPod.Identity(1000L, 1000L, 1000L, List.of(), null),
        node,
        List.of(),
        null);
  }

  private Database database() {
    return new Database(
        "shop-db",
        "uid-db",
        "shop/shop-db",
        new SQLiteDatabaseSpec(
            "data", mode, null, null, null, null, null, null, null, null, null, null),
        files,
        owner,
        7,
        true,
        ready,
        "Corrupt",
        "It is corrupt.");
  }

  /** One look: the plan's effects are carried out, and its status is written. */
  BackupPlan next() {
    last = BackupPlanner.plan(seen());
    for (Effect effect : last.effects()) {
      done.add(effect);
      switch (effect) {
        case HOLD -> held = true;
        case LET_GO -> held = false;
        case KEEP_UNTIL_REMOVED -> keeping = true;
        case REMOVED -> keeping = false;
        case TAKE_LOCK -> lock = new LockState.Held(8);
        case RELEASE_LOCK -> lock = new LockState.Free();
        case START_JOB -> {
          job = new JobState.Active(false, "");
          alive = true;
        }
        case DELETE_JOB -> {
          job = new JobState.Absent();
          alive = false;
        }
        case TAKE_SNAPSHOT -> snapshot = new SnapshotState.Pending("lh-b", "");
        case DELETE_SNAPSHOT -> snapshot = new SnapshotState.Absent();
        case EXPIRE_JOB -> {}
      }
    }
    status = last.status();
    BOUNDS.check(status);
    return last;
  }

  /** Until the Job is started. */
  BackupWorld started() {
    for (int i = 0; i < 10 && !(job instanceof JobState.Active); i++) {
      next();
    }
    assertThat(job).isInstanceOf(JobState.Active.class);
    return this;
  }

  BackupWorld reports(Outcome outcome, Reason reason, String message, BackupRecord... backups) {
    job =
        new JobState.Reported(
            new RunnerReport(
                1,
                RunnerStep.BACKUP,
                status.run().id(),
                8,
                outcome,
                reason,
                message,
                null,
                List.of(backups),
                null,
                null,
                Map.of()));
    alive = false;
    next();
    job = new JobState.Absent();
    return this;
  }

  BackupWorld made() {
    return started().reports(Outcome.SUCCEEDED, Reason.SUCCEEDED, "Done.", backup(true));
  }

  static BackupRecord backup(boolean verified) {
    return new BackupRecord(
        "20260301T120000Z-manual-b",
        "Manual",
        "main",
        List.of("main"),
        "shop%2Fshop-db/main/20260301T120000Z-manual-b/manifest.json",
        1000,
        4096,
        "aa",
        "bb",
        12,
        "3",
        verified,
        false,
        "2026-03-01T12:00:00Z");
  }

  void pass(Duration time) {
    now = now.plus(time);
  }

  String condition(String type) {
    return status.conditions().stream()
        .filter(condition -> condition.type().equals(type))
        .map(condition -> condition.status() + " " + condition.reason())
        .findFirst()
        .orElse("");
  }

  String message() {
    return status.conditions().getFirst().message();
  }

  boolean locked() {
    return lock instanceof LockState.Held;
  }

  /** Nothing of the run is left: neither lock, finalizer nor Job. */
  void leftNothing() {
    assertThat(locked()).as("lock").isFalse();
    assertThat(held).as("finalizer").isFalse();
    assertThat(alive).as("runner").isFalse();
    assertThat(status.run()).as("run").isNull();
  }

  static BackupLocationSpec bucket() {
    return new BackupLocationSpec(
        null,
        new BackupLocationSpec.S3(
            "http://s3:7070",
            null,
            "backups",
            null,
            null,
            null,
            null,
            new LocalReference("keys"),
            null,
            null,
            null),
        null,
        List.of());
  }

  static final String SUCCEEDED = Condition.SUCCEEDED;
  static final String READY = Condition.READY;
}
