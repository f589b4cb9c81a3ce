package dev.litehaven.operator.restore;

import dev.litehaven.api.v1alpha1.DatabaseRestoreSpec;
import dev.litehaven.api.v1alpha1.DatabaseRestoreStatus;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.run.RunObservation;
import java.util.Optional;

/**
 * Everything that the planner of a restore may know, seen at one time.
 *
 * @param status as last written; never null
 * @param source where the backup comes from
 * @param database UID and mode of the SQLiteDatabase; empty: there is none
 * @param target the claim that mode NewClaim makes; empty for the other modes
 * @param run the restore as the planner of runs sees it
 */
record RestoreObservation(
    DatabaseRestoreSpec spec,
    DatabaseRestoreStatus status,
    RestoreSource source,
    Optional<Database> database,
    Optional<Target> target,
    RunObservation run) {

  /** The same, with the answer to what was just asked of the API server. */
  RestoreObservation with(JobState answer) {
    return new RestoreObservation(spec, status, source, database, target, run.with(answer));
  }

  /**
   * @param protectedMode how the database is used, where that forbids changing it; null: it does
   *     not
   */
  record Database(String name, String uid, String protectedMode) {}

  /** A claim that is to be made. */
  sealed interface Target {
    record Absent() implements Target {}

    /** Made for this very restore. */
    record Ours() implements Target {}

    /** Somebody else's, of the same name. */
    record Foreign() implements Target {}
  }
}
