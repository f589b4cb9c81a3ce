package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.protocol.Reason;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** A run while its next state is being worked out. */
final class RunDraft {
  private final Run from;
  private RunStep step;
  private int attempt;
  private Long epoch;
  private String startedAt;
  private String stepStartedAt;
  private String planHash;
  private boolean swapped;
  private String outcomeReason;
  private String outcomeMessage;
  private List<String> backups;
  private String snapshot;
  private String versionBefore;
  private String versionAfter;
  private String stoppedAt;
  private String upAt;
  private String waitingTemplate;

  RunDraft(Run from) {
    this.from = from;
    this.step = RunStep.valueOf(from.step());
    this.attempt = from.attempt();
    this.epoch = from.epoch();
    this.startedAt = from.startedAt();
    this.stepStartedAt = from.stepStartedAt();
    this.planHash = from.planHash();
    this.swapped = Boolean.TRUE.equals(from.swapped());
    this.outcomeReason = from.outcomeReason();
    this.outcomeMessage = from.outcomeMessage();
    this.backups = from.backups();
    this.snapshot = from.snapshot();
    this.versionBefore = from.versionBefore();
    this.versionAfter = from.versionAfter();
    this.stoppedAt = from.stoppedAt();
    this.upAt = from.upAt();
    this.waitingTemplate = from.waitingTemplate();
  }

  static RunDraft begin(
      String id,
      long generation,
      String key,
      String sourceDigest,
      String claimUid,
      String databaseUid,
      Instant now) {
    return new RunDraft(
        new Run(
            id,
            RunStep.LOCK.name(),
            1,
            generation,
            key,
            sourceDigest,
            claimUid,
            databaseUid,
            null,
            text(now),
            text(now),
            null,
            false,
            null,
            null,
            List.of(),
            null,
            null,
            null,
            null,
            null,
            null));
  }

  RunStep step() {
    return step;
  }

  RunDraft to(RunStep next, Instant now) {
    step = next;
    // Cancelling looks at the very pod that was started.
    attempt = next == RunStep.CANCEL ? attempt : 1;
    stepStartedAt = text(now);
    return this;
  }

  RunDraft retry() {
    attempt++;
    epoch = null;
    return this;
  }

  /** The way back has its own clock; the deadline counts from the lock. */
  RunDraft locked(long newEpoch, String template, Instant now) {
    epoch = newEpoch;
    waitingTemplate = template;
    startedAt = text(now);
    return this;
  }

  RunDraft epoch(long newEpoch) {
    epoch = newEpoch;
    return this;
  }

  RunDraft planned(String hash, String before, String after) {
    planHash = hash;
    versionBefore = before;
    versionAfter = after;
    return this;
  }

  RunDraft swapped(boolean now) {
    swapped = now;
    return this;
  }

  RunDraft outcome(Reason reason, String message) {
    outcomeReason = reason.name();
    outcomeMessage = dev.litehaven.operator.condition.Conditions.bounded(message);
    return this;
  }

  RunDraft backups(List<String> names) {
    var all = new ArrayList<>(backups);
    names.stream().filter(name -> !all.contains(name)).forEach(all::add);
    backups = all;
    return this;
  }

  RunDraft snapshot(String name) {
    snapshot = name;
    return this;
  }

  RunDraft stopped(Instant now) {
    if (stoppedAt == null) {
      stoppedAt = text(now);
    }
    return this;
  }

  RunDraft up(Instant now) {
    upAt = text(now);
    return this;
  }

  Run build() {
    return new Run(
        from.id(),
        step.name(),
        attempt,
        from.generation(),
        from.key(),
        from.sourceDigest(),
        from.claimUid(),
        from.databaseUid(),
        epoch,
        startedAt,
        stepStartedAt,
        planHash,
        swapped,
        outcomeReason,
        outcomeMessage,
        backups,
        snapshot,
        versionBefore,
        versionAfter,
        stoppedAt,
        upAt,
        waitingTemplate);
  }

  private static String text(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
