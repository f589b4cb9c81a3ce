package dev.litehaven.protocol;

import java.util.List;

/**
 * What a rehearsal found.
 *
 * @param planHash SHA-256 over database identity, ordered checksums, schema before and after and
 *     finding keys; the same for every rehearsal of the same change
 * @param versionBefore newest applied version in the stream; null: none yet
 * @param versionAfter version the stream will be at
 * @param steps migrations that will run, in order
 * @param findings at most {@link #MAX_FINDINGS}, destructive ones first
 * @param findingsTotal how many there were
 * @param ddl unified difference of the schema, for humans, bounded
 * @param sizeBytes of the copy that was migrated
 * @param requiredBytes free space the real run will need
 */
public record PlanReport(
    String planHash,
    String versionBefore,
    String versionAfter,
    List<Step> steps,
    List<Finding> findings,
    int findingsTotal,
    String ddl,
    List<TableRows> tables,
    long sizeBytes,
    long requiredBytes) {
  public static final int MAX_FINDINGS = 50;

  public PlanReport {
    steps = steps == null ? List.of() : List.copyOf(steps);
    findings = findings == null ? List.of() : List.copyOf(findings);
    tables = tables == null ? List.of() : List.copyOf(tables);
  }

  /**
   * @param action {@code up}, {@code down} or {@code skip} (its {@code when} was false)
   */
  public record Step(
      String version, String description, String checksum, String action, long durationMillis) {}

  /** Row counts of one table before and after; -1 where the table does not exist. */
  public record TableRows(String table, long before, long after) {}
}
