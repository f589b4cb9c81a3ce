package dev.litehaven.operator.schedule;

import dev.litehaven.api.v1alpha1.BackupScheduleStatus;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.Drill;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.Waiting;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.schedule.SchedulePlan.Cause;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.Locale;

/** What a schedule says of itself, once it is decided what it does. Pure. */
final class SchedulePlanDraft {
  private final ScheduleObservation seen;
  private final Conditions following;

  SchedulePlanDraft(ScheduleObservation seen) {
    this.seen = seen;
    this.following =
        Conditions.following(seen.status().conditions(), seen.generation(), seen.now());
  }

  /** A schedule that cannot be used does nothing, and forgets nothing. */
  BackupScheduleStatus invalid(InvalidScheduleException e) {
    return seen.status()
        .with(
            seen.generation(),
            following.stalled(
                Reason.INVALID_SCHEDULE,
                e.getMessage() + " Correct it; nothing is started until then."));
  }

  BackupScheduleStatus of(
      SchedulePlan plan, BackupScheduleStatus.Retention retention, Drill drill) {
    ScheduleState state = plan.state();
    int active = (int) state.databases().stream().filter(one -> one.open().isPresent()).count();
    return new BackupScheduleStatus(
        seen.generation(),
        conditions(plan, active, drill),
        state.cron(),
        state.suspended(),
        seen.databases().size(),
        active,
        ScheduleStatusFactory.text(state.lastScheduleTime()),
        ScheduleStatusFactory.text(plan.nextScheduleTime()),
        ScheduleStatusFactory.text(state.lastSuccessfulTime()),
        ScheduleStatusFactory.text(state.lastVerifiedTime()),
        state.consecutiveFailures(),
        state.missedRuns(),
        ScheduleStatusFactory.databases(state),
        plan.waiting().stream()
            .limit(BackupScheduleStatus.MAX_WAITING)
            .map(
                one ->
                    new Waiting(one.identity(), text(one.cause()), Conditions.bounded(one.words())))
            .toList(),
        retention,
        drill,
        state.lastHandledRequest().orElse(null));
  }

  private List<Condition> conditions(SchedulePlan plan, int active, Drill drill) {
    if (plan.clockBehind().isPresent()) {
      return following.reconciling(
          Reason.PENDING,
          "The clock is %d s behind what was decided before: nothing is due until it has caught up."
              .formatted(plan.clockBehind().get().toSeconds()));
    }
    if (seen.databases().isEmpty()) {
      return seen.spec().databaseRef() != null
          ? following.reconciling(
              Reason.DATABASE_NOT_FOUND,
              seen.leftOut().isEmpty()
                  ? "There is no SQLiteDatabase %s in this namespace. Apply it; its backups begin then."
                      .formatted(seen.spec().databaseRef().name())
                  : String.join(" ", seen.leftOut()))
          : following.ready(
              Reason.UP_TO_DATE, "No SQLiteDatabase has the selector's labels." + leftOut());
    }
    if (seen.spec().suspend()) {
      return following.ready(
          Reason.SUSPENDED, "Suspended: nothing is started or removed. " + summary(plan, active));
    }
    if (plan.state().consecutiveFailures() > 0) {
      List<DatabaseProgress> failing =
          plan.state().databases().stream().filter(one -> one.consecutiveFailures() > 0).toList();
      return following.reconciling(
          Reason.BACKUP_FAILED,
          "%d of %d databases fail, %s for the last %d runs; its DatabaseBackups say why. %s"
              .formatted(
                  failing.size(),
                  seen.databases().size(),
                  failing.getFirst().identity(),
                  failing.getFirst().consecutiveFailures(),
                  summary(plan, active)));
    }
    if (drill != null && Boolean.FALSE.equals(drill.succeeded())) {
      return following.reconciling(
          Reason.VERIFICATION_FAILED, "The last restore drill failed: " + drill.message());
    }
    return following.ready(Reason.UP_TO_DATE, summary(plan, active));
  }

  private String summary(SchedulePlan plan, int active) {
    return "%d database%s%s, %d being backed up, %d waiting%s.%s"
        .formatted(
            seen.databases().size(),
            seen.databases().size() == 1 ? "" : "s",
            plan.nextScheduleTime().map(next -> ", due next at " + next).orElse(""),
            active,
            plan.waiting().size(),
            plan.state().missedRuns() == 0
                ? ""
                : ", %d runs missed so far".formatted(plan.state().missedRuns()),
            leftOut());
  }

  private String leftOut() {
    return seen.leftOut().isEmpty()
        ? ""
        : " Left out: "
            + String.join(" ", seen.leftOut().stream().limit(3).toList())
            + (seen.leftOut().size() > 3
                ? " And %d more.".formatted(seen.leftOut().size() - 3)
                : "");
  }

  private static String text(Cause cause) {
    var out = new StringBuilder();
    for (String word : cause.name().split("_", -1)) {
      out.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return out.toString();
  }
}
