package dev.litehaven.operator.schedule;

import dev.litehaven.operator.backup.RecordedBackup;
import dev.litehaven.operator.schedule.Run.Outcome;
import java.time.Instant;
import java.util.Optional;

/** The run that a scheduled backup is. Pure. */
final class RecordedRunFactory {
  private RecordedRunFactory() {}

  static Run run(RecordedBackup backup) {
    var by = backup.spec().scheduledBy();
    RunKey key =
        by.time() == null
            ? new RunKey.Requested(by.request())
            : new RunKey.Scheduled(Instant.parse(by.time()));
    if (!backup.completed()) {
      return Run.running(key);
    }
    var status = backup.status();
    return new Run(
        key,
        backup.succeeded() ? Outcome.SUCCEEDED : Outcome.FAILED,
        Optional.of(Instant.parse(status.completedAt())),
        Optional.ofNullable(status.verifiedAt()).map(Instant::parse));
  }
}
