package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.VerifyRules;
import dev.litehaven.runner.migrate.DatabaseCheck;
import dev.litehaven.runner.migrate.FileSet;
import java.util.List;

/**
 * Checks a consistent copy of the database, all its files, against the rules. The application may
 * go on.
 */
final class VerifyStep implements Step {
  private static final int MAX_NAMED = 5;

  @Override
  public Ending run(StepContext context) throws Exception {
    VerifyRules rules =
        context.request().migration() == null
            ? VerifyRules.DEFAULT
            : context.request().migration().verify();
    return Copies.onCopy(
        context,
        (first, copies, scratch) -> {
          var files =
              new FileSet(
                  copies.entrySet().stream()
                      .map(copy -> new FileSet.Member(copy.getKey(), copy.getValue(), null))
                      .toList());
          List<String> problems =
              context.phase(
                  "check", "Checking the copy", () -> DatabaseCheck.problems(files, rules));
          if (problems.isEmpty()) {
            return Ending.succeeded(
                Reason.HEALTHY, "The database is sound and keeps every rule that is asked of it.");
          }
          int unnamed = problems.size() - Math.min(MAX_NAMED, problems.size());
          throw new RefusedException(
              Reason.VERIFICATION_FAILED,
              String.join(" ", problems.stream().limit(MAX_NAMED).toList())
                  + (unnamed > 0 ? " And " + unnamed + " more." : "")
                  + (context.request().restore() == null
                      ? " Restore a verified backup, or repair the database."
                      : ""));
        });
  }
}
