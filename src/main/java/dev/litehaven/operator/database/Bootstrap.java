package dev.litehaven.operator.database;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec.OnNoBackup;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseStatus.Bootstrapped;
import dev.litehaven.operator.condition.Conditions;
import dev.litehaven.operator.database.DatabaseObservation.Restore;
import dev.litehaven.operator.database.DatabasePlan.Effect;
import dev.litehaven.operator.event.EventNote;
import dev.litehaven.operator.naming.Names;
import dev.litehaven.operator.volume.VolumeUse;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Has a backup put onto a claim on which no database is yet, once, by a restore that leaves alone
 * whatever is there; until then nobody passes the gates. Pure.
 */
final class Bootstrap {
  static final String CLOSED =
      "Pods stay at the gate until a backup has been put onto the claim, as spec.bootstrap asks.";

  /** Of a Kubernetes name, less what is appended. */
  private static final int MAX_NAME = 253 - "-bootstrap-0123456789".length();

  private final DatabaseObservation seen;
  private final StatusDraft draft;
  private final Consumer<Duration> look;
  private final List<Effect> effects = new ArrayList<>();
  private final List<EventNote> notes = new ArrayList<>();

  /**
   * @param look told when to look again
   */
  Bootstrap(DatabaseObservation seen, StatusDraft draft, Consumer<Duration> look) {
    this.seen = seen;
    this.draft = draft;
    this.look = look;
  }

  /** Whether it is asked for and has not been settled. */
  static boolean pending(SQLiteDatabaseSpec spec, SQLiteDatabaseStatus status) {
    return spec.bootstrap() != null
        && spec.mode() == SQLiteDatabaseSpec.Mode.MANAGE
        && (status.bootstrapped() == null || status.bootstrapped().completedAt() == null);
  }

  /** Another one for a database that was made anew, so that no old outcome is taken for its own. */
  static String restore(String database, String uid) {
    return "%s-bootstrap-%s"
        .formatted(
            database.substring(0, Math.min(database.length(), MAX_NAME)), Names.shortHash(uid));
  }

  List<Effect> effects() {
    return effects;
  }

  List<EventNote> notes() {
    return notes;
  }

  /**
   * @param obstacle whether something keeps the volume from being looked at
   * @param otherwise what is said of the database where there is nothing to do here
   */
  List<Condition> conditions(Conditions following, boolean obstacle, List<Condition> otherwise) {
    if (!pending(seen.spec(), seen.status()) || seen.status().recovery() != null) {
      return otherwise;
    }
    if (seen.bootstrap().isPresent()) {
      return restoring(following, seen.bootstrap().get());
    }
    Optional<VolumeUse.Claim> claim = seen.volume().claim();
    boolean unbound =
        otherwise.stream()
            .anyMatch(condition -> Reason.CLAIM_NOT_BOUND.text().equals(condition.reason()));
    // A claim that waits for its first pod gets it by the restore.
    if (unbound) {
      return make(following);
    }
    if (obstacle || claim.isEmpty()) {
      return otherwise;
    }
    if (!draft.lookedAt(claim.get().uid())) {
      boolean never = claim.get().singlePod() && seen.volume().inUse();
      if (never) {
        settle(Reason.NOT_INSPECTED, null, null, "is in use");
      }
      return otherwise;
    }
    if (draft.absent()) {
      return make(following);
    }
    settle(Reason.UNCHANGED, null, null, "has a database already");
    return otherwise;
  }

  private List<Condition> make(Conditions following) {
    String name = restore(seen.name(), seen.uid());
    effects.add(new Effect.ReleaseLock());
    effects.add(new Effect.MakeRestore(name));
    draft.bootstrapped(new Bootstrapped(name, null, null, null));
    look.accept(DatabasePlanner.SOON);
    String message =
        "No database is on claim %s: DatabaseRestore %s brings one from BackupLocation %s before the app may start."
            .formatted(seen.spec().claimName(), name, seen.spec().bootstrap().locationRef().name());
    notes.add(EventNote.normal(name, Reason.BOOTSTRAPPING, message));
    return following.reconciling(Reason.BOOTSTRAPPING, message);
  }

  private List<Condition> restoring(Conditions following, Restore restore) {
    if (restore.succeeded().isEmpty()) {
      draft.bootstrapped(new Bootstrapped(restore.name(), restore.backup(), null, null));
      look.accept(DatabasePlanner.AGAIN);
      return following.reconciling(
          Reason.BOOTSTRAPPING,
          "DatabaseRestore %s has to bring a database before the app may start. %s"
              .formatted(
                  restore.name(), restore.message() == null ? "It begins." : restore.message()));
    }
    Reason reason =
        Optional.ofNullable(restore.reason()).flatMap(Reason::of).orElse(Reason.INTERNAL_ERROR);
    if (restore.succeeded().get()) {
      settle(
          reason,
          restore.name(),
          restore.backup(),
          restore.backup() == null || reason == Reason.UNCHANGED
              ? "has a database already"
              : "has the database of backup " + restore.backup() + " now");
      return lookAnew(following);
    }
    if (reason == Reason.NOTHING_TO_RESTORE
        && seen.spec().bootstrap().onNoBackup() == OnNoBackup.START_EMPTY) {
      settle(
          reason,
          restore.name(),
          null,
          "stays empty, since there is no backup yet: the app begins");
      return lookAnew(following);
    }
    look.accept(DatabasePlanner.AGAIN);
    String message =
        "DatabaseRestore %s could not bring a database: %s Pods stay at the gate. To try again: kubectl delete dbr %s -n %s.%s"
            .formatted(
                restore.name(),
                restore.message(),
                restore.name(),
                seen.namespace(),
                reason == Reason.NOTHING_TO_RESTORE
                    ? " To begin with an empty database: bootstrap.onNoBackup: StartEmpty."
                    : "");
    notes.add(EventNote.warning(restore.name() + ":failed", reason, message));
    draft.bootstrapped(new Bootstrapped(restore.name(), restore.backup(), reason.text(), null));
    return following.stalled(reason, message);
  }

  private void settle(Reason reason, String restore, String backup, String what) {
    draft.bootstrapped(
        new Bootstrapped(restore, backup, reason.text(), DatabasePlanner.text(seen.now())));
    look.accept(Duration.ZERO);
    notes.add(
        EventNote.normal(
            seen.uid() + ":bootstrap",
            reason,
            "Claim %s %s, so spec.bootstrap is settled; it is never carried out again."
                .formatted(seen.spec().claimName(), what)));
  }

  /** What was found before the restore says nothing any more. */
  private List<Condition> lookAnew(Conditions following) {
    draft.inspected(null, null);
    draft.problem(null, null);
    return following.reconciling(
        Reason.PENDING, "Looking at the volume behind claim " + seen.spec().claimName() + ".");
  }
}
