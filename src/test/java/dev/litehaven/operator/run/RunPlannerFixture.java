package dev.litehaven.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.crd.CrdBounds;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.migration.Given;
import dev.litehaven.operator.migration.Kstatus;
import dev.litehaven.operator.migration.MigrationPlan;
import dev.litehaven.operator.workload.WorkloadAction;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.protocol.Reason;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** One turn of a run, from what is given; whatever is planned, the status must be in order. */
abstract class RunPlannerFixture {
  private static final CrdBounds BOUNDS = CrdBounds.status("databasemigrations");
  static final JobState LOST = new JobState.Lost(true, "Pod p left no report: OOMKilled.");
  static final JobState WAITING = new JobState.Active(false, "No node fits.");
  static final JobState RUNNING = new JobState.Active(true, "");
  static final WorkloadPlan REFUSE =
      new WorkloadPlan.Refuse(Reason.WORKLOAD_NOT_SUPPORTED, "It cannot be done.");
  static final WorkloadPlan WAIT = new WorkloadPlan.Wait(Reason.STOPPING, "Its pod has not ended.");
  static final WorkloadPlan ACT =
      new WorkloadPlan.Act(
          Reason.STOPPING, "Deleting.", List.of(new WorkloadAction.DeletePod("p", "u")));

  final Given given = new Given();
  MigrationPlan plan;

  @AfterEach
  void statusIsInOrder() {
    if (plan != null) {
      BOUNDS.check(plan.status());
      Kstatus.check(given.seen(), plan.status());
    }
  }

  void expect(RunStep step, Effect... effects) {
    plan = given.plan();
    assertThat(plan.status().run()).as("the run goes on").isNotNull();
    assertThat(plan.status().run().step()).isEqualTo(step.name());
    assertThat(plan.effects()).containsExactly(effects);
  }

  void outcome(Reason reason) {
    assertThat(plan.status().run().outcomeReason()).isEqualTo(reason.name());
    assertThat(plan.status().run().outcomeMessage()).isNotBlank();
  }

  String message() {
    return plan.status().conditions().getFirst().message();
  }
}
