package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.DatabaseMigrationSpec;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.api.v1alpha1.SQLiteDatabaseSpec;
import dev.litehaven.operator.job.FileOwner;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;
import dev.litehaven.operator.snapshot.SnapshotState;
import dev.litehaven.operator.source.Source;
import dev.litehaven.operator.workload.Concern;
import dev.litehaven.operator.workload.WorkloadPlan;
import dev.litehaven.operator.workload.WorkloadRef;
import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Everything that the planner may know, seen at one time.
 *
 * @param status as last written; never null
 * @param streamOwner older migration of the same database and stream, which keeps it
 * @param lock over the claim and every workload; free unless a run asks for it
 * @param undeclared pods of the claim that belong to no known workload, as {@code pod (owner)}
 * @param beforeStop what the claim or the database has against a run that has stopped nothing yet
 * @param barred whether the database still says that the run has its claim for itself, and so the
 *     admission policy that no other pod may come
 * @param job of the run's current step and attempt; absent where the step has none
 * @param runnersAlive whether a pod of the run, of any step, may still be at work or may yet begin
 * @param rollbackOf run that somebody wants undone
 * @param backUnlessWritten run to undo by itself, if nothing was written since: an image wants in
 *     that ran on what was before it, and the database says that it may go back
 * @param requestedAt value of the annotation that asks for a run now
 * @param onlyCompares whether the run is to say what it would change, and no more
 */
public record MigrationObservation(
    Instant now,
    String namespace,
    String name,
    String uid,
    long generation,
    boolean deleting,
    boolean finalizer,
    DatabaseMigrationSpec spec,
    DatabaseMigrationStatus status,
    Database database,
    Source source,
    Optional<String> streamOwner,
    LockState lock,
    List<Workload> workloads,
    List<String> undeclared,
    Optional<Obstacle> beforeStop,
    boolean barred,
    JobState job,
    boolean runnersAlive,
    SnapshotState snapshot,
    Optional<String> rollbackOf,
    Optional<String> backUnlessWritten,
    Optional<String> requestedAt,
    Optional<String> fluxRequestedAt,
    Work work,
    boolean onlyCompares) {

  /** The same, with the answer to what was just asked of the API server. */
  public MigrationObservation with(JobState answer) {
    return new MigrationObservation(
        now,
        namespace,
        name,
        uid,
        generation,
        deleting,
        finalizer,
        spec,
        status,
        database,
        source,
        streamOwner,
        lock,
        workloads,
        undeclared,
        beforeStop,
        barred,
        answer,
        runnersAlive,
        snapshot,
        rollbackOf,
        backUnlessWritten,
        requestedAt,
        fluxRequestedAt,
        work,
        onlyCompares);
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

  /** What to put back in Git where the old code cannot come back by itself, for after a sentence. */
  String revert() {
    return workloads.stream()
        .flatMap(workload -> workload.revert().stream())
        .map(" "::concat)
        .collect(Collectors.joining());
  }

  /** What stands in the way of a run. */
  public record Obstacle(Reason reason, String message) {}

  /** The database that the migration names. */
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
