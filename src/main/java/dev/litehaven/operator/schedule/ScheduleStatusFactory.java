package dev.litehaven.operator.schedule;

import dev.litehaven.api.v1alpha1.BackupScheduleStatus;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.Database;
import dev.litehaven.operator.schedule.DatabaseProgress.OpenRun;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a schedule remembers, to its status and back: the same comes back as was written. Pure. */
final class ScheduleStatusFactory {
  private ScheduleStatusFactory() {}

  static ScheduleState state(BackupScheduleStatus status) {
    if (status.cron() == null) {
      return ScheduleState.none();
    }
    return new ScheduleState(
        status.cron(),
        Boolean.TRUE.equals(status.suspended()),
        Optional.ofNullable(status.lastHandledRequest()),
        time(status.lastScheduleTime()),
        time(status.lastSuccessfulTime()),
        time(status.lastVerifiedTime()),
        status.consecutiveFailures() == null ? 0 : status.consecutiveFailures(),
        status.missedRuns() == null ? 0 : status.missedRuns(),
        status.databases().stream().map(ScheduleStatusFactory::progress).toList());
  }

  static List<Database> databases(ScheduleState state) {
    return state.databases().stream().map(ScheduleStatusFactory::database).toList();
  }

  private static DatabaseProgress progress(Database database) {
    return new DatabaseProgress(
        database.identity(),
        Instant.parse(database.decided()),
        time(database.lastScheduleTime()),
        Optional.ofNullable(database.open())
            .map(open -> new OpenRun(key(open), Instant.parse(open.started()))),
        Optional.ofNullable(database.requested()),
        time(database.stopping()),
        time(database.replacement()),
        database.consecutiveFailures() == null ? 0 : database.consecutiveFailures(),
        database.missedRuns() == null ? 0 : database.missedRuns());
  }

  private static RunKey key(BackupScheduleStatus.OpenRun open) {
    return open.time() == null
        ? new RunKey.Requested(open.request())
        : new RunKey.Scheduled(Instant.parse(open.time()));
  }

  private static Database database(DatabaseProgress progress) {
    return new Database(
        progress.identity(),
        progress.decided().toString(),
        text(progress.lastScheduleTime()),
        progress.open().map(ScheduleStatusFactory::open).orElse(null),
        progress.requested().orElse(null),
        text(progress.stopping()),
        text(progress.replacement()),
        progress.consecutiveFailures(),
        progress.missedRuns());
  }

  private static BackupScheduleStatus.OpenRun open(OpenRun run) {
    return switch (run.key()) {
      case RunKey.Scheduled(Instant time) ->
          new BackupScheduleStatus.OpenRun(time.toString(), null, run.started().toString());
      case RunKey.Requested(String token) ->
          new BackupScheduleStatus.OpenRun(null, token, run.started().toString());
    };
  }

  static Optional<Instant> time(String text) {
    return Optional.ofNullable(text).map(Instant::parse);
  }

  static String text(Optional<Instant> time) {
    return time.map(Instant::toString).orElse(null);
  }
}
