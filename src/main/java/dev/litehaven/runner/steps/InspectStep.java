package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.SwapReport;
import dev.litehaven.runner.inspect.VolumeInspector;
import dev.litehaven.runner.sqlite.ContentHash;
import dev.litehaven.runner.swap.SwapVolume;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at the volume and changes nothing. Asked about a run, it also says what was written since.
 */
final class InspectStep implements Step {
  @Override
  public Ending run(StepContext context) throws Exception {
    VolumeInspector.Result result =
        context.phase(
            "inspect",
            "Looking at the volume",
            () ->
                VolumeInspector.inspect(
                    context.root(),
                    context.request().files(),
                    context.request().excludePatterns()));
    context.found(result.report());
    int files = result.report().files().size();
    if (context.request().targetRunId() != null) {
      return since(context);
    }
    long unusable = result.report().files().stream().filter(file -> file.problem() != null).count();
    return Ending.succeeded(
        Reason.SUCCEEDED,
        files
            + (files == 1 ? " database file, " : " database files, ")
            + unusable
            + " that cannot be used."
            + (result.complete()
                ? ""
                : " The volume holds more than is looked through: name the files."));
  }

  /**
   * What going back to before a run would lose now, found out on a copy: the application may go on.
   */
  private static Ending since(StepContext context) throws Exception {
    try {
      return count(context, context.targetRun());
    } catch (RefusedException e) {
      // The look itself was fine: what keeps a copy from being made is no fault of the database.
      context.found(new SwapReport("DONE", "new", true, -1));
      return Ending.succeeded(
          Reason.SUCCEEDED, "What was written since could not be counted: " + e.getMessage());
    }
  }

  private static Ending count(StepContext context, String run) throws Exception {
    return Copies.onCopy(
        context,
        (first, copies, scratch) -> {
          Map<String, String> contents = new HashMap<>();
          for (Map.Entry<String, Path> copy : copies.entrySet()) {
            contents.put(copy.getKey(), ContentHash.ofFile(copy.getValue()).hash());
          }
          boolean written = !contents.equals(SwapVolume.contentsAfter(context.root(), run));
          Optional<RowsSince> rows = RowsSince.count(context.root(), run, copies);
          context.found(
              new SwapReport("DONE", "new", written, rows.map(RowsSince::rows).orElse(-1L)));
          return Ending.succeeded(
              Reason.SUCCEEDED,
              written
                  ? rows.map(RowsSince::sentence)
                      .orElse("Something was written since; the rows cannot be counted.")
                  : "Nothing was written since.");
        });
  }
}
