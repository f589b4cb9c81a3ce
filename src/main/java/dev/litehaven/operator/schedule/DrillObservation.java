package dev.litehaven.operator.schedule;

import dev.litehaven.operator.job.JobState;
import java.util.Optional;

/**
 * How far a restore drill is.
 *
 * @param claim whether its scratch volume's claim is there
 * @param job of the present step; Absent where it has none
 * @param candidate what the next drill, or the present one, restores
 */
record DrillObservation(boolean claim, JobState job, Optional<Candidate> candidate) {
  static final DrillObservation NONE =
      new DrillObservation(false, new JobState.Absent(), Optional.empty());

  DrillObservation with(JobState answer) {
    return new DrillObservation(claim, answer, candidate);
  }

  /**
   * The newest verified backup of the database whose turn it is.
   *
   * @param bytes of its files
   */
  record Candidate(String backup, String database, String identity, long bytes) {}
}
