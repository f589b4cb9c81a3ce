package dev.litehaven.runner;

import dev.litehaven.runner.cli.Cli;
import java.util.Set;
import java.util.SimpleTimeZone;
import java.util.TimeZone;

/** The runner's two doors: a mounted request in a pod, or a command line on a local file. */
public final class RunnerMain {
  private static final String POD = "runner";
  private static final Set<String> WORDS =
      Set.of(
          POD,
          "plan",
          "migrate",
          "rollback",
          "backup",
          "import",
          "list",
          "restore",
          "verify",
          "inspect",
          "recover",
          "help",
          "--help",
          "-h",
          "--version",
          "-V");

  private RunnerMain() {}

  /** Whether an argument list that begins so is for the runner rather than for the operator. */
  public static boolean understands(String firstArgument) {
    return WORDS.contains(firstArgument);
  }

  /** Returns the process's exit code: 0 fine, 1 warnings, 2 errors. */
  public static int run(String[] args) {
    // The driver makes a date format for each connection, which nothing here uses. With any zone
    // that has a name, the JVM would first read those of the whole world for it.
    TimeZone.setDefault(new SimpleTimeZone(0, "UTC"));
    return args[0].equals(POD) ? PodMain.run(args) : Cli.run(args);
  }
}
