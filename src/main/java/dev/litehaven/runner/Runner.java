package dev.litehaven.runner;

import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.runner.steps.Failures;
import dev.litehaven.runner.steps.Interruption;
import dev.litehaven.runner.steps.Progress;
import dev.litehaven.runner.steps.Step;
import dev.litehaven.runner.steps.Step.Ending;
import dev.litehaven.runner.steps.StepContext;
import dev.litehaven.runner.steps.StoreOpener;
import dev.litehaven.runner.steps.Timings;
import dev.litehaven.runner.steps.VolumeOpener;
import dev.litehaven.runner.swap.SwapVolume;
import java.time.Clock;
import java.util.function.LongSupplier;

/**
 * Does what one request asks for and says how it ended. Used by the pod and the command line alike.
 * Never throws: whatever goes wrong is a report with a reason, after what was changed has been put
 * back.
 */
public final class Runner {
  private final Clock clock;
  private final LongSupplier nanos;
  private final Progress progress;
  private final Interruption interruption;
  private final VolumeOpener volumes;
  private final StoreOpener stores;

  /**
   * @param clock for what is written down
   * @param nanos for durations; only goes forward
   */
  public Runner(Clock clock, LongSupplier nanos, Progress progress, Interruption interruption) {
    this(clock, nanos, progress, interruption, SwapVolume::open);
  }

  Runner(
      Clock clock,
      LongSupplier nanos,
      Progress progress,
      Interruption interruption,
      VolumeOpener volumes) {
    this(clock, nanos, progress, interruption, volumes, StoreOpener.AS_IT_IS);
  }

  Runner(
      Clock clock,
      LongSupplier nanos,
      Progress progress,
      Interruption interruption,
      VolumeOpener volumes,
      StoreOpener stores) {
    this.clock = clock;
    this.nanos = nanos;
    this.progress = progress;
    this.interruption = interruption;
    this.volumes = volumes;
    this.stores = stores;
  }

  /**
   * @param failure what a failed step threw, for a log; null where it ended by itself
   */
  public record Result(RunnerReport report, Throwable failure) {}

  public Result run(RunnerRequest request) {
    return run(request, Step.of(request.step()));
  }

  /**
   * @param step what to do in place of what the request's step usually means
   */
  public Result run(RunnerRequest request, Step step) {
    var timings = new Timings(nanos);
    var context = new StepContext(request, clock, timings, progress, interruption, volumes, stores);
    try {
      Ending ending = timings.measure("total", () -> step.run(context));
      return new Result(
          switch (ending) {
            case Ending.Ended e -> context.report(e.outcome(), e.reason(), e.message());
            case Ending.Repeated e -> repeated(e.earlier(), request);
          },
          null);
    } catch (Throwable thrown) {
      Failures.Failure failure = Failures.of(thrown);
      return new Result(
          context.report(failure.outcome(), failure.reason(), failure.message()), thrown);
    }
  }

  /** An earlier report under the epoch of who asks now: a reader believes no other. */
  private static RunnerReport repeated(RunnerReport earlier, RunnerRequest request) {
    return new RunnerReport(
        earlier.formatVersion(),
        earlier.step(),
        earlier.runId(),
        request.run().epoch(),
        earlier.outcome(),
        earlier.reason(),
        earlier.message(),
        earlier.plan(),
        earlier.backups(),
        earlier.swap(),
        earlier.inspect(),
        earlier.restore(),
        earlier.store(),
        earlier.timingsMillis());
  }

  /** What a shell is told: 0 reached its goal, 2 did not. */
  static int exitCode(RunnerReport report) {
    return report.outcome() == Outcome.SUCCEEDED ? 0 : 2;
  }
}
