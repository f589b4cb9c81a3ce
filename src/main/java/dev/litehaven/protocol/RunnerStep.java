package dev.litehaven.protocol;

/** What one runner pod is asked to do. One step per pod; every step may safely be run again. */
public enum RunnerStep {
  /** Looks at the volume: files found by header, history, unfinished work. Changes nothing. */
  INSPECT,
  /** Rehearses pending migrations on a consistent copy while the workload runs. */
  PLAN,
  /** Backs up, migrates a copy, verifies it and swaps it in. The workload must be stopped. */
  MIGRATE,
  /** Puts the database of before the named run back, keeping the failed state. */
  ROLLBACK,
  /** Finishes or undoes whatever an earlier run left half done. */
  RECOVER,
  /** After success: removes what the swap kept, once the backup is verified. */
  SETTLE,
  /** Repeats the report of the named run from the journal on the volume. */
  REPORT,
  /** Makes a verified file backup of the database while the workload may be running. */
  BACKUP,
  /** Tries the place for backups: writes, reads, lists and deletes a probe. Needs no database. */
  PROBE,
  /** Says which backups of an identity lie in a place. Needs no database. */
  LIST,
  /** Reads backups back from where they lie, and so verifies them anew. Needs no database. */
  READ_BACK,
  /** Removes backups that retention or a finalizer gave up. Needs no database. */
  PRUNE,
  /** Brings the files of a verified backup onto the volume; the workload may be running. */
  FETCH,
  /**
   * Puts what was fetched in place, whole or selected tables, or says what that would change. The
   * workload must be stopped unless it is a dry run.
   */
  RESTORE,
  /** Checks a copy of the database against the rules while the workload may be running. */
  VERIFY
}
