package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.runner.inspect.VolumeInspector;

/** Looks at the volume and changes nothing. */
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
}
