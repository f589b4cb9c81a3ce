package dev.litehaven.operator.migration;

import dev.litehaven.api.v1alpha1.DatabaseMigrationSpec;
import dev.litehaven.api.v1alpha1.DatabaseMigrationStatus;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.run.RunObservation;
import dev.litehaven.operator.source.Source;
import java.util.Optional;

/**
 * Everything that the planner of a migration may know, seen at one time.
 *
 * @param status as last written; never null
 * @param streamOwner older migration of the same database and stream, which keeps it
 * @param rollbackOf run that somebody wants undone
 * @param backUnlessWritten run to undo by itself, if nothing was written since: an image wants in
 *     that ran on what was before it, and the database says that it may go back
 * @param run the migration as the planner of runs sees it
 */
public record MigrationObservation(
    DatabaseMigrationSpec spec,
    DatabaseMigrationStatus status,
    Source source,
    Optional<String> streamOwner,
    Optional<String> rollbackOf,
    Optional<String> backUnlessWritten,
    Optional<String> fluxRequestedAt,
    RunObservation run) {

  /** The same, with the answer to what was just asked of the API server. */
  public MigrationObservation with(JobState answer) {
    return new MigrationObservation(
        spec,
        status,
        source,
        streamOwner,
        rollbackOf,
        backUnlessWritten,
        fluxRequestedAt,
        run.with(answer));
  }
}
