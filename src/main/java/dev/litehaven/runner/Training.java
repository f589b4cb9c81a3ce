package dev.litehaven.runner;

/**
 * Carries out one request after another, as pods would one each. Only while the image is built:
 * what is loaded here is in the AOT cache, and a cache is made by one process.
 */
final class Training {
  private Training() {}

  /** Ends with the first code that is not 0. */
  public static void main(String[] requests) throws ClassNotFoundException {
    // Where a pod begins.
    Class.forName("dev.litehaven.Main");
    for (String request : requests) {
      int code =
          RunnerMain.run(
              new String[] {"runner", "--request", request, "--termination-log", "none"});
      if (code != 0) {
        System.exit(code);
      }
    }
  }
}
