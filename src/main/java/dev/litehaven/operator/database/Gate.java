package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.WorkloadStatus;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.database.DatabaseObservation.Migration;
import dev.litehaven.operator.database.DatabasePlan.Effect;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockHolders;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.operator.workload.Gatekeeper;
import dev.litehaven.operator.workload.HandOver;
import dev.litehaven.operator.workload.WorkloadGoal;
import dev.litehaven.operator.workload.WorkloadObservation;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.operator.workload.WorkloadPlanner;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Who may pass the gates of a database's workloads now, and why others may not. */
final class Gate {
  private static final Duration SOON = DatabasePlanner.SOON;
  private static final Duration AGAIN = DatabasePlanner.AGAIN;

  /**
   * A new version and its migration arrive as two objects, in any order. So long a new template
   * waits for a migration that may come with it.
   */
  static final Duration GRACE = Duration.ofSeconds(3);

  private final DatabaseObservation seen;
  private final StatusDraft draft;
  private final boolean blocked;
  private final Consumer<Duration> look;
  private final List<Effect> effects = new ArrayList<>();
  private final List<EventNote> notes = new ArrayList<>();
  private boolean handingOver = false;
  private final Optional<Downgrade> downgrade;

  /**
   * @param blocked whether something keeps the volume from being looked at
   * @param look told when to look again
   */
  Gate(DatabaseObservation seen, StatusDraft draft, boolean blocked, Consumer<Duration> look) {
    this.seen = seen;
    this.draft = draft;
    this.blocked = blocked;
    this.look = look;
    this.downgrade =
        draft.inspectedNothing() || seen.migrations().stream().anyMatch(Migration::midway)
            ? Optional.empty()
            : Downgrade.find(
                seen,
                draft.schemaVersion(),
                seen.status().app(),
                workload -> workload.runningTemplate().or(() -> draft.admitted(workload.ref())));
    draft.downgrade(downgrade.map(found -> found.told(seen.status().downgrade())).orElse(null));
  }

  List<Effect> effects() {
    return effects;
  }

  List<EventNote> notes() {
    return notes;
  }

  /** An image that wants in and fits an older schema only. */
  Optional<Downgrade> downgrade() {
    return downgrade;
  }

  /** Whether the volume's lock is needed for a change from one template to another. */
  boolean handingOver() {
    return handingOver;
  }

  /** Lets waiting pods in while no operation is on; says why for those that stay outside. */
  void plan() {
    var statuses = new ArrayList<WorkloadStatus>();
    Optional<String> looking =
        Bootstrap.pending(seen.spec(), seen.status())
            ? Optional.of(Bootstrap.CLOSED)
            : notLookedAtYet();
    for (WorkloadObservation workload : seen.volume().workloads()) {
      if (statuses.size() == SQLiteDatabaseStatus.MAX_WORKLOADS) {
        break;
      }
      Optional<String> known = draft.admitted(workload.ref());
      Gatekeeper.Verdict verdict = Gatekeeper.decide(workload, circumstances(workload, known));
      boolean mayAct =
          seen.spec().mode() == SQLiteDatabaseSpec.Mode.MANAGE
              && looking.isEmpty()
              && seen.status().recovery() == null
              && !(seen.lock() instanceof LockState.HeldByOther other && exclusive(other));
      if (mayAct && !verdict.actions().isEmpty()) {
        effects.add(new Effect.ActOnWorkload(workload.ref(), verdict.actions()));
        look.accept(SOON);
      }
      if (mayAct && seen.abandoned().contains(workload.ref()) && lookedAtSince()) {
        letGo(workload);
      }
      Optional<WorkloadPlan> handOver =
          mayAct ? HandOver.next(workload, verdict.handOver()) : Optional.empty();
      handOver.ifPresent(plan -> handOver(workload, plan));
      String held =
          verdict.held().stream()
              .map(Gatekeeper.Held::message)
              .findFirst()
              .or(() -> looking.filter(_ -> !workload.waitingPods().isEmpty()))
              .map(Conditions::bounded)
              .orElse(null);
      if (held != null) {
        look.accept(AGAIN);
      }
      statuses.add(
          new WorkloadStatus(
              workload.ref().kind().text(),
              workload.ref().name(),
              DatabaseWords.method(workload),
              (mayAct ? verdict.letIn() : known).or(() -> known).orElse(null),
              held));
    }
    draft.workloads(statuses);
  }

  /** Under the volume's lock, so that no migration comes between. */
  private void handOver(WorkloadObservation workload, WorkloadPlan plan) {
    look.accept(SOON);
    switch (seen.lock()) {
      case LockState.Held _ -> {
        handingOver = true;
        if (plan instanceof WorkloadPlan.Act act) {
          effects.add(new Effect.ActOnWorkload(workload.ref(), act.actions()));
        }
        notes.add(
            EventNote.normal(
                workload.uid() + ":" + plan.message(), Reason.STARTING, plan.message()));
      }
      case LockState.Free _ -> effects.add(new Effect.TakeLock());
      case LockState.HeldByOther _ -> {}
    }
  }

  /** Its run was removed by force, and nobody else would ever start it again. */
  private void letGo(WorkloadObservation workload) {
    String run = workload.heldBy().orElseThrow();
    if (WorkloadPlanner.plan(workload, new WorkloadGoal.Released(run))
        instanceof WorkloadPlan.Act act) {
      effects.add(new Effect.ActOnWorkload(workload.ref(), act.actions()));
      notes.add(
          EventNote.warning(
              workload.uid() + ":" + run,
              Reason.RECOVERING,
              "%s is still stopped by run %s, which exists no more: letting go of it."
                  .formatted(workload.ref().display(), run)));
      look.accept(SOON);
    }
  }

  /**
   * What a run that was given up has left on the volume may not be started on unseen. Where it
   * cannot be looked at, being up is worth more: what is half done does not open.
   */
  private boolean lookedAtSince() {
    boolean tried = seen.status().inspectionKey() == null && seen.status().inspectedAt() != null;
    return tried
        || seen.volume()
            .claim()
            .filter(claim -> claim.bound() && !blocked)
            .map(claim -> seen.lookedAt(claim.uid()))
            .orElse(true);
  }

  /** Whoever only reads, to look or to back up, does not mind a pod; whoever works on it does. */
  private static boolean exclusive(LockState.HeldByOther other) {
    return !other.holder().endsWith(LockHolders.INSPECTION)
        && !other.holder().startsWith("DatabaseBackup/");
  }

  private Gatekeeper.Circumstances circumstances(
      WorkloadObservation workload, Optional<String> known) {
    Optional<String> waitsFor =
        Stream.concat(seen.migrations().stream(), seen.siblings().stream())
            .filter(migration -> !migration.ready())
            .map(migration -> "DatabaseMigration " + migration.name() + " to succeed")
            .findFirst()
            .or(() -> justMade(workload));
    // Whoever was let in by name waits for nothing; others still do.
    boolean byName = seen.admit().flatMap(workload::template).isPresent();
    Optional<String> now = workload.runningTemplate().or(() -> known);
    return new Gatekeeper.Circumstances(
        known,
        byName ? Optional.empty() : waitsFor,
        wanted -> Version.atLeast(draft.schemaVersion(), wanted),
        draft.schemaVersion() == null ? "none" : draft.schemaVersion(),
        template ->
            seen.admit().filter(template::equals).isPresent()
                ? Optional.empty()
                : held(workload, template)
                    .or(
                        () ->
                            byName && now.isPresent() && !now.get().equals(template)
                                ? waitsFor.map("it waits for "::concat)
                                : Optional.empty()),
        seen.volume().claim().map(claim -> !claim.singlePod()).orElse(true));
  }

  private Optional<String> held(WorkloadObservation workload, String template) {
    return downgrade
        .filter(found -> found.template().equals(template))
        .filter(found -> found.workload().ref().equals(workload.ref()))
        .map(
            found ->
                found.why()
                    + ". "
                    + found
                        .ways(seen.name(), seen.namespace(), draft.downgrade())
                        .replaceAll("[.]$", ""))
        .or(() -> undone(template));
  }

  /** The last one that was let in came in for a database that has been taken back since. */
  private Optional<String> undone(String template) {
    return seen.migrations().stream()
        .filter(migration -> !migration.ready() && migration.undone().contains(template))
        .findFirst()
        .map(
            migration ->
                "its migration was undone, and the database is at %s; correct DatabaseMigration %s or the template"
                    .formatted(
                        draft.schemaVersion() == null ? "none" : draft.schemaVersion(),
                        migration.name()));
  }

  /** Where a pod that runs keeps everybody else away, the first look comes before the first pod. */
  private Optional<String> notLookedAtYet() {
    boolean alone = seen.volume().claim().filter(VolumeUse.Claim::singlePod).isPresent();
    boolean looking =
        seen.status().inspectedAt() == null || seen.inspection() instanceof JobState.Active;
    boolean can = seen.volume().claim().filter(VolumeUse.Claim::bound).isPresent();
    return alone && looking && can && !seen.volume().inUse()
        ? Optional.of(
            "Pods stay at the gate until the ReadWriteOncePod volume has been looked at, which takes some seconds.")
        : Optional.empty();
  }

  private Optional<String> justMade(WorkloadObservation workload) {
    boolean young =
        workload.waitingPods().stream()
            .anyMatch(pod -> Duration.between(pod.created(), seen.now()).compareTo(GRACE) < 0);
    if (young) {
      look.accept(Duration.ofSeconds(1));
    }
    return young
        ? Optional.of("a moment, in case a migration comes with the new version")
        : Optional.empty();
  }
}
