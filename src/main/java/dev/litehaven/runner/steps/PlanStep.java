package dev.litehaven.runner.steps;

import dev.litehaven.protocol.PlanReport;
import dev.litehaven.protocol.Reason;
import dev.litehaven.runner.migrate.MigrationEngine.Applied;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Rehearses what is pending on a consistent copy, while the application goes on. */
final class PlanStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    context.migration();
    return Copies.onCopy(
        context,
        (first, pristine, scratch) -> {
          Map<String, Path> copies =
              context.phase("duplicate", "Duplicating the copy", () -> copies(pristine, scratch));
          context.interruption().check();
          Applied applied = new Engine(context).apply(copies, pristine);
          return applied.nothingToDo() ? upToDate(applied.plan()) : planned(applied.plan());
        });
  }

  private static Map<String, Path> copies(Map<String, Path> pristine, Scratch scratch)
      throws IOException {
    Map<String, Path> copies = new LinkedHashMap<>();
    for (Map.Entry<String, Path> file : pristine.entrySet()) {
      Path copy = scratch.file("migrated-" + file.getKey() + ".db");
      copies.put(file.getKey(), Files.copy(file.getValue(), copy));
    }
    return copies;
  }

  static Ending upToDate(PlanReport plan) {
    return Ending.succeeded(
        Reason.UP_TO_DATE,
        plan == null || plan.versionBefore() == null
            ? "Nothing is pending."
            : "Nothing is pending: the database is at version " + plan.versionBefore() + ".");
  }

  private static Ending planned(PlanReport plan) {
    String changes =
        switch (plan.findingsTotal()) {
          case 0 -> "without findings";
          case 1 -> "with 1 finding";
          default -> "with " + plan.findingsTotal() + " findings";
        };
    return Ending.succeeded(
        Reason.SUCCEEDED,
        "The rehearsal went through, "
            + changes
            + ": the migration leads to version "
            + plan.versionAfter()
            + ". The database itself was not touched.");
  }
}
