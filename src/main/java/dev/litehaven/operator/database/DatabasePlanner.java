package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.database.DatabasePlan.Effect;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Decides what to do for a SQLiteDatabase. Pure: the same observation gives the same plan. */
public final class DatabasePlanner {
  static final Duration IDLE = Duration.ofMinutes(5);
  static final Duration SOON = Duration.ofMillis(500);
  static final Duration AGAIN = Duration.ofSeconds(10);

  private final DatabaseObservation seen;
  private final List<Effect> effects = new ArrayList<>();
  private final List<EventNote> notes = new ArrayList<>();
  private final StatusDraft draft;
  private Duration again = IDLE;
  private boolean handingOver = false;
  private Optional<Downgrade> downgrade = Optional.empty();

  private DatabasePlanner(DatabaseObservation seen) {
    this.seen = seen;
    this.draft = new StatusDraft(seen);
  }

  public static DatabasePlan plan(DatabaseObservation seen) {
    return seen.deleting() && seen.status().recovery() == null
        ? new DatabasePlan(List.of(new Effect.RemoveFinalizer()), seen.status(), List.of(), IDLE)
        : new DatabasePlanner(seen).plan();
  }

  private DatabasePlan plan() {
    operation();
    var following = Conditions.following(seen.status().conditions(), seen.generation(), seen.now());
    Optional<List<Condition>> obstacle = VolumeObstacle.find(seen, following, this::look);
    seen.volume().claim().ifPresent(claim -> draft.claimUid(claim.uid()));
    var gate = new Gate(seen, draft, obstacle.isPresent(), this::look);
    gate.plan();
    handingOver = gate.handingOver();
    downgrade = gate.downgrade();
    effects.addAll(gate.effects());
    notes.addAll(gate.notes());
    seen.backups().stream().findFirst().ifPresent(draft::backup);
    seen.lastBackup().ifPresent(draft::lastBackup);
    var bootstrap = new Bootstrap(seen, draft, this::look);
    List<Condition> conditions =
        bootstrap.conditions(following, obstacle.isPresent(), conditions(following, obstacle));
    effects.addAll(bootstrap.effects());
    notes.addAll(bootstrap.notes());
    draft.conditions(conditions);
    draft.noteApp();
    draft.nextAction(
        conditions.stream()
            .filter(condition -> Condition.STALLED.equals(condition.type()))
            .map(Condition::message)
            .findFirst()
            .or(this::ways)
            .orElse(null));
    return new DatabasePlan(effects, draft.build(), notes, again);
  }

  private Optional<String> ways() {
    return downgrade.map(found -> found.ways(seen.name(), seen.namespace(), draft.downgrade()));
  }

  /** What going back would lose is looked at once, beside the app. */
  private Optional<String> toCount() {
    boolean cannot =
        seen.volume().claim().filter(VolumeUse.Claim::singlePod).isPresent()
            && seen.volume().inUse();
    return cannot || draft.downgrade() == null || draft.downgrade().countedAt() != null
        ? Optional.empty()
        : Optional.ofNullable(draft.downgrade().run());
  }

  private List<Condition> conditions(Conditions following, Optional<List<Condition>> obstacle) {
    if (SelfRecovery.underWay(seen)) {
      var recovery = new SelfRecovery(seen, draft, following, this::look);
      List<Condition> told = recovery.plan();
      effects.addAll(recovery.effects());
      notes.addAll(recovery.notes());
      return told;
    }
    if (seen.status().recovery() != null) {
      // Its volume is gone, and with it what was to be recovered.
      effects.add(new Effect.ReleaseLock());
      effects.add(new Effect.RemoveFinalizer());
      draft.recovery(null);
    }
    return obstacle
        .map(
            found -> {
              // Whoever waits for the volume does not wait for what stands in the way here.
              release();
              return found;
            })
        .orElseGet(() -> inspected(following, seen.volume().claim().orElseThrow()));
  }

  private List<Condition> inspected(Conditions following, VolumeUse.Claim claim) {
    if (justLost()) {
      release();
      look(AGAIN);
      return following.reconciling(Reason.RUNNER_FAILED, lastMessage());
    }
    boolean current = seen.lookedAt(claim.uid());
    if (current && !worthAnotherLook() && toCount().isEmpty()) {
      release();
      return settled(following);
    }
    List<Condition> meanwhile =
        current
            ? settled(following)
            : following.reconciling(
                Reason.PENDING, "Looking at the volume behind claim " + claim.name() + ".");
    if (claim.singlePod()
        && seen.volume().inUse()
        && !(seen.inspection() instanceof JobState.Reported)) {
      return notLookedAt(following, claim);
    }
    switch (seen.inspection()) {
      case JobState.Reported(RunnerReport report) -> {
        release();
        draft.inspected(seen.key(claim.uid()), text(seen.now()));
        return report(following, report);
      }
      case JobState.Lost lost -> {
        return lost(following, lost.message());
      }
      case JobState.Refused refused -> {
        return lost(following, refused.message());
      }
      case JobState.Active active -> {
        look(SOON);
        // A second look must not wipe out what the first one found.
        return current || active.started() || active.message().isEmpty()
            ? meanwhile
            : following.reconciling(Reason.PENDING, active.message());
      }
      case JobState.Absent _ -> {
        switch (seen.lock()) {
          case LockState.Held _ -> {
            effects.add(new Effect.StartInspection());
            look(SOON);
          }
          case LockState.Free _ -> {
            effects.add(new Effect.TakeLock());
            look(Duration.ZERO);
          }
          case LockState.HeldByOther _ -> look(Duration.ofSeconds(2));
        }
        return meanwhile;
      }
    }
  }

  /** A pod has the volume, and where only one can there is no place for one that looks. */
  private List<Condition> notLookedAt(Conditions following, VolumeUse.Claim claim) {
    if (seen.inspection() instanceof JobState.Active active && !active.started()) {
      effects.add(new Effect.CancelInspection());
    }
    release();
    if (draft.problem() == null && !draft.files().isEmpty()) {
      return settled(following);
    }
    if (seen.spec().files().isEmpty()) {
      look(AGAIN);
      return following.stalled(
          Reason.NOT_INSPECTED,
          "Claim %s is ReadWriteOncePod and its workload is running, so nobody can look at what is on it. Name the database in spec.files of a new SQLiteDatabase, or stop the workload for a moment."
              .formatted(claim.name()));
    }
    draft.unseen(seen.spec().files());
    return settled(following);
  }

  private List<Condition> lost(Conditions following, String message) {
    release();
    // A new time makes a new Job.
    draft.inspected(null, text(seen.now()));
    look(AGAIN);
    return following.reconciling(Reason.RUNNER_FAILED, message + " Looking again shortly.");
  }

  /** A runner that fails at once is not started again at once. */
  private boolean justLost() {
    return seen.status().inspectionKey() == null
        && seen.status().inspectedAt() != null
        && sinceInspected().compareTo(AGAIN) < 0;
  }

  private String lastMessage() {
    return seen.status().conditions().stream()
        .filter(condition -> Condition.READY.equals(condition.type()))
        .map(Condition::message)
        .findFirst()
        .orElse("The last look at the volume failed. Looking again shortly.");
  }

  /**
   * What cannot be used now may be usable later: an app makes its file when it first starts. The
   * longer it has been so, the less often it is looked at.
   */
  private boolean worthAnotherLook() {
    if (seen.status().inspectedAt() == null) {
      return true;
    }
    if (draft.problem() == null && unfit().isEmpty()) {
      return false;
    }
    look(AGAIN);
    return sinceInspected().compareTo(pause()) >= 0;
  }

  private Duration pause() {
    Duration quarter =
        seen.status().conditions().stream()
            .filter(condition -> Condition.STALLED.equals(condition.type()))
            .map(since -> Duration.between(Instant.parse(since.lastTransitionTime()), seen.now()))
            .findFirst()
            .orElse(Duration.ZERO)
            .dividedBy(4);
    return quarter.compareTo(AGAIN) < 0 ? AGAIN : quarter.compareTo(IDLE) > 0 ? IDLE : quarter;
  }

  private Duration sinceInspected() {
    return Duration.between(Instant.parse(seen.status().inspectedAt()), seen.now());
  }

  private List<Condition> report(Conditions following, RunnerReport report) {
    if (report.outcome() != Outcome.SUCCEEDED || report.inspect() == null) {
      look(AGAIN);
      draft.files(List.of());
      return following.stalled(report.reason(), report.message());
    }
    draft.highestEpoch(report.inspect().highestEpoch());
    if (report.swap() != null && downgrade.isPresent() && toCount().isPresent()) {
      draft.downgrade(
          downgrade
              .get()
              .counted(
                  report.swap().writtenSince(),
                  report.swap().rowsSince(),
                  Conditions.bounded(report.message()),
                  text(seen.now())));
    }
    String unfinished = report.inspect().unfinishedRun();
    if (unfinished != null) {
      return halfDone(following, unfinished);
    }
    Inspection found = Inspection.of(seen.spec(), report.inspect());
    draft.files(found.files());
    draft.problem(found.problem(), found.message());
    if (found.problem() != null) {
      notes.add(
          EventNote.warning(
              seen.generation() + ":" + found.message(), found.problem(), found.message()));
    }
    return settled(following);
  }

  /** Under the volume's lock, so no run of a migration has it: nobody else will end this. */
  private List<Condition> halfDone(Conditions following, String run) {
    if (seen.spec().mode() == SQLiteDatabaseSpec.Mode.OBSERVE) {
      look(AGAIN);
      String message =
          "Run %s was interrupted on this volume and is half done. Mode Observe: nothing is stopped or written. With Manage it is finished or undone from its record; by hand: stop the workload, then litehaven recover beside the volume."
              .formatted(run);
      draft.problem(Reason.OBSERVE_ONLY, message);
      return following.stalled(Reason.OBSERVE_ONLY, message);
    }
    var recovery = new SelfRecovery(seen, draft, following, this::look);
    List<Condition> told = recovery.begin(run);
    effects.addAll(recovery.effects());
    notes.addAll(recovery.notes());
    return told;
  }

  private List<Condition> settled(Conditions following) {
    if (draft.problem() != null) {
      look(AGAIN);
      return following.stalled(draft.problem(), draft.problemMessage());
    }
    if (unfit().isPresent()) {
      look(AGAIN);
      return following.stalled(unfit().get().reason(), unfit().get().message());
    }
    if (draft.inspectedNothing()) {
      return following.ready(
          Reason.NOT_INSPECTED,
          "%s was not looked at yet: its claim is ReadWriteOncePod, and the workload is running. A migration looks at it when the workload is stopped. %s"
              .formatted(draft.paths(), how()));
    }
    if (downgrade.isPresent()) {
      return held(following, downgrade.get());
    }
    return switch (seen.spec().mode()) {
      case OBSERVE ->
          following.ready(
              Reason.OBSERVED,
              draft.summary()
                  + " Mode Observe: nothing is stopped or written. With Manage: "
                  + how());
      case PROTECT ->
          following.ready(
              Reason.HEALTHY,
              draft.summary()
                  + " Mode Protect: backups are made, and nothing is changed. "
                  + how());
      case MANAGE -> following.ready(Reason.HEALTHY, draft.summary() + " " + how());
    };
  }

  /** The database is well, and somebody has to decide. */
  private List<Condition> held(Conditions following, Downgrade found) {
    String why =
        "Template %s of %s is held: %s."
            .formatted(found.template(), found.workload().ref().display(), found.why());
    notes.add(
        EventNote.warning(
            found.workload().uid() + ":" + found.template() + ":downgrade",
            Reason.DOWNGRADE_HELD,
            Conditions.bounded(why + " " + ways().orElse(""))));
    return following.ready(
        Reason.DOWNGRADE_HELD,
        Conditions.bounded(draft.summary() + " " + why + " nextAction has both ways. " + how()));
  }

  /** A good file, and workloads that have it in a way that it cannot be replaced. */
  private Optional<MountFit> unfit() {
    return MountFit.problem(seen.volume().mount(), draft.files(), seen.spec().runner().allowRoot());
  }

  private String how() {
    return DatabaseWords.how(seen.volume());
  }

  private void operation() {
    switch (seen.lock()) {
      case LockState.HeldByOther other -> draft.operation(other);
      case LockState.Held _, LockState.Free _ -> draft.noOperation();
    }
  }

  private void release() {
    if (seen.lock() instanceof LockState.Held && !handingOver) {
      effects.add(new Effect.ReleaseLock());
    }
  }

  private void look(Duration in) {
    if (in.compareTo(again) < 0) {
      again = in;
    }
  }

  static String text(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
