package dev.litehaven.operator.location;

import dev.litehaven.api.v1alpha1.BackupLocationSpec;
import dev.litehaven.api.v1alpha1.BackupLocationStatus;
import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.job.RunnerPod;
import java.time.Instant;
import java.util.Optional;

/**
 * A place for backups and how far its probe is, seen at one time.
 *
 * @param claimMissing whether it is on a claim that does not exist
 * @param probe Job of {@code status.probeRun}; Absent where there is none
 * @param identity as whom databases write there, as far as that is known
 * @param node where the claim is in use; null: nowhere, or it is a bucket
 */
record LocationObservation(
    Instant now,
    String namespace,
    String name,
    String uid,
    long generation,
    BackupLocationSpec spec,
    BackupLocationStatus status,
    boolean claimMissing,
    JobState probe,
    RunnerPod.Identity identity,
    String node,
    Optional<String> requestedAt) {

  LocationObservation with(JobState answer) {
    return new LocationObservation(
        now,
        namespace,
        name,
        uid,
        generation,
        spec,
        status,
        claimMissing,
        answer,
        identity,
        node,
        requestedAt);
  }
}
