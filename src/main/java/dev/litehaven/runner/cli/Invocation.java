package dev.litehaven.runner.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.litehaven.protocol.MigrationWork;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerReport.Outcome;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.protocol.RunnerStep;
import dev.litehaven.runner.Runner;
import dev.litehaven.runner.cli.Cli.Common;
import dev.litehaven.runner.cli.Cli.Format;
import dev.litehaven.runner.steps.Failures;
import dev.litehaven.runner.steps.Interruption;
import dev.litehaven.runner.steps.Progress;
import dev.litehaven.runner.steps.ReadBackups;
import dev.litehaven.runner.steps.Step;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** One command's way from options to an exit code: request, run, answer. */
final class Invocation {
  private static final long LONGEST_STEP_MINUTES = 24 * 60;

  private final Clock clock;
  private final PrintWriter out;
  private final PrintWriter err;

  Invocation(Clock clock, PrintWriter out, PrintWriter err) {
    this.clock = clock;
    this.out = out;
    this.err = err;
  }

  /** What a command adds to the request. */
  static final class Call {
    final LocalTarget target;
    MigrationWork work;
    String migration;
    String targetRun;
    boolean force;

    private Call(LocalTarget target) {
      this.target = target;
    }

    void work(MigrationManifest manifest) {
      named(manifest);
      work = manifest == null ? null : manifest.work();
    }

    void named(MigrationManifest manifest) {
      migration = manifest == null ? null : manifest.name();
    }
  }

  /** Fills in a call; refuses where the options do not fit together. */
  interface Preparation {
    void prepare(Call call) throws IOException;
  }

  /**
   * @param warns whether a report of success is one to look at
   */
  int run(Common common, RunnerStep step, Preparation preparation, Predicate<RunnerReport> warns) {
    return run(common, step, Step.of(step), preparation, warns);
  }

  int verifyBackups(Common common, Path backups) {
    if (common.database.isEmpty() && common.volume == null) {
      // Backups can be checked anywhere; nothing of this is written beside them.
      common.volume = backups;
      common.scratch = common.scratch == null ? temporaryDirectory() : common.scratch;
    }
    return run(common, RunnerStep.VERIFY, new ReadBackups(backups), call -> {}, report -> false);
  }

  private static Path temporaryDirectory() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  /**
   * @param step whose place in the request and the report the work takes
   */
  int run(
      Common common,
      RunnerStep step,
      Step work,
      Preparation preparation,
      Predicate<RunnerReport> warns) {
    RunnerRequest request;
    try {
      request = request(common, step, preparation);
    } catch (IOException | RuntimeException e) {
      return refuse(common, step, e);
    }
    Runner.Result result = execute(request, work);
    if (common.debug && result.failure() != null) {
      result.failure().printStackTrace(err);
    }
    answer(common, result.report());
    return exitCode(result.report(), warns);
  }

  /** Requests that follow one another as one command. */
  interface Requests {
    List<RunnerRequest> of(Instant now) throws IOException;
  }

  /**
   * Carries them out until one fails, and answers with the last one's report.
   *
   * @param named what the command is, where not even a request can be made
   */
  int runAll(Common common, RunnerStep named, Requests requests) {
    List<RunnerRequest> all;
    try {
      all = requests.of(clock.instant());
    } catch (IOException | RuntimeException e) {
      return refuse(common, named, e);
    }
    RunnerReport report = null;
    for (RunnerRequest request : all) {
      Runner.Result result = execute(request, Step.of(request.step()));
      if (common.debug && result.failure() != null) {
        result.failure().printStackTrace(err);
      }
      report = result.report();
      if (report.outcome() != Outcome.SUCCEEDED) {
        break;
      }
    }
    answer(common, report);
    return exitCode(report, any -> false);
  }

  private RunnerRequest request(Common common, RunnerStep step, Preparation preparation)
      throws IOException {
    LocalTarget target =
        switch (step) {
          case INSPECT, RECOVER, VERIFY, PROBE, LIST, READ_BACK, PRUNE -> common.target();
          case PLAN, MIGRATE, ROLLBACK, SETTLE, REPORT, BACKUP, FETCH, RESTORE ->
              common.requireDatabase();
        };
    var call = new Call(target);
    preparation.prepare(call);
    RunRef run = target.nextRun(call.migration, clock.instant());
    return target.request(
        step, run, call.work, common.backup(), call.targetRun, call.force, common.scratch);
  }

  /** Ctrl-C asks the step to end; what it is in the middle of is finished or undone first. */
  private Runner.Result execute(RunnerRequest request, Step work) {
    var interruption = new Interruption();
    Thread onSignal =
        Thread.ofPlatform()
            .unstarted(
                () -> {
                  interruption.request();
                  try {
                    interruption.awaitEnd(LONGEST_STEP_MINUTES, TimeUnit.MINUTES);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    Runtime.getRuntime().addShutdownHook(onSignal);
    try {
      Progress progress = line -> err.println(line + " ...");
      return new Runner(clock, System::nanoTime, progress, interruption).run(request, work);
    } finally {
      interruption.ended();
      remove(onSignal);
    }
  }

  private static void remove(Thread hook) {
    try {
      boolean removed = Runtime.getRuntime().removeShutdownHook(hook);
      assert removed;
    } catch (IllegalStateException e) {
      // The JVM is going down already; the hook has seen the end.
    }
  }

  /** Answers for a command whose options make no sense. */
  int refuse(Common common, RunnerStep step, Exception thrown) {
    return refuse(common, step, Failures.of(thrown), thrown);
  }

  private int refuse(Common common, RunnerStep step, Failures.Failure failure, Exception thrown) {
    if (common.debug) {
      thrown.printStackTrace(err);
    }
    answer(
        common,
        new RunnerReport(
            1,
            step,
            null,
            0,
            failure.outcome(),
            failure.reason(),
            failure.message(),
            null,
            null,
            null,
            null,
            null));
    return 2;
  }

  private void answer(Common common, RunnerReport report) {
    if (common.output == Format.JSON) {
      try {
        out.println(
            JsonMapper.builder()
                .build()
                .writerWithDefaultPrettyPrinter()
                .writeValueAsString(report));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("a report must be writable as JSON", e);
      }
    } else if (report.outcome() == Outcome.SUCCEEDED) {
      out.print(TextReport.of(report));
    } else {
      err.print(TextReport.of(report));
    }
    out.flush();
    err.flush();
  }

  private static int exitCode(RunnerReport report, Predicate<RunnerReport> warns) {
    if (report.outcome() != Outcome.SUCCEEDED) {
      return 2;
    }
    return warns.test(report) ? 1 : 0;
  }
}
