package dev.litehaven.operator.run;

import dev.litehaven.api.v1alpha1.Condition;
import dev.litehaven.api.v1alpha1.DatabaseMigrationSpec.OnNotReady;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus.Run;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.workload.Concern;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.operator.workload.WorkloadRef;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Everything that the planner of a run may know, whatever the run is for, seen at one time. Name,
 * UID and the like are those of the resource that asks for it.
 *
 * @param requestedAt value of the annotation that asks for a run now
 * @param terms what the resource asks for
 * @param written what its status says
 * @param run that is under way; null: none
 * @param currentVersion that the database is known to be at; null: none
 * @param lock over the claim and every workload; free unless a run asks for it
 * @param undeclared pods of the claim that belong to no known workload, as {@code pod (owner)}
 * @param beforeStop what the claim or the database has against a run that has stopped nothing yet
 * @param barred whether the database still says that the run has its claim for itself, and so the
 *     admission policy that no other pod may come
 * @param job of the run's current step and attempt; absent where the step has none
 * @param runnersAlive whether a pod of the run, of any step, may still be at work or may yet begin
 */
public record RunObservation(
    Instant now,
    String namespace,
    String name,
    String uid,
    long generation,
    boolean deleting,
    boolean finalizer,
    Optional<String> requestedAt,
    Terms terms,
    Written written,
    Run run,
    String currentVersion,
    Database database,
    LockState lock,
    List<Workload> workloads,
    List<String> undeclared,
    Optional<Obstacle> beforeStop,
    boolean barred,
    JobState job,
    boolean runnersAlive,
    SnapshotState snapshot) {

  /** The same, with the answer to what was just asked of the API server. */
  public RunObservation with(JobState answer) {
    return new RunObservation(
        now,
        namespace,
        name,
        uid,
        generation,
        deleting,
        finalizer,
        requestedAt,
        terms,
        written,
        run,
        currentVersion,
        database,
        lock,
        workloads,
        undeclared,
        beforeStop,
        barred,
        answer,
        runnersAlive,
        snapshot);
  }

  /** Why no run may begin, nor one go on that has stopped nothing yet. */
  public Optional<Obstacle> inTheWay() {
    return beforeStop.or(
        () ->
            workloads.stream()
                .flatMap(workload -> workload.concerns().stream())
                .filter(Concern::blocks)
                .findFirst()
                .map(concern -> new Obstacle(concern.reason(), concern.message())));
  }

  /** Templates that wait at the gate; empty: none does. */
  public String waitingTemplate() {
    return String.join(
        ",", workloads.stream().flatMap(one -> one.waitingTemplate().stream()).toList());
  }

  /** Of a run that undoes another, what to know the one by that must not come in again. */
  String runningTemplate() {
    return String.join(
        ",", workloads.stream().flatMap(one -> one.runningTemplate().stream()).toList());
  }

  /**
   * What to put back in Git where the old code cannot come back by itself, for after a sentence.
   */
  public String revert() {
    return workloads.stream()
        .flatMap(workload -> workload.revert().stream())
        .map(" "::concat)
        .collect(Collectors.joining());
  }

  /**
   * What is asked of a run.
   *
   * @param onlyCompares whether the run is to say what it would change, and no more
   * @param databaseName the SQLiteDatabase that it is about
   * @param activeDeadline how long it may take up to the swap
   * @param readinessDeadline how long the workload may take to get ready
   */
  public record Terms(
      Work work,
      boolean onlyCompares,
      String databaseName,
      Duration activeDeadline,
      Duration readinessDeadline,
      OnNotReady onNotReady) {}

  /**
   * A status, as last written.
   *
   * @param lastHandledRequest value of the annotation that was heeded last; null: none was
   */
  public record Written(List<Condition> conditions, String nextAction, String lastHandledRequest) {}

  /** What stands in the way of a run. */
  public record Obstacle(Reason reason, String message) {
    /** Who asked, or the database, is not what it was when the run began. */
    public static Obstacle planChanged(Work work) {
      return new Obstacle(
          Reason.PLAN_CHANGED,
          "The %s or its database was changed before it was carried out; it is planned anew."
              .formatted(work.noun()));
    }
  }

  /** The database that a run is about. */
  public sealed interface Database {
    /**
     * @param stalled whether a human must act before it comes
     */
    record Unusable(boolean stalled, Reason reason, String message) implements Database {}

    /**
     * @param singlePod the claim can be mounted by one pod only, so nothing can be rehearsed beside
     *     the workload
     * @param owner of the first file; null: not known
     * @param highestEpoch highest fencing token that the volume has seen
     */
    record Usable(
        String name,
        String uid,
        String identity,
        SQLiteDatabaseSpec spec,
        String claimUid,
        boolean singlePod,
        List<DatabaseFile> files,
        FileOwner owner,
        long highestEpoch)
        implements Database {}
  }

  /**
   * @param plan what to do next towards the goal of the run's step
   * @param waitingTemplate template that waits at the gate beside the one that runs
   * @param runningTemplate template of the pod that runs, or is ending
   * @param revert what to put back in Git, should the database go back: its old template cannot
   */
  public record Workload(
      WorkloadRef ref,
      String uid,
      WorkloadPlan plan,
      List<Concern> concerns,
      Optional<String> waitingTemplate,
      Optional<String> runningTemplate,
      Optional<String> revert) {
    /** Whether a pod of it is past the gate and has not ended. */
    boolean running() {
      return runningTemplate.isPresent();
    }
  }
}
