package dev.litehaven.operator.run;

import dev.litehaven.operator.job.JobState;
import dev.litehaven.operator.lock.LockState;

/** What is said of a run from what is seen of it. */
final class RunWords {
  private final RunObservation seen;

  RunWords(RunObservation seen) {
    this.seen = seen;
  }

  String database() {
    return seen.terms().databaseName();
  }

  String waitingFor(LockState.HeldByOther other) {
    return "Waiting for %s, which has been working on the volume or a workload of database %s since %s."
        .formatted(other.holder(), database(), other.since());
  }

  static String progress(String what, JobState.Active active) {
    String message = active.message().isEmpty() ? "" : " " + active.message();
    return what + (active.started() ? " is running." : " waits for its pod.") + message;
  }

  String currentMessage() {
    return seen.written().conditions().isEmpty()
        ? "Starting the runner."
        : seen.written().conditions().getFirst().message();
  }

  String stopping() {
    return seen.workloads().isEmpty()
        ? "No workload uses the claim; nothing to stop."
        : "Stopping "
            + String.join(", ", seen.workloads().stream().map(w -> w.ref().display()).toList())
            + ".";
  }

  String undeclared() {
    return "The claim is in use by %s, which belongs to no workload of database %s. Stop it, or name its workload in the SQLiteDatabase."
        .formatted(String.join(", ", seen.undeclared()), database());
  }

  String deadline(JobState.Active active) {
    return "Not done after activeDeadlineSeconds (%d s): %s Nothing was changed."
        .formatted(seen.terms().activeDeadline().toSeconds(), progress("the runner", active));
  }
}
