package dev.litehaven.operator.location;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.BackupLocationSpec;
import dev.litehaven.api.v1alpha1.BackupLocationStatus;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.LocalReference;
import dev.litehaven.crd.CrdBounds;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerPod;
import dev.litehaven.operator.location.LocationPlan.Effect;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.protocol.StoreReport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LocationPlannerTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final CrdBounds BOUNDS = CrdBounds.status("backuplocations");

  private Instant now = START;
  private long generation = 1;
  private BackupLocationStatus status = BackupLocationStatus.unobserved();
  private JobState probe = new JobState.Absent();
  private boolean claimMissing;
  private Optional<String> requestedAt = Optional.empty();
  private BackupLocationSpec spec = bucket();

  @Test
  void aNewPlaceIsTriedAndThenReadyWithWhatWasTried() {
    assertThat(next().effects()).isEmpty();
    assertThat(ready()).isEqualTo("False Verifying");
    assertThat(next().effects()).containsExactly(Effect.START_PROBE);
    probe = new JobState.Active(true, "");
    assertThat(next().effects()).isEmpty();
    probe = reported(Outcome.SUCCEEDED, Reason.SUCCEEDED, "");
    assertThat(next().effects()).containsExactly(Effect.EXPIRE_PROBE);
    assertThat(ready()).isEqualTo("True Succeeded");
    assertThat(message()).contains("write, read, list, delete");
    assertThat(status.checks()).hasSize(4).allSatisfy(check -> assertThat(check.ok()).isTrue());
    assertThat(status.lastProbeTime()).isEqualTo("2026-03-01T12:00:00Z");
    assertThat(status.probeRun()).isNull();
  }

  @Test
  void oneThatWorksIsTriedEveryHourAndStaysReadyMeanwhile() {
    tried(Outcome.SUCCEEDED, Reason.SUCCEEDED, "");
    now = now.plus(Duration.ofMinutes(59));
    LocationPlan early = next();
    assertThat(status.probeRun()).isNull();
    assertThat(early.again()).isEqualTo(Duration.ofMinutes(1));
    now = now.plus(Duration.ofMinutes(1));
    String id = begun();
    assertThat(ready()).isEqualTo("True Succeeded");
    probe = reported(Outcome.FAILED, Reason.STORE_UNREACHABLE, "No answer.");
    next();
    assertThat(ready()).isEqualTo("False StoreUnreachable");
    now = now.plus(Duration.ofMinutes(1));
    assertThat(begun()).as("every probe has a Job of its own").isNotEqualTo(id);
  }

  @Test
  void oneThatDoesNotWorkIsTriedSoonerButNeverTooOften() {
    tried(Outcome.REFUSED, Reason.STORE_REFUSED, "403 AccessDenied.");
    assertThat(ready()).isEqualTo("False StoreRefused");
    assertThat(message()).contains("403 AccessDenied");
    assertThat(next().again()).isEqualTo(Duration.ofMinutes(1));
    for (int failures = 1; failures < 200; failures++) {
      assertThat(LocationPlanner.retry(failures))
          .isBetween(LocationPlanner.FIRST_RETRY, LocationPlanner.LAST_RETRY);
    }
    now = now.plus(Duration.ofMinutes(1));
    begun();
    probe = reported(Outcome.SUCCEEDED, Reason.SUCCEEDED, "");
    next();
    assertThat(ready()).isEqualTo("True Succeeded");
    assertThat(status.consecutiveFailures()).isZero();
  }

  @Test
  void aChangedSpecOrARequestIsTriedAtOnce() {
    tried(Outcome.SUCCEEDED, Reason.SUCCEEDED, "");
    generation = 2;
    begun();
    assertThat(ready()).as("what was true of another spec is not of this one").startsWith("False");
    probe = reported(Outcome.SUCCEEDED, Reason.SUCCEEDED, "");
    next();
    assertThat(status.observedGeneration()).isEqualTo(2);

    probe = new JobState.Absent();
    requestedAt = Optional.of("now");
    begun();
    probe = reported(Outcome.SUCCEEDED, Reason.SUCCEEDED, "");
    next();
    assertThat(status.lastHandledRequest()).isEqualTo("now");
    probe = new JobState.Absent();
    next();
    assertThat(status.probeRun()).as("a request is carried out once").isNull();
  }

  @Test
  void aSpecThatChangesDuringAProbeIsTriedAfterIt() {
    begun();
    generation = 2;
    probe = reported(Outcome.SUCCEEDED, Reason.SUCCEEDED, "");
    next();
    probe = new JobState.Absent();
    next();
    assertThat(status.probeRun()).isNotNull();
    assertThat(ready()).startsWith("False");
  }

  @Test
  void aPodThatWaitsForASecretThatIsNotThereSaysWhich() {
    begun();
    probe = new JobState.Active(false, "Pod x has not started: ContainerCreating");
    now = now.plus(LocationPlanner.DEADLINE).plusSeconds(1);
    assertThat(next().effects()).containsExactly(Effect.CANCEL_PROBE);
    assertThat(ready()).isEqualTo("False DeadlineExceeded");
    assertThat(message()).contains("Secret keys");
  }

  @Test
  void aStoreThatNeverAnswersDoesNotKeepTheProbeForEver() {
    begun();
    probe = new JobState.Active(true, "");
    now = now.plus(LocationPlanner.DEADLINE).plusSeconds(1);
    assertThat(next().effects()).containsExactly(Effect.CANCEL_PROBE);
    assertThat(message()).contains("does not answer");
  }

  @Test
  void aRunnerThatWasLostOrNotTakenIsNoWorkingPlace() {
    begun();
    probe = new JobState.Lost(true, "Evicted.");
    next();
    assertThat(ready()).isEqualTo("False RunnerFailed");
    now = now.plus(Duration.ofMinutes(1));
    probe = new JobState.Absent();
    begun();
    probe = new JobState.Refused(true, "exceeded quota");
    next();
    assertThat(ready()).isEqualTo("False ApiRefused");
    assertThat(message()).contains("exceeded quota");
  }

  @Test
  void aClaimThatIsNotThereIsWaitedFor() {
    spec =
        new BackupLocationSpec(
            new BackupLocationSpec.Claim("backups", null), null, null, List.of());
    claimMissing = true;
    assertThat(next().effects()).isEmpty();
    assertThat(ready()).isEqualTo("False ClaimNotFound");
    claimMissing = false;
    begun();
  }

  @Test
  void aClockThatWasAheadDoesNotKeepThePlaceUntried() {
    tried(Outcome.SUCCEEDED, Reason.SUCCEEDED, "");
    now = START.minus(Duration.ofDays(30));
    next();
    assertThat(status.probeRun()).isNotNull();
  }

  @Test
  void checksThatFailedAreNamed() {
    begun();
    probe =
        new JobState.Reported(
            report(
                Outcome.REFUSED,
                Reason.STORE_REFUSED,
                "delete: 403.",
                List.of(
                    new StoreReport.Check("write", true, null),
                    new StoreReport.Check("delete", false, "403 ".repeat(1000)))));
    next();
    assertThat(status.checks().getLast().ok()).isFalse();
    assertThat(status.checks().getLast().message()).hasSize(1024);
  }

  private String begun() {
    probe = new JobState.Absent();
    next();
    assertThat(status.probeRun()).isNotNull();
    return status.probeRun().id();
  }

  private void tried(Outcome outcome, Reason reason, String message) {
    begun();
    probe = reported(outcome, reason, message);
    next();
    probe = new JobState.Absent();
  }

  private LocationPlan next() {
    LocationPlan plan =
        LocationPlanner.plan(
            new LocationObservation(
                now,
                "shop",
                "s3",
                "uid-s3",
                generation,
                spec,
                status,
                claimMissing,
                probe,
                RunnerPod.Identity.UNKNOWN,
                null,
                requestedAt));
    status = plan.status();
    BOUNDS.check(status);
    return plan;
  }

  private String ready() {
    return status.conditions().stream()
        .filter(condition -> Condition.READY.equals(condition.type()))
        .map(condition -> condition.status() + " " + condition.reason())
        .findFirst()
        .orElse("");
  }

  private String message() {
    return status.conditions().getFirst().message();
  }

  private static JobState reported(Outcome outcome, Reason reason, String message) {
    boolean ok = outcome == Outcome.SUCCEEDED;
    return new JobState.Reported(
        report(
            outcome,
            reason,
            message,
            List.of("write", "read", "list", "delete").stream()
                .map(name -> new StoreReport.Check(name, ok, ok ? null : "no"))
                .toList()));
  }

  private static RunnerReport report(
      Outcome outcome, Reason reason, String message, List<StoreReport.Check> checks) {
    return new RunnerReport(
        1,
        RunnerStep.PROBE,
        "l-1",
        0,
        outcome,
        reason,
        message,
        null,
        List.of(),
        null,
        null,
        null,
        new StoreReport(checks, List.of()),
        Map.of());
  }

  private static BackupLocationSpec bucket() {
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
}
