package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.Destructive;
import dev.litehaven.protocol.Finding;
import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import java.util.List;
import java.util.stream.Collectors;

/** Refuses a plan for what it would do. Pure. */
final class Refusals {
  private static final int MAX_NAMED = 10;

  private Refusals() {}

  /**
   * @param findings all of them, not only those that the report has room for
   * @throws PlanRefusedException when the policy forbids what was found
   */
  static void requireAllowed(Destructive policy, List<Finding> findings, PlanReport plan) {
    List<Finding> losses = findings.stream().filter(Finding::destructive).toList();
    if (policy != Destructive.FORBID || losses.isEmpty()) {
      return;
    }
    boolean onlyValues =
        losses.stream().allMatch(finding -> finding.reason() == Reason.VALUES_CHANGED);
    String named =
        losses.stream().limit(MAX_NAMED).map(Refusals::phrase).collect(Collectors.joining("; "));
    if (losses.size() > MAX_NAMED) {
      named += "; and " + (losses.size() - MAX_NAMED) + " more";
    }
    if (onlyValues) {
      throw new PlanRefusedException(
          Reason.VALUES_CHANGED,
          "The migration changes values in columns that nobody declared: "
              + named
              + ". Nothing was changed. If this is meant, list the columns as allowed changes; if"
              + " not, look for columns in another order, as in INSERT ... SELECT *.",
          plan);
    }
    throw new PlanRefusedException(
        Reason.DESTRUCTIVE_CHANGE,
        "The migration would lose or change data: "
            + named
            + ". Nothing was changed. Take that out of the migration, or let the policy for"
            + " destructive changes ask for approval or allow them.",
        plan);
  }

  private static String phrase(Finding finding) {
    return switch (finding.code()) {
      case "DS102" ->
          "table " + finding.object() + " (" + PlanFindings.count(finding.rows(), "row") + ")";
      case "DS103" ->
          "column " + finding.object() + " (" + PlanFindings.count(finding.rows(), "value") + ")";
      case "LH101" -> PlanFindings.count(finding.rows(), "row") + " of table " + finding.object();
      case "LH106" -> lowerCounter(finding);
      default ->
          "column "
              + finding.object()
              + " (values changed in "
              + PlanFindings.count(finding.rows(), "row")
              + ")";
    };
  }

  private static String lowerCounter(Finding finding) {
    return PlanFindings.count(finding.rows(), "id")
        + " of "
        + finding.object()
        + " can be given out again, since the AUTOINCREMENT counter where its rows moved to is lower"
        + " (after the rows are in, set it: UPDATE sqlite_sequence SET seq = ... WHERE name = ...)";
  }
}
