package dev.litehaven.operator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.BackupScheduleStatus;
import dev.litehaven.api.v1alpha1.BackupScheduleStatus.Drill;
import dev.litehaven.crd.CrdBounds;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.schedule.DrillObservation.Candidate;
import dev.litehaven.operator.schedule.DrillPlanner.Effect;
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
import org.junit.jupiter.api.Test;

class DrillPlannerTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  private CronSchedule cron = CronSchedule.of("0 * * * *", null, "seed");
  private Instant now = START;
  private Drill drill;
  private boolean claim;
  private JobState job = new JobState.Absent();
  private Optional<Candidate> candidate =
      Optional.of(new Candidate("nightly-1", "db", "shop/db", 4096));
  private final List<Effect> done = new ArrayList<>();

  @Test
  void isNotDueWhenItIsNewAndThenAtItsTimes() {
    next();
    assertThat(drill.run()).isNull();
    assertThat(drill.nextTime()).isEqualTo("2026-03-01T13:00:00Z");
    now = now.plus(Duration.ofHours(1));
    next();
    assertThat(drill.run().step()).isEqualTo("Claim");
  }

  @Test
  void aDrillBringsTheBackupToAVolumeOfItsOwnOpensItAndLeavesNothing() {
    due();
    pass("Fetch", Effect.CREATE_CLAIM);
    ok();
    pass("Restore", Effect.START_JOB);
    ok();
    pass("Verify", Effect.START_JOB);
    ok();
    next();
    assertThat(drill.run().step()).isEqualTo("Clean");
    next();
    next();
    assertThat(drill.run()).isNull();
    assertThat(drill.succeeded()).isTrue();
    assertThat(drill.backup()).isEqualTo("nightly-1");
    assertThat(drill.lastSucceededTime()).isNotNull();
    assertThat(claim).as("scratch volume").isFalse();
  }

  @Test
  void anAssertionThatDoesNotHoldFailsTheDrillAndEverythingIsRemoved() {
    due();
    pass("Fetch", Effect.CREATE_CLAIM);
    ok();
    pass("Restore", Effect.START_JOB);
    ok();
    pass("Verify", Effect.START_JOB);
    job = reported(Outcome.REFUSED, Reason.VERIFICATION_FAILED, "every-question-has-an-answer");
    next();
    next();
    next();
    assertThat(drill.succeeded()).isFalse();
    assertThat(drill.reason()).isEqualTo("VerificationFailed");
    assertThat(drill.message()).contains("every-question-has-an-answer");
    assertThat(drill.lastSucceededTime()).isNull();
    assertThat(claim).isFalse();
  }

  @Test
  void whateverHappensItEndsAndTheClaimGoes() {
    for (JobState end :
        List.of(
            new JobState.Lost(true, "Evicted."),
            new JobState.Refused(true, "exceeded quota"),
            reported(Outcome.FAILED, Reason.STORE_UNREACHABLE, "No answer."))) {
      drill = null;
      now = START;
      due();
      pass("Fetch", Effect.CREATE_CLAIM);
      job = end;
      next();
      next();
      next();
      assertThat(drill.run()).isNull();
      assertThat(drill.succeeded()).isFalse();
      assertThat(claim).isFalse();
    }
  }

  @Test
  void aPodThatCannotStartIsGivenUp() {
    due();
    pass("Fetch", Effect.CREATE_CLAIM);
    job = new JobState.Active(false, "0/1 nodes are available");
    now = now.plus(Duration.ofMinutes(11));
    next();
    next();
    next();
    assertThat(drill.reason()).isEqualTo("DeadlineExceeded");
    assertThat(drill.message()).contains("could not be fetched", "0/1 nodes");
  }

  /** No drill waits for a pod whose volume nobody has made. */
  @Test
  void aVolumeThatIsRefusedEndsTheDrillWithTheServersWords() {
    due();
    job = new JobState.Refused(true, "exceeded quota: storage");
    next();
    assertThat(drill.run().step()).isEqualTo("Clean");
    next();
    assertThat(drill.reason()).isEqualTo("ApiRefused");
    assertThat(drill.message()).contains("There is no volume", "exceeded quota: storage.");
  }

  @Test
  void aBackupThatIsGoneIsSaidToBeGone() {
    due();
    DrillPlanner.Plan plan =
        DrillPlanner.gone(
            cron,
            drill,
            new DrillObservation(claim, job, candidate),
            "uid-nightly",
            now,
            Reason.BACKUP_NOT_FOUND,
            "DatabaseBackup nightly-1 is gone.");
    assertThat(plan.drill().run().step()).isEqualTo("Clean");
    assertThat(plan.drill().run().reason()).isEqualTo("BackupNotFound");
  }

  @Test
  void withoutAVerifiedBackupItSaysSoOnceForEachTime() {
    candidate = Optional.empty();
    next();
    now = now.plus(Duration.ofHours(1));
    assertThat(next().notes()).hasSize(1);
    assertThat(drill.reason()).isEqualTo("NothingVerified");
    assertThat(next().notes()).isEmpty();
  }

  @Test
  void afterADowntimeThereIsOneDrillAndNotMany() {
    next();
    now = now.plus(Duration.ofDays(14));
    next();
    Instant decided = Instant.parse(drill.decided());
    assertThat(decided).isAfter(now.minus(Duration.ofHours(1)));
  }

  @Test
  void anEditedScheduleIsNotDueForOldTimes() {
    next();
    now = now.plus(Duration.ofMinutes(90));
    cron = CronSchedule.of("15 * * * *", null, "seed");
    next();
    assertThat(drill.run()).isNull();
    assertThat(drill.nextTime()).isEqualTo("2026-03-01T14:15:00Z");
  }

  private void due() {
    next();
    now = now.plus(Duration.ofHours(1));
    next();
    assertThat(drill.run()).isNotNull();
    job = new JobState.Absent();
  }

  private void pass(String step, Effect effect) {
    done.clear();
    next();
    assertThat(drill.run().step()).isEqualTo(step);
    job = new JobState.Absent();
    next();
    assertThat(done).contains(effect);
    job = new JobState.Active(true, "");
    next();
    assertThat(drill.run().step()).isEqualTo(step);
  }

  private void ok() {
    job = reported(Outcome.SUCCEEDED, Reason.SUCCEEDED, "Fine.");
  }

  private static JobState reported(Outcome outcome, Reason reason, String message) {
    return new JobState.Reported(
        new RunnerReport(
            1,
            RunnerStep.FETCH,
            "r-1",
            1,
            outcome,
            reason,
            message,
            null,
            List.of(),
            null,
            null,
            Map.of()));
  }

  private DrillPlanner.Plan next() {
    DrillPlanner.Plan plan =
        DrillPlanner.plan(
            cron, drill, new DrillObservation(claim, job, candidate), "uid-nightly", now);
    for (Effect effect : plan.effects()) {
      done.add(effect);
      switch (effect) {
        case CREATE_CLAIM -> claim = true;
        case START_JOB -> {}
        case REMOVE_ALL -> claim = false;
      }
    }
    drill = plan.drill();
    CrdBounds.status("backupschedules")
        .check(
            new BackupScheduleStatus(
                1L, null, null, null, null, null, null, null, null, null, null, null, null, null,
                null, drill, null));
    return plan;
  }
}
