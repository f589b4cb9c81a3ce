package dev.litehaven.operator.schedule;

import java.util.List;
import java.util.Optional;

/**
 * A database that a schedule covers, and the runs of this schedule that are found for it.
 *
 * @param runs in any order; older ones may be gone
 * @param busy what else has the database now, for example the name of a migration
 */
public record DatabaseRuns(String identity, List<Run> runs, Optional<String> busy) {
  public DatabaseRuns {
    runs = List.copyOf(runs);
  }
}
