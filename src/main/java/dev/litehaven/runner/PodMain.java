package dev.litehaven.runner;

import dev.litehaven.protocol.ProtocolJson;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.ReportFrame;
import dev.litehaven.protocol.RunnerReport;
import dev.litehaven.protocol.RunnerRequest;
import dev.litehaven.runner.sqlite.Sqlite;
import dev.litehaven.runner.steps.Failures;
import dev.litehaven.runner.steps.Interruption;
import dev.litehaven.runner.steps.Progress;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.TimeUnit;

/**
 * The runner in a pod: reads the request that is mounted into it, says what it is doing line by
 * line, and ends with the framed report. Arguments are read by hand, since this path is timed from
 * the start of the JVM.
 */
final class PodMain {
  private static final String USAGE =
      "usage: litehaven runner --request FILE [--termination-log FILE]";
  private static final Path TERMINATION_LOG = Path.of("/dev/termination-log");

  /** Longer than any grace period: what outlasts that is killed anyway. */
  private static final long LONGEST_GRACE_SECONDS = 24 * 60 * 60;

  private PodMain() {}

  static int run(String[] args) {
    Path request = null;
    Path terminationLog = TERMINATION_LOG;
    for (int i = 1; i < args.length; i += 2) {
      if (i + 1 < args.length && args[i].equals("--request")) {
        request = Path.of(args[i + 1]);
      } else if (i + 1 < args.length && args[i].equals("--termination-log")) {
        terminationLog = Path.of(args[i + 1]);
      } else {
        request = null;
        break;
      }
    }
    if (request == null) {
      System.err.println(USAGE);
      return 2;
    }
    // One stream for everything, so that no other one can get between the lines of the report.
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    return run(request, terminationLog, out);
  }

  private static int run(Path requestFile, Path terminationLog, PrintStream out) {
    Sqlite.prepare();
    RunnerRequest request;
    try {
      request = ProtocolJson.readRequest(Files.readString(requestFile));
    } catch (IOException | RefusedException e) {
      Reason reason = e instanceof RefusedException r ? r.reason() : Reason.INVALID_REQUEST;
      out.println(reason.text() + ": " + requestFile + ": " + e.getMessage());
      return 2;
    }
    var interruption = new Interruption();
    Thread onTerm =
        Thread.ofPlatform()
            .name("on-term")
            .unstarted(
                () -> {
                  interruption.request();
                  try {
                    interruption.awaitEnd(LONGEST_GRACE_SECONDS, TimeUnit.SECONDS);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    Runtime.getRuntime().addShutdownHook(onTerm);
    try {
      Progress progress = line -> out.println(oneLine(line));
      Runner.Result result =
          new Runner(Clock.systemUTC(), System::nanoTime, progress, interruption).run(request);
      if (result.failure() != null && !(result.failure() instanceof RefusedException)) {
        result.failure().printStackTrace(out);
      }
      publish(result.report(), terminationLog, out);
      return Runner.exitCode(result.report());
    } finally {
      interruption.ended();
    }
  }

  private static void publish(RunnerReport report, Path terminationLog, PrintStream out) {
    String sentence = oneLine(report.reason().text() + ": " + report.message());
    out.println(sentence);
    out.print(ReportFrame.frame(ProtocolJson.write(report)));
    out.flush();
    try {
      TerminationMessage.write(terminationLog, sentence);
    } catch (IOException e) {
      // The report in the log stands by itself.
      out.println("No termination message: " + Failures.of(e).message());
    }
  }

  /** Text of a user's script must not be able to look like a frame. */
  private static String oneLine(String text) {
    return text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ");
  }
}
