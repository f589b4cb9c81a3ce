package dev.litehaven.operator.run;

import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.EndedRun;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.HeldWorkload;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.run.RunObservation.Workload;
import dev.litehaven.protocol.Reason;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** A run while its next state is being worked out. */
public final class RunDraft {
  private static final int MAX_WORKLOADS = DatabaseMigrationStatus.MAX_WORKLOADS;

  private final Run from;
  private RunStep step;
  private int attempt;
  private List<HeldWorkload> workloads;
  private boolean tooMany;
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
  private String undoes;
  private boolean byForce;

  RunDraft(Run from) {
    this.from = from;
    this.step = RunStep.valueOf(from.step());
    this.attempt = from.attempt();
    this.workloads = from.workloads();
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
    this.undoes = from.undoes();
    this.byForce = Boolean.TRUE.equals(from.byForce());
  }

  public static RunDraft begin(
      String id,
      long generation,
      String key,
      String sourceDigest,
      String claimUid,
      String claimName,
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
            claimName,
            databaseUid,
            List.of(),
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
            null,
            null,
            null));
  }

  /** The database is what that run made of it, until this one has put the old one back. */
  public RunDraft undoing(EndedRun ended, boolean force) {
    undoes = ended.id();
    byForce = force;
    swapped = true;
    versionBefore = ended.versionBefore();
    versionAfter = ended.versionAfter();
    return this;
  }

  /** Whether this run puts an earlier one's database of before back, rather than migrating. */
  boolean undoes() {
    return undoes != null;
  }

  RunStep step() {
    return step;
  }

  RunDraft to(RunStep next, Instant now) {
    step = next;
    attempt = 0;
    stepStartedAt = text(now);
    return this;
  }

  int attempt() {
    return attempt;
  }

  /** Written down before the step's first pod is asked for: from here on there may be one. */
  RunDraft begun() {
    attempt = 1;
    return this;
  }

  /** Under a new epoch, and so under a new name. */
  RunDraft retry() {
    attempt++;
    epoch = null;
    return this;
  }

  /** As {@link #to}, for a step that this run may have been in before. */
  RunDraft backTo(RunStep next, Instant now) {
    to(next, now);
    epoch = null;
    return this;
  }

  /** Whatever was seen to belong to the run once belongs to it until its end. */
  RunDraft holding(List<Workload> seen) {
    var all = new ArrayList<>(workloads);
    seen.stream()
        .map(
            workload ->
                new HeldWorkload(
                    workload.ref().kind().text(), workload.ref().name(), workload.uid()))
        .filter(workload -> !all.contains(workload))
        .forEach(all::add);
    tooMany = all.size() > MAX_WORKLOADS;
    workloads = List.copyOf(all.subList(0, Math.min(all.size(), MAX_WORKLOADS)));
    return this;
  }

  boolean holdsTooMany() {
    return tooMany;
  }

  /** The way back has its own clock; the deadline counts from the lock. */
  RunDraft locked(long newEpoch, String template, Instant now) {
    epoch = newEpoch;
    waitingTemplate = template;
    startedAt = text(now);
    return this;
  }

  RunDraft waitingTemplate(String template) {
    waitingTemplate = template;
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
    outcomeMessage = Conditions.bounded(message);
    return this;
  }

  RunDraft noOutcome() {
    outcomeReason = null;
    outcomeMessage = null;
    return this;
  }

  RunDraft backups(List<String> names) {
    var all = new ArrayList<>(backups);
    names.stream().filter(name -> !all.contains(name)).forEach(all::add);
    backups =
        all.subList(Math.max(0, all.size() - DatabaseMigrationStatus.MAX_BACKUPS), all.size());
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

  public Run build() {
    return new Run(
        from.id(),
        step.name(),
        attempt,
        from.generation(),
        from.key(),
        from.sourceDigest(),
        from.claimUid(),
        from.claimName(),
        from.databaseUid(),
        workloads,
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
        waitingTemplate,
        undoes,
        byForce ? true : null);
  }

  private static String text(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
