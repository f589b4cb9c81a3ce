package dev.litehaven.runner;

import dev.litehaven.protocol.BackupTarget;
import dev.litehaven.protocol.BackupWork;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.RestoreWork;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.steps.Interruption;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/**
 * Requests about a place for backups and a volume.
 *
 * @param files of the database; empty: the step needs none
 */
record PlaceRequests(Path root, List<DatabaseFile> files, BackupTarget target, String identity) {
  static final BackupWork SCHEDULED = work("Scheduled", null);

  static BackupWork work(String type, String unchangedSince, String... ids) {
    return new BackupWork(
        type, List.of(), BackupWork.Verification.FULL, unchangedSince, List.of(ids));
  }

  static RestoreWork latest(boolean olderIfDamaged) {
    return restore(null, null, olderIfDamaged);
  }

  static RestoreWork restore(String id, String notAfter, boolean olderIfDamaged) {
    return new RestoreWork(
        null, id, notAfter, olderIfDamaged, null, null, null, false, null, null, null);
  }

  RunnerRequest request(RunnerStep step, String run, BackupWork backups, RestoreWork restore) {
    return new RunnerRequest(
        RunnerRequest.FORMAT_VERSION,
        step,
        new RunRef(run, identity, "claim-uid", 1, "nightly"),
        root.toString(),
        files,
        List.of(),
        null,
        target,
        null,
        false,
        backups,
        restore,
        null);
  }

  RunnerReport run(RunnerStep step, String run, BackupWork backups, RestoreWork restore) {
    return run(request(step, run, backups, restore), Clock.systemUTC());
  }

  static RunnerReport run(RunnerRequest request, Clock clock) {
    return new Runner(clock, System::nanoTime, line -> {}, new Interruption())
        .run(request)
        .report();
  }
}
