package dev.litehaven.operator.location;

import dev.litehaven.api.v1alpha1.BackupLocationStatus;
import dev.litehaven.api.v1alpha1.BackupLocationStatus.Check;
import dev.litehaven.api.v1alpha1.BackupLocationStatus.ProbeRun;
import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.location.LocationPlan.Effect;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.StoreReport;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Decides when a place is tried, and what that says. Pure. It is tried when it is new or its spec
 * changed, when that is asked for, every hour while it works, and more often while it does not: a
 * Secret that was put right is found so, without anybody reading Secrets.
 */
final class LocationPlanner {
  static final Duration INTERVAL = Duration.ofHours(1);
  static final Duration FIRST_RETRY = Duration.ofMinutes(1);
  static final Duration LAST_RETRY = Duration.ofMinutes(15);

  /** What a pod waits for that long, a Secret that is not there, does not come by itself. */
  static final Duration DEADLINE = Duration.ofMinutes(3);

  private static final Duration SOON = Duration.ofSeconds(5);
  private static final Duration AT_ONCE = Duration.ZERO;

  private final LocationObservation seen;
  private final Conditions following;
  private final List<Effect> effects = new ArrayList<>();
  private final List<EventNote> notes = new ArrayList<>();

  private LocationPlanner(LocationObservation seen) {
    this.seen = seen;
    this.following =
        Conditions.following(seen.status().conditions(), seen.generation(), seen.now());
  }

  static LocationPlan plan(LocationObservation seen) {
    return new LocationPlanner(seen).plan();
  }

  static String key(LocationObservation seen) {
    return Names.shortHash(
        seen.uid(), Long.toString(seen.generation()), seen.requestedAt().orElse(""));
  }

  private LocationPlan plan() {
    ProbeRun run = seen.status().probeRun();
    if (run == null) {
      return begin();
    }
    return switch (seen.probe()) {
      case JobState.Absent _ -> {
        effects.add(Effect.START_PROBE);
        yield going();
      }
      case JobState.Active active ->
          Instant.parse(run.startedAt()).plus(DEADLINE).isBefore(seen.now())
              ? tooLate(active)
              : going();
      case JobState.Reported(RunnerReport report) -> {
        effects.add(Effect.EXPIRE_PROBE);
        yield reported(report);
      }
      case JobState.Lost lost -> {
        effects.add(Effect.EXPIRE_PROBE);
        yield failed(Reason.RUNNER_FAILED, lost.message(), List.of());
      }
      case JobState.Refused refused -> failed(Reason.API_REFUSED, refused.message(), List.of());
    };
  }

  private LocationPlan begin() {
    boolean other = !key(seen).equals(seen.status().probeKey());
    if (seen.claimMissing()) {
      return missing();
    }
    Duration left = other ? Duration.ZERO : untilNext();
    if (left.isPositive()) {
      return new LocationPlan(List.of(), seen.status(), List.of(), left);
    }
    var status = seen.status();
    String id =
        "l-"
            + Names.shortHash(
                key(seen),
                status.lastProbeTime() == null ? "" : status.lastProbeTime(),
                Integer.toString(failures()));
    return new LocationPlan(
        List.of(),
        new BackupLocationStatus(
            status.observedGeneration(),
            other
                ? following.reconciling(
                    Reason.VERIFYING, "Writing, reading, listing and deleting a probe there.")
                : status.conditions(),
            status.checks(),
            status.lastProbeTime(),
            status.probeKey(),
            new ProbeRun(id, key(seen), text(seen.now())),
            status.consecutiveFailures(),
            seen.requestedAt().orElse(null)),
        List.of(),
        AT_ONCE);
  }

  private LocationPlan missing() {
    var status = seen.status();
    return new LocationPlan(
        List.of(),
        new BackupLocationStatus(
            seen.generation(),
            following.reconciling(
                Reason.CLAIM_NOT_FOUND,
                "There is no PersistentVolumeClaim %s in this namespace. Create it; the place is tried when it is there."
                    .formatted(seen.spec().claim().name())),
            List.of(),
            status.lastProbeTime(),
            null,
            null,
            status.consecutiveFailures(),
            seen.requestedAt().orElse(null)),
        List.of(),
        FIRST_RETRY);
  }

  /** What is known of the place stays true while it is tried again. */
  private LocationPlan going() {
    return new LocationPlan(effects, seen.status(), List.of(), SOON);
  }

  private LocationPlan tooLate(JobState.Active active) {
    effects.add(Effect.CANCEL_PROBE);
    return failed(
        Reason.DEADLINE_EXCEEDED,
        active.started()
            ? "The probe did not end within %d s: the store does not answer. Look at its endpoint, and at network policies."
                .formatted(DEADLINE.toSeconds())
            : "The probe's pod did not start within %d s. Look whether %s exists. %s"
                .formatted(DEADLINE.toSeconds(), needs(), active.message()),
        List.of());
  }

  private String needs() {
    var access = LocationTarget.of(seen.spec(), LocationTarget.Keys.WITHOUT_IDENTITY).access();
    var names =
        access.files().stream()
            .map(files -> (files.secret() ? "Secret " : "ConfigMap ") + files.name())
            .collect(Collectors.toCollection(ArrayList::new));
    if (access.claim() != null) {
      names.add("PersistentVolumeClaim " + access.claim());
    }
    if (access.serviceAccountName() != null) {
      names.add("ServiceAccount " + access.serviceAccountName());
    }
    return String.join(" and ", names);
  }

  private LocationPlan reported(RunnerReport report) {
    List<Check> checks =
        report.store() == null
            ? List.of()
            : report.store().checks().stream().limit(8).map(LocationPlanner::check).toList();
    return report.outcome() == RunnerReport.Outcome.SUCCEEDED
        ? worked(checks)
        : failed(report.reason(), report.message(), checks);
  }

  private static Check check(StoreReport.Check check) {
    return new Check(
        check.name(),
        check.ok(),
        check.message() == null ? null : Conditions.bounded(check.message()));
  }

  private LocationPlan worked(List<Check> checks) {
    String tried =
        checks.isEmpty()
            ? "it answers"
            : checks.stream().map(Check::name).collect(Collectors.joining(", "));
    String message = "Tried with a probe: %s.".formatted(tried);
    if (!ready()) {
      notes.add(EventNote.normal(seen.status().probeRun().id(), Reason.SUCCEEDED, message));
    }
    return ended(following.ready(Reason.SUCCEEDED, message), checks, 0, INTERVAL);
  }

  private LocationPlan failed(Reason reason, String message, List<Check> checks) {
    String told =
        "%s It is tried again by itself; litehaven.dev/requestedAt asks for it now."
            .formatted(message);
    notes.add(EventNote.warning(seen.status().probeRun().id(), reason, message));
    int failures = failures() + 1;
    return ended(following.reconciling(reason, told), checks, failures, retry(failures));
  }

  private LocationPlan ended(
      List<Condition> conditions, List<Check> checks, int failures, Duration again) {
    return new LocationPlan(
        effects,
        new BackupLocationStatus(
            seen.generation(),
            conditions,
            checks,
            text(seen.now()),
            seen.status().probeRun().key(),
            null,
            failures,
            seen.requestedAt().orElse(null)),
        notes,
        again);
  }

  private Duration untilNext() {
    String last = seen.status().lastProbeTime();
    if (last == null) {
      return Duration.ZERO;
    }
    Duration wait = failures() == 0 ? INTERVAL : retry(failures());
    Duration left = Duration.between(seen.now(), Instant.parse(last).plus(wait));
    // A clock that was ahead must not keep the place untried.
    return left.compareTo(INTERVAL) > 0 ? Duration.ZERO : left;
  }

  private int failures() {
    Integer failures = seen.status().consecutiveFailures();
    return failures == null ? 0 : failures;
  }

  static Duration retry(int failures) {
    Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(failures - 1, 10));
    return wait.compareTo(LAST_RETRY) < 0 ? wait : LAST_RETRY;
  }

  private boolean ready() {
    return seen.status().conditions().stream()
        .anyMatch(
            condition ->
                Condition.READY.equals(condition.type())
                    && Condition.TRUE.equals(condition.status()));
  }

  private static String text(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
