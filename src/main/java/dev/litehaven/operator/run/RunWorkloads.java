package dev.litehaven.operator.run;

import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.operator.run.RunObservation.Workload;
import dev.litehaven.operator.workload.Quiesced;
import dev.litehaven.operator.workload.RanOn;
import dev.litehaven.operator.workload.Revert;
import dev.litehaven.operator.workload.WorkloadGoal;
import dev.litehaven.operator.workload.WorkloadObservation;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.operator.workload.WorkloadPlanner;
import dev.litehaven.operator.workload.WorkloadReview;
import dev.litehaven.protocol.Reason;
import java.util.Objects;
import java.util.Optional;

/** What a run wants of its workloads, and what is to be done for it next. Pure. */
public final class RunWorkloads {
  private RunWorkloads() {}

  /**
   * @param run null: there is none, and nothing is asked
   */
  public static Workload of(
      WorkloadObservation seen, Run run, SQLiteDatabaseStatus database, Work work) {
    Optional<String> admitted = admitted(seen, database);
    Optional<String> runs = seen.runningTemplate().or(() -> admitted).or(seen::newestTemplate);
    return new Workload(
        seen.ref(),
        seen.uid(),
        run == null
            ? new WorkloadPlan.Reached("Nothing is asked of it.")
            : plan(seen, run, database, work),
        WorkloadReview.review(seen),
        seen.newestTemplate().filter(newest -> runs.isPresent() && !runs.get().equals(newest)),
        seen.runningTemplate(),
        Revert.advice(
            seen, database.app(), run == null ? database.schemaVersion() : run.versionBefore()));
  }

  private static WorkloadPlan plan(
      WorkloadObservation seen, Run run, SQLiteDatabaseStatus database, Work work) {
    Optional<WorkloadGoal.Template> before =
        WorkloadPlanner.method(seen) == Quiesced.Method.SCALE
            ? Optional.of(new WorkloadGoal.Template.New())
            : RanOn.template(seen, database.app(), run.versionBefore())
                .map(WorkloadGoal.Template.Named::new);
    if (RunStep.valueOf(run.step()) == RunStep.START_BEFORE && before.isEmpty()) {
      return new WorkloadPlan.Refuse(
          Reason.WORKLOAD_NOT_READY,
          "Nothing is known of an image of %s that ran on version %s, so none was started: put the one that fits back in Git."
              .formatted(seen.ref().display(), Work.orNone(run.versionBefore())));
    }
    return goal(run, admitted(seen, database), before, work)
        .map(goal -> WorkloadPlanner.plan(seen, goal))
        .orElseGet(() -> new WorkloadPlan.Reached("Nothing is asked of it."));
  }

  /**
   * How a run in this step wants its workloads; empty: as they are.
   *
   * @param before what fits the version that a run goes back to, where it undoes another
   */
  static Optional<WorkloadGoal> goal(
      Run run, Optional<String> lastLetIn, Optional<WorkloadGoal.Template> before, Work work) {
    RunStep step = RunStep.valueOf(run.step());
    if (step.workloadStopped()) {
      return Optional.of(new WorkloadGoal.Stopped(run.id(), lastLetIn));
    }
    return switch (step) {
      case START, SETTLE ->
          Optional.of(
              new WorkloadGoal.Started(
                  run.id(),
                  // A restore is about the data; whatever version waits goes on waiting.
                  work == Work.RESTORE
                      ? new WorkloadGoal.Template.Old()
                      : new WorkloadGoal.Template.New()));
      case START_OLD ->
          Optional.of(new WorkloadGoal.Started(run.id(), new WorkloadGoal.Template.Old()));
      case START_BEFORE -> before.map(template -> new WorkloadGoal.Started(run.id(), template));
      case FINISH -> Optional.of(new WorkloadGoal.Released(run.id()));
      default -> Optional.empty();
    };
  }

  private static Optional<String> admitted(
      WorkloadObservation seen, SQLiteDatabaseStatus database) {
    return database.workloads().stream()
        .filter(
            known ->
                known.kind().equals(seen.ref().kind().text())
                    && known.name().equals(seen.ref().name()))
        .map(SQLiteDatabaseStatus.WorkloadStatus::admittedTemplate)
        .filter(Objects::nonNull)
        .findFirst();
  }
}
