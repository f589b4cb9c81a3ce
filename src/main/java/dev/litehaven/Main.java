package dev.litehaven;

import dev.litehaven.runner.RunnerMain;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/**
 * One image, two programs. When the first argument is one of the runner's words this is the runner
 * or the command line; otherwise the operator. It is the only class that knows both.
 */
@QuarkusMain
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    if (args.length > 0 && RunnerMain.understands(args[0])) {
      System.exit(RunnerMain.run(args));
    }
    Operator.run(args);
  }

  /** Apart, so that no class of the operator's framework is loaded for the runner. */
  private static final class Operator {
    static void run(String[] args) {
      Quarkus.run(args);
    }
  }
}
