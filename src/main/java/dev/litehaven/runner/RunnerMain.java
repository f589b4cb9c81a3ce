package dev.litehaven.runner;

import dev.litehaven.runner.cli.Cli;
import java.util.Set;

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
    return args[0].equals(POD) ? PodMain.run(args) : Cli.run(args);
  }
}
